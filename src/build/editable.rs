//! The editable wheel: what the ordinary one holds and Python does not find in the source folder,
//! and, where it rebuilds on import, the means to do so.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::build::assemble::Assembled;
use crate::build::context::Build;
use crate::build::product::Product;
use crate::build::{declared, folders, header_imports};
use crate::config::settings::keys;
use crate::editable::bundle::{self, BundleParts};
use crate::editable::import_check::{ImportCheck, Scope};
use crate::editable::wheel::{self, EditableParts, TopLevelModules};
use crate::engine::input::Input;
use crate::error::{Error, Result};
use crate::model::{BuilderInputs, Manifest, ManifestEntry, PYPROJECT};
use crate::steps::builder;

/// Turns a wheel into an editable one; the build began at `begun`, in nanoseconds since 1970.
///
/// # Errors
/// The source folder has a name that no `.pth` file can hold.
pub fn product(build: &Build, made: &Assembled, begun: i128) -> Result<Product> {
    let rebuilds = build.project.options.editable_rebuild && !made.product.built.is_empty();
    let manifest = match rebuilds {
        true => with_bundle(build, made, begun)?,
        false => manifest(build, made, TopLevelModules::InSitePackages)?,
    };
    Ok(Product { manifest, ..made.product.clone() })
}

/// The files of the editable wheel, without the means to rebuild.
///
/// # Errors
/// Those of [`product`].
pub fn manifest(build: &Build, made: &Assembled, top_level: TopLevelModules) -> Result<Manifest> {
    let project = build.project;
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
        finder: &build.hook.host.python_package.join("_editable.py"),
        top_level,
    })
}

/// The built modules, by the names that they have in an editable install, sorted.
pub fn modules(made: &Assembled) -> Vec<(String, &ManifestEntry)> {
    let built = made.product.built.iter();
    let mut modules: Vec<_> = built.map(|entry| (wheel::flat_name(&entry.path), entry)).collect();
    modules.sort_by(|(one, _), (other, _)| one.cmp(other));
    modules
}

/// What the install watches: everything that the modules were made of. The build began at `begun`.
pub fn import_check(build: &Build, made: &Assembled, begun: i128) -> ImportCheck {
    let cache = &build.folder.cache;
    let builders = made.builders.iter().map(|(builder, _)| builder::step_id(builder));
    let linked = made.linked.iter().flat_map(|module| module.steps.iter().cloned());
    let imported = header_imports::steps(made.builders.iter().map(|(builder, _)| builder));
    let imported = imported.map(|(_, step)| step);
    let steps = builders.chain(imported).chain(linked);
    let listed = declared::listed_folders(build.project).into_iter();
    let listed = listed.map(|folder| cache.look_at(Input::Folder(folder)));
    let inputs = steps.flat_map(|step| cache.inputs_of(&step)).chain(listed);
    let own = cache.look_at(Input::File(build.project.root.join(PYPROJECT)));
    let written = made.builders.iter().flat_map(|(_, read)| read.written.iter().cloned());
    let build_dir = folders::build_dir(build.project);
    let scope = Scope {
        root: &build.project.root,
        made_in: &[build_dir.as_path(), build.folder.path.as_path()],
        search_path: &build.hook.host.sys_path,
        begun,
    };
    ImportCheck::of(inputs.chain([own]), &written.collect::<BTreeSet<PathBuf>>(), &scope)
}

fn with_bundle(build: &Build, made: &Assembled, begun: i128) -> Result<Manifest> {
    let wheel = manifest(build, made, TopLevelModules::ByFinder)?;
    let settings = keys::build_time_keys();
    let variables = settings.iter().map(|key| key.variable.as_str());
    let modules: Vec<String> = modules(made).into_iter().map(|(name, _)| name).collect();
    let read: Vec<&BuilderInputs> = made.builders.iter().map(|(_, read)| read).collect();
    let parts = BundleParts {
        dist_name: &build.project.metadata.dist_name(),
        dist_info: &made.product.dist_info,
        executable: this_executable()?,
        python: &build.hook.host.python_package,
        source_tree: &build.project.root,
        given: &build.hook.request.config.given,
        environment: bundle::environment(&read, variables, build.hook.environment),
        modules: &modules,
        import_check: import_check(build, made, begun).text(),
    };
    bundle::with_bundle(wheel, &parts)
}

fn this_executable() -> Result<PathBuf> {
    std::env::current_exe()
        .map_err(|e| Error::new(format!("cannot find the officina executable: {e}")))
}
