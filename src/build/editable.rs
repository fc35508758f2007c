//! The editable wheel: what the ordinary one holds and Python does not find in the source folder,
//! and, where it rebuilds on import, the means to do so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::build::assemble::Assembled;
use crate::build::context::Build;
use crate::build::made_of::MadeOf;
use crate::build::product::Product;
use crate::build::{folders, source_globs};
use crate::config::settings::keys;
use crate::editable::import_check::{ImportCheck, Scope};
use crate::editable::rebuild_folder::{self, RebuildParts};
use crate::editable::wheel::{self, EditableParts, TopLevelModules};
use crate::engine::digest::digest_of;
use crate::engine::input::Input;
use crate::error::{Error, Result};
use crate::model::{Manifest, ManifestEntry, PYPROJECT};

/// Turns a wheel into an editable one; the build began at `begun`, in nanoseconds since 1970.
///
/// # Errors
/// The source folder has a name that no `.pth` file can hold.
pub fn product(build: &Build, made: &Assembled, begun: i128) -> Result<Product> {
    say_what_is_not_seen(build, made);
    let built = &made.product.built;
    let top_level = top_level(build, built);
    let manifest = manifest(build, made, top_level)?;
    let manifest = match top_level {
        TopLevelModules::ByFinder => {
            let dist_info = &made.product.dist_info;
            with_rebuild_folder(build, Plain { manifest, dist_info, built }, &made.made_of, begun)?
        }
        TopLevelModules::InSitePackages => manifest,
    };
    Ok(Product { manifest, ..made.product.clone() })
}

/// What an editable install by setuptools holds of ours, without the means to rebuild.
///
/// # Errors
/// Two files have one path.
pub fn beside_setuptools(
    build: &Build,
    built: &[ManifestEntry],
    top_level: TopLevelModules,
) -> Result<Manifest> {
    let dist_name = build.project.metadata.dist_name();
    wheel::modules_alone(built, &dist_name, &finder(build), top_level)
}

/// The same, with the means to rebuild where they are wanted; the build began at `begun`, in
/// nanoseconds since 1970.
///
/// # Errors
/// The source tree cannot be read.
pub fn installed_by_setuptools(
    build: &Build,
    built: &[ManifestEntry],
    made_of: &MadeOf,
    begun: i128,
) -> Result<Manifest> {
    let top_level = top_level(build, built);
    let manifest = beside_setuptools(build, built, top_level)?;
    match top_level {
        TopLevelModules::ByFinder => {
            with_rebuild_folder(build, Plain { manifest, dist_info: "", built }, made_of, begun)
        }
        TopLevelModules::InSitePackages => Ok(manifest),
    }
}

/// Modules that are rebuilt on import are found by the finder alone.
fn top_level(build: &Build, built: &[ManifestEntry]) -> TopLevelModules {
    match build.project.options.editable_rebuild && !built.is_empty() {
        true => TopLevelModules::ByFinder,
        false => TopLevelModules::InSitePackages,
    }
}

fn finder(build: &Build) -> PathBuf {
    build.hook.host.python_package.join("_editable.py")
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
        finder: &finder(build),
        renamed: &project.settings.files,
        top_level,
    })
}

/// Warns of files that `files` puts into a package of the tree: Python reads the resources of a package
/// where its `__init__.py` lies.
fn say_what_is_not_seen(build: &Build, made: &Assembled) {
    let project = build.project;
    let source_root = project.root.join(&made.layout.python_source);
    let is_in_package = |path: &str| {
        let mut folders = path.match_indices('/').map(|(end, _)| source_root.join(&path[..end]));
        folders.any(|folder| folder.join("__init__.py").is_file())
    };
    for renaming in &project.settings.files {
        let path = renaming.wheel_path.as_str();
        if !path.ends_with(".py") && is_in_package(path) {
            build.console().warning(&format!(
                "`{path}` is not seen in an editable install: it lies in `{}`, and Python looks \
                 for the data of a package beside its sources",
                renaming.source.value
            ));
        }
    }
}

/// The built modules, by their paths in the folder of an editable install, sorted.
pub fn modules(built: &[ManifestEntry]) -> Vec<(String, &ManifestEntry)> {
    let mut modules: Vec<_> = built.iter().map(|entry| (entry.path.clone(), entry)).collect();
    modules.sort_by(|(one, _), (other, _)| one.cmp(other));
    modules
}

/// What the install watches: everything that the modules were made of. The build began at `begun`.
///
/// # Errors
/// The source tree cannot be read.
pub fn import_check(build: &Build, made: &MadeOf, begun: i128) -> Result<ImportCheck> {
    let cache = &build.folder.cache;
    let inputs = made.steps().flat_map(|step| cache.inputs_of(&step));
    let root = &build.project.root;
    let folders = source_globs::folders_of_globs(build.project)?.into_iter().map(Input::Folder);
    // Of an optional builder that failed, the cache knows nothing.
    let scripts = made.builders.iter().filter_map(|(builder, _)| builder.script());
    let declared = build.project.settings.modules.iter().flat_map(|module| module.files());
    let named = declared.map(|(_, file)| Path::new(&file.value));
    let named = scripts.chain(named).map(|file| Input::File(root.join(file)));
    // A file that is missing would have its folder watched.
    let theirs = files_of_setuptools(build).into_iter().filter(|file| file.is_file());
    let texts = theirs.chain([root.join(PYPROJECT)]);
    let own = folders.chain(named).chain(texts.map(Input::File));
    let own = own.map(|input| cache.look_at(input));
    let written = made.builders.iter().flat_map(|(_, read)| read.written.iter().cloned());
    let build_dir = folders::build_dir(build.project);
    let scope = Scope {
        root: &build.project.root,
        made_in: &[build_dir.as_path(), build.folder.path.as_path()],
        search_path: &build.hook.host.sys_path,
        begun,
    };
    Ok(ImportCheck::of(inputs.chain(own), &written.collect::<BTreeSet<PathBuf>>(), &scope))
}

/// Where setuptools packs the project: the files in which it is told how.
fn files_of_setuptools(build: &Build) -> Vec<PathBuf> {
    let files = match build.hook.request.hook.setuptools_project() {
        Some(_) => &["setup.py", "setup.cfg"][..],
        None => &[],
    };
    files.iter().map(|file| build.project.root.join(file)).collect()
}

/// A digest of what an install stands on and a rebuild does not replace. `manifest` is that of the
/// editable wheel, without the means to rebuild. What setuptools says is known at the install alone,
/// so that the files stand for it in which it is told.
pub fn shape(build: &Build, manifest: &Manifest, modules: &[String]) -> String {
    let files = files_of_setuptools(build);
    if files.is_empty() {
        return rebuild_folder::shape(manifest, modules);
    }
    let texts: Vec<_> = files.iter().map(|file| std::fs::read(file).unwrap_or_default()).collect();
    digest_of(texts.iter().map(Vec::as_slice))
}

/// An editable wheel, without the means to rebuild.
struct Plain<'a> {
    manifest: Manifest,
    dist_info: &'a str,
    /// The built modules, as they stand in an ordinary wheel.
    built: &'a [ManifestEntry],
}

/// Adds the means to rebuild.
fn with_rebuild_folder(
    build: &Build,
    plain: Plain,
    made_of: &MadeOf,
    begun: i128,
) -> Result<Manifest> {
    let settings = keys::build_time_keys();
    // Who imports says whether he wants to see more.
    let named = settings.iter().filter(|key| key.path != "editable.verbose");
    let named = named.map(|key| key.variable.as_str());
    let modules: Vec<String> = modules(plain.built).into_iter().map(|(name, _)| name).collect();
    let parts = RebuildParts {
        dist_name: &build.project.metadata.dist_name(),
        dist_info: plain.dist_info,
        executable: this_executable()?,
        python: &build.hook.host.python_package,
        source_tree: &build.project.root,
        given: &build.hook.request.config.given,
        variables: rebuild_folder::variables(
            &asked_for(build, made_of),
            named,
            build.hook.environment,
        ),
        modules: &modules,
        shape: shape(build, &plain.manifest, &modules),
        setuptools: build.hook.request.hook.setuptools_project(),
        vcs_version: build.project.vcs_version.as_ref(),
        import_check: import_check(build, made_of, begun)?.text(),
    };
    rebuild_folder::with_rebuild_folder(plain.manifest, &parts)
}

/// The variables that builders and crates asked for.
fn asked_for(build: &Build, made: &MadeOf) -> BTreeSet<String> {
    let of_builders = made.builders.iter().flat_map(|(_, read)| read.environment.iter().cloned());
    let cache = &build.folder.cache;
    let of_steps = made.steps.iter().flat_map(|step| cache.inputs_of(&step.id));
    let of_steps = of_steps.filter_map(|known| match known.input {
        Input::Variable(name) => Some(name),
        _ => None,
    });
    of_builders.chain(of_steps).collect()
}

fn this_executable() -> Result<PathBuf> {
    std::env::current_exe()
        .map_err(|e| Error::new(format!("cannot find the officina executable: {e}")))
}
