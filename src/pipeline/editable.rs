//! The editable wheel: what the ordinary one holds and Python does not find in the source folder,
//! and, where it rebuilds on import, the means to do so.

use std::path::PathBuf;

use super::Bench;
use super::PYPROJECT;
use super::assemble::Assembled;
use super::product::Product;
use crate::error::{Error, Result};
use crate::model::{Manifest, ManifestEntry, Project};
use crate::package::editable::{self, Bare, EditableParts};
use crate::package::kit::{self, KitParts};
use crate::package::stamps::{self, Stamp};
use crate::project::settings::keys;
use crate::toolchain;

/// Turns a wheel into an editable one.
///
/// # Errors
/// The source folder has a name that no `.pth` file can hold.
pub(super) fn product(bench: &Bench, project: &Project, made: &Assembled) -> Result<Product> {
    let rebuilds = project.options.editable_rebuild && !made.product.built.is_empty();
    let manifest = match rebuilds {
        true => with_kit(bench, project, made)?,
        false => manifest(bench, project, made, Bare::Plain)?,
    };
    let Product { file_name, tag, dist_info, built, .. } = made.product.clone();
    Ok(Product { file_name, tag, dist_info, built, manifest })
}

/// The files of the editable wheel, without the means to rebuild.
///
/// # Errors
/// Those of [`product`].
pub(super) fn manifest(
    bench: &Bench,
    project: &Project,
    made: &Assembled,
    bare: Bare,
) -> Result<Manifest> {
    let source_root = match made.layout.python_source.as_str() {
        "" => project.root.clone(),
        folder => project.root.join(folder),
    };
    editable::editable(EditableParts {
        wheel: made.product.manifest.clone(),
        source_root: &source_root,
        built: &made.product.built,
        dist_name: &project.metadata.dist_name(),
        dist_info: &made.product.dist_info,
        finder: &bench.builder_runtime.generator.with_file_name("_editable.py"),
        bare,
    })
}

/// The built modules, by the names that they have in an editable install, sorted.
pub(super) fn modules(made: &Assembled) -> Vec<(String, &ManifestEntry)> {
    let built = made.product.built.iter();
    let mut modules: Vec<_> =
        built.map(|entry| (editable::flat_name(&entry.path), entry)).collect();
    modules.sort_by(|(one, _), (other, _)| one.cmp(other));
    modules
}

/// Looks at everything that the modules were made of.
pub(super) fn stamped(bench: &Bench, project: &Project, made: &Assembled) -> Vec<Stamp> {
    let mut named = made.linked.clone();
    named.push(project.root.join(PYPROJECT));
    let search_path = &bench.builder_runtime.sys_path;
    stamps::taken(&stamps::watched(&made.inputs, &named, &project.root, search_path, made.times))
}

fn with_kit(bench: &Bench, project: &Project, made: &Assembled) -> Result<Manifest> {
    let wheel = manifest(bench, project, made, Bare::Found)?;
    let outside = keys::outside();
    let variables = outside.iter().map(|key| key.variable.as_str()).chain(toolchain::VARIABLES);
    let modules: Vec<String> = modules(made).into_iter().map(|(name, _)| name).collect();
    let parts = KitParts {
        dist_name: &project.metadata.dist_name(),
        dist_info: &made.product.dist_info,
        executable: this_executable()?,
        python: bench.builder_runtime.generator.parent().unwrap_or(&project.root),
        source_tree: &project.root,
        given: &bench.request.config.given,
        environment: kit::environment(&made.inputs, variables, bench.environment),
        modules: &modules,
        stamps: stamps::text(&stamped(bench, project, made)),
    };
    kit::with_kit(wheel, &parts)
}

fn this_executable() -> Result<PathBuf> {
    std::env::current_exe()
        .map_err(|e| Error::new(format!("cannot find the officina executable: {e}")))
}
