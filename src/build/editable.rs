//! The editable wheel: what the ordinary one holds and Python does not find in the source folder,
//! and, where it rebuilds on import, the means to do so.

use std::path::PathBuf;

use crate::build::HookContext;
use crate::build::PYPROJECT;
use crate::build::assemble::Assembled;
use crate::build::product::Product;
use crate::config::settings::keys;
use crate::editable::bundle;
use crate::editable::bundle::BundleParts;
use crate::editable::import_check;
use crate::editable::import_check::Stamp;
use crate::editable::wheel;
use crate::editable::wheel::{EditableParts, TopLevelModules};
use crate::error::{Error, Result};
use crate::model::{Manifest, ManifestEntry, Project};
use crate::toolchain;

/// Turns a wheel into an editable one.
///
/// # Errors
/// The source folder has a name that no `.pth` file can hold.
pub(super) fn product(
    context: &HookContext,
    project: &Project,
    made: &Assembled,
) -> Result<Product> {
    let rebuilds = project.options.editable_rebuild && !made.product.built.is_empty();
    let manifest = match rebuilds {
        true => with_bundle(context, project, made)?,
        false => manifest(context, project, made, TopLevelModules::InSitePackages)?,
    };
    let Product { file_name, tag, dist_info, built, .. } = made.product.clone();
    Ok(Product { file_name, tag, dist_info, built, manifest })
}

/// The files of the editable wheel, without the means to rebuild.
///
/// # Errors
/// Those of [`product`].
pub(super) fn manifest(
    context: &HookContext,
    project: &Project,
    made: &Assembled,
    top_level: TopLevelModules,
) -> Result<Manifest> {
    let source_root = match made.layout.python_source.as_str() {
        "" => project.root.clone(),
        folder => project.root.join(folder),
    };
    wheel::editable(EditableParts {
        wheel: made.product.manifest.clone(),
        source_root: &source_root,
        built: &made.product.built,
        dist_name: &project.metadata.dist_name(),
        dist_info: &made.product.dist_info,
        finder: &context.builder_runtime.generator.with_file_name("_editable.py"),
        top_level,
    })
}

/// The built modules, by the names that they have in an editable install, sorted.
pub(super) fn modules(made: &Assembled) -> Vec<(String, &ManifestEntry)> {
    let built = made.product.built.iter();
    let mut modules: Vec<_> = built.map(|entry| (wheel::flat_name(&entry.path), entry)).collect();
    modules.sort_by(|(one, _), (other, _)| one.cmp(other));
    modules
}

/// Looks at everything that the modules were made of.
pub(super) fn stamped(context: &HookContext, project: &Project, made: &Assembled) -> Vec<Stamp> {
    let mut named = made.linked.clone();
    named.push(project.root.join(PYPROJECT));
    let search_path = &context.builder_runtime.sys_path;
    import_check::taken(&import_check::watched(
        &made.inputs,
        &named,
        &project.root,
        search_path,
        made.times,
    ))
}

fn with_bundle(context: &HookContext, project: &Project, made: &Assembled) -> Result<Manifest> {
    let wheel = manifest(context, project, made, TopLevelModules::ByFinder)?;
    let outside = keys::outside();
    let variables = outside.iter().map(|key| key.variable.as_str()).chain(toolchain::VARIABLES);
    let modules: Vec<String> = modules(made).into_iter().map(|(name, _)| name).collect();
    let parts = BundleParts {
        dist_name: &project.metadata.dist_name(),
        dist_info: &made.product.dist_info,
        executable: this_executable()?,
        python: context.builder_runtime.generator.parent().unwrap_or(&project.root),
        source_tree: &project.root,
        given: &context.request.config.given,
        environment: bundle::environment(&made.inputs, variables, context.environment),
        modules: &modules,
        stamps: import_check::text(&stamped(context, project, made)),
    };
    bundle::with_bundle(wheel, &parts)
}

fn this_executable() -> Result<PathBuf> {
    std::env::current_exe()
        .map_err(|e| Error::new(format!("cannot find the officina executable: {e}")))
}
