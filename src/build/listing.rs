//! What the products would hold, and why: decided by those who pack, without building anything.

use crate::archive::{dist_info, sdist};
use crate::build::commands::ProjectCommand;
use crate::build::dist::Products;
use crate::build::outcome::finished;
use crate::build::project::{load, resolved_scripts};
use crate::build::sdist_inputs::SdistInputs;
use crate::build::version_file::tree_of;
use crate::config::discovery;
use crate::error::Result;
use crate::files::{sdist_files, wheel_files};
use crate::model::{Environment, IncludeReason, IncludedFile, Listing, Project, WheelKind};

/// The files of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductListing {
    /// `sdist` or `wheel`.
    pub product: &'static str,
    /// Its file name; the tag of a wheel, which only a build knows, is left open as `*`.
    pub name: String,
    /// What of the tree it holds and what it does not.
    pub listing: Listing,
    /// What is built and joins it: the entries of `cffi_modules` and the extensions. Their file names
    /// only a build knows.
    pub built: Vec<String>,
}

/// Lists what each of the products would hold.
///
/// # Errors
/// Those of reading the project and of choosing the files.
pub fn list(
    command: &ProjectCommand,
    products: Products,
    environment: &Environment,
) -> Result<Vec<ProductListing>> {
    finished(listed(command, products, environment))
}

fn listed(
    command: &ProjectCommand,
    products: Products,
    environment: &Environment,
) -> Result<Vec<ProductListing>> {
    let request = command.wheel(WheelKind::Standard, &command.source_tree);
    let project = load(&request, environment)?;
    let mut listings = Vec::new();
    if products != Products::Wheel {
        listings.push(of_sdist(&project)?);
    }
    if products != Products::Sdist {
        listings.push(of_wheel(&project)?);
    }
    Ok(listings)
}

fn of_sdist(project: &Project) -> Result<ProductListing> {
    let inputs = SdistInputs::of(project)?;
    let parts = inputs.parts(project)?;
    let decisions = sdist_files::select(&parts)?.decisions;
    let metadata = &project.metadata;
    let stem = sdist::folder_name(&metadata.dist_name(), &metadata.version.to_string());
    Ok(ProductListing {
        product: "sdist",
        name: format!("{stem}.tar.gz"),
        listing: sdist_files::listing(&parts, &decisions),
        built: Vec::new(),
    })
}

fn of_wheel(project: &Project) -> Result<ProductListing> {
    let (tree, settings) = (tree_of(project)?, &project.settings);
    let (pyproject, metadata) = (&project.pyproject, &project.metadata);
    let (dist_name, version) = (metadata.dist_name(), metadata.version.to_string());
    let builders = resolved_scripts(project, settings)?;
    let layout = discovery::layout(&tree, settings, pyproject, &dist_name, &builders)?;
    let dist_info = dist_info::folder_name(&dist_name, &version);
    let mut listing = wheel_files::listing(&tree, &layout, settings, pyproject, &dist_info)?;
    let made = ["METADATA", "RECORD", "WHEEL"].map(str::to_owned).into_iter();
    let entry_points = (!metadata.entry_points.is_empty()).then(|| "entry_points.txt".to_owned());
    let licenses = metadata.license_files.iter();
    let licenses = licenses.map(|file| (format!("licenses/{file}"), Some(file.clone())));
    let all = made.chain(entry_points).map(|name| (name, None)).chain(licenses);
    listing.included.extend(all.map(|(name, source)| {
        let path = format!("{dist_info}/{name}");
        IncludedFile { path, source, why: IncludeReason::Metadata }
    }));
    let entries = settings.cffi_modules.iter().map(|entry| entry.value.to_string());
    let modules = settings.modules.iter().map(|module| module.name.value.clone());
    let extensions = settings.native.extensions.iter().map(|one| one.name.value.to_string());
    Ok(ProductListing {
        product: "wheel",
        name: format!("{}-*.whl", dist_info.trim_end_matches(".dist-info")),
        listing,
        built: entries.chain(modules).chain(extensions).collect(),
    })
}
