//! Which code of others a wheel holds: libraries that it takes in, C that the project says is
//! vendored, and crates.

use crate::archive::sbom::{self, Component, Original, purl};
use crate::build::bundle::BundledCopies;
use crate::build::context::Build;
use crate::build::made_of::MadeOf;
use crate::build::product::Product;
use crate::build::vendored;
use crate::error::Result;
use crate::model::{Content, License, ManifestEntry, Sbom, WheelKind, normalize_name};
use crate::steps::bundle::plan::SystemPackage;
use crate::steps::cargo::CratePackage;

/// What a wheel was made of that is not the project's own.
pub struct OfOthers<'a> {
    /// The libraries that it takes in.
    pub copies: &'a BundledCopies,
    /// What cargo compiled.
    pub crates: &'a [CratePackage],
    /// What its modules were made of.
    pub made_of: &'a MadeOf,
    /// How many modules were to be made: an optional one may not be there.
    pub planned: usize,
}

/// The wheel with a file that says it. An editable wheel is for this machine, and has none.
///
/// # Errors
/// What is said to be vendored was not compiled.
pub fn described(build: &Build, mut product: Product, others: &OfOthers) -> Result<Product> {
    let project = build.project;
    if build.hook.kind == WheelKind::Editable || project.options.sbom == Sbom::Omitted {
        return Ok(product);
    }
    let vendored = vendored::compiled(build, others.made_of, others.planned)?;
    let mut held: Vec<Component> = vendored
        .into_iter()
        .map(|one| Component {
            reference: format!("vendored:{}@{}", one.name, one.version),
            name: one.name.clone(),
            version: Some(one.version.clone()),
            purl: one.purl.clone(),
            license: one.license.clone(),
            places: one.paths.iter().map(|path| path.value.clone()).collect(),
            ..Component::default()
        })
        .collect();
    held.extend(others.crates.iter().map(of_crate));
    let mut wheel = wheel(build);
    wheel.needs = held.iter().map(|one| one.reference.clone()).collect();
    let users = others.copies.plan.users.values().flat_map(|needs| needs.values());
    wheel.needs.extend(users.map(|index| reference(others.copies, *index)));
    held.extend((0..others.copies.plan.libraries.len()).map(|index| bundled(build, others, index)));
    if held.is_empty() {
        return Ok(product);
    }
    let entry = ManifestEntry {
        path: format!("{}/{}", product.dist_info, sbom::FILE),
        content: Content::Text(sbom::text(&wheel, held)),
        executable: false,
    };
    // The frontend may have prepared another's, but only a build knows this one.
    product.manifest.entries.retain(|one| one.path != entry.path);
    product.with([entry])
}

/// What the wheel itself is.
fn wheel(build: &Build) -> Component {
    let metadata = &build.project.metadata;
    let version = metadata.version.to_string();
    let name = &metadata.name;
    let purl = purl(&["pypi", &normalize_name(name)], &version, &[]);
    let license = match &metadata.license {
        Some(License::Expression(expression)) => Some(expression.clone()),
        _ => None,
    };
    Component {
        reference: purl.clone(),
        name: name.clone(),
        version: Some(version),
        purl: Some(purl),
        license,
        ..Component::default()
    }
}

fn reference(copies: &BundledCopies, index: usize) -> String {
    format!("bundled:{}", copies.path_of(&copies.plan.libraries[index]))
}

fn bundled(build: &Build, others: &OfOthers, index: usize) -> Component {
    let copies = others.copies;
    let library = &copies.plan.libraries[index];
    let path = copies.path_of(library);
    let package = library.package.as_ref();
    Component {
        reference: reference(copies, index),
        name: package.map_or(&library.name, |package| &package.name).clone(),
        version: package.map(|package| package.version.clone()),
        purl: package.map(of_package),
        license: None,
        sha256: copies.digest(build, &path),
        places: vec![path],
        original: Some(Original { name: library.file_name(), sha256: library.sha256.clone() }),
        needs: library.needs.values().map(|index| reference(copies, *index)).collect(),
    }
}

fn of_package(package: &SystemPackage) -> String {
    let mut qualifiers = vec![("arch", package.architecture.as_str())];
    let distribution = package.distribution.as_ref();
    let release = distribution.map(|one| match &one.version {
        Some(version) => format!("{}-{version}", one.id),
        None => one.id.clone(),
    });
    qualifiers.extend(release.as_deref().map(|release| ("distro", release)));
    qualifiers.extend(package.epoch.as_deref().map(|epoch| ("epoch", epoch)));
    let vendor = distribution.map(|one| one.id.as_str());
    let path: Vec<&str> =
        [Some(&*package.kind), vendor, Some(&*package.name)].into_iter().flatten().collect();
    purl(&path, &package.version, &qualifiers)
}

fn of_crate(package: &CratePackage) -> Component {
    const CRATES_IO: [&str; 2] = [
        "registry+https://github.com/rust-lang/crates.io-index",
        "sparse+https://index.crates.io/",
    ];
    let path = ["cargo", package.name.as_str()];
    let purl = package.source.as_deref().map(|source| match source.split_once('+') {
        _ if CRATES_IO.contains(&source) => purl(&path, &package.version, &[]),
        Some(("registry" | "sparse", url)) => {
            purl(&path, &package.version, &[("repository_url", url)])
        }
        _ => purl(&path, &package.version, &[("vcs_url", source)]),
    });
    Component {
        reference: match &package.source {
            Some(source) if !CRATES_IO.contains(&source.as_str()) => {
                format!("crate:{}@{} ({source})", package.name, package.version)
            }
            _ => format!("crate:{}@{}", package.name, package.version),
        },
        name: package.name.clone(),
        version: Some(package.version.clone()),
        purl,
        sha256: package.checksum.clone(),
        ..Component::default()
    }
}
