//! Brings the modules of an editable install up to date, when an input of theirs changed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::build::assemble;
use crate::build::context::{Build, HookContext};
use crate::build::crates;
use crate::build::made_of::MadeOf;
use crate::build::modules::{self, Made};
use crate::build::permits::Permits;
use crate::build::project::{load, resolved_scripts};
use crate::build::{editable, folders, own_steps, stubs, timings};
use crate::editable::import_check::{Comparison, ImportCheck};
use crate::editable::rebuild_folder;
use crate::editable::wheel::TopLevelModules;
use crate::engine::cache::BuildEnd;
use crate::engine::file_stat::now;
use crate::error::{Cause, Error, Result};
use crate::fs;
use crate::model::{Content, Detail, EditableInstall, Manifest, ManifestEntry, Project, Response};
use crate::report::Console;
use crate::steps::builder;

/// Rebuilds the modules if what they were made from is not what it was. Of several processes that
/// ask for it at once, one does it.
///
/// # Errors
/// Those of a build; or the install is none that a rebuild can bring up to date. The modules are
/// what they were then, and the next call tries again.
pub fn run(context: &HookContext, install: &EditableInstall) -> Result<Response> {
    let begun = Instant::now();
    if let Comparison::Same(check) = compared(install)? {
        // Who may not write here has to compare at each import, and can import all the same.
        let _ = turn(install).and_then(|_turn| write_check(install, &check));
        return Ok(Response::Name("same".into()));
    }
    let _turn = turn(install)?;
    // Once more: somebody else may have had a turn before.
    let Comparison::Changed(changed) = compared(install)? else {
        return Ok(Response::Name("same".into()));
    };
    let root = &context.request.source_tree;
    let again = format!("python -m pip install -e {}", root.display());
    let moved = || format!("if the project is no longer there, install it anew: {again}");
    let reading = Instant::now();
    let mut project = load(context.request, context.environment)
        .map_err(|error| if root.is_dir() { error } else { error.hint(moved()) })?;
    let options = &mut project.options;
    if options.detail == Detail::Steps && !options.editable_verbose {
        options.detail = Detail::Problems;
    }
    timings::recorded(&project, reading, || rebuild(context, &project, install, &again))?;
    let shown = changed.strip_prefix(root).unwrap_or(&changed).display();
    let what = format!("{}: `{shown}` changed", project.metadata.dist_name());
    let console = Console { detail: project.options.detail };
    console.done("Rebuilt", &what, begun.elapsed());
    Ok(Response::Name("rebuilt".into()))
}

fn rebuild(
    context: &HookContext,
    project: &Project,
    install: &EditableInstall,
    again: &str,
) -> Result<()> {
    let begun = now();
    let mut folder = folders::open(context, project)?;
    let is_set = |name: &&String| context.environment.0.contains_key(OsStr::new(name));
    let missing: BTreeSet<String> =
        install.asked.iter().filter(|name| !is_set(name)).cloned().collect();
    folder.cache.withhold(missing.clone());
    let permits = Permits::of(project, context.environment)?;
    let build = Build::new(context, project, &folder, &permits.jobs);
    refuse_without(&missing, &build, again)?;
    let made = remade(&build).map_err(|error| advised(error, again))?;
    folder.remember(BuildEnd::Complete, build.console());
    check(&made.built, install, again)?;
    warn_of_others(&build, &made.manifest, install, again);
    let watched = editable::import_check(&build, &made.made_of, begun)?;
    put(&made.built, install)?;
    // Last: whoever ends us before has the modules made again.
    write_check(install, &watched)
}

/// What an install would hold now.
struct Remade {
    /// Its files.
    manifest: Manifest,
    /// The modules, as they stand in an ordinary wheel.
    built: Vec<ManifestEntry>,
    made_of: MadeOf,
}

fn remade(build: &Build) -> Result<Remade> {
    if build.hook.request.hook.setuptools_project().is_some() {
        let Made { modules, made_of, .. } = modules::made(build)?;
        let built: Vec<_> = modules.into_iter().map(|(_, entry)| entry).collect();
        let manifest = editable::beside_setuptools(build, &built, TopLevelModules::ByFinder)?;
        return Ok(Remade { manifest, built, made_of });
    }
    let (made, ()) = assemble::assembled(build, |_| Ok(()))?;
    let manifest = editable::manifest(build, &made, TopLevelModules::ByFinder)?;
    Ok(Remade { manifest, built: made.product.built, made_of: made.made_of })
}

/// A builder or a crate that has to run would make another module without the variables that it
/// asked for at the install.
fn refuse_without(missing: &BTreeSet<String>, build: &Build, again: &str) -> Result<()> {
    let Some(name) = missing.first() else { return Ok(()) };
    let builders = resolved_scripts(build.project, &build.project.settings)?;
    let literals = stubs::literals(build, &builders)?;
    let variables = own_steps::variables(build);
    let found = build.with_builder_context(&variables, literals.as_ref(), |context| {
        builder::why(&builders, context)
    });
    let builder = found.into_iter().find(|(_, why)| why.is_some());
    let what = match (builder, crates::stale(build)?) {
        (Some((script, _)), _) => format!("builder `{script}` has to run"),
        (None, Some(name)) => format!("the crate `{name}` has to be built"),
        (None, None) => return Ok(()),
    };
    let others = if missing.len() > 1 { " and others" } else { "" };
    let message = format!(
        "{what} again, and the environment variable {name}{others}, which was set when this was \
         installed, is not set"
    );
    let listed = missing.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    Err(Error::new(message)
        .note("values of variables are not kept: they may be secrets")
        .hint(format!("set {listed} and import again, or install again: {again}")))
}

/// Waits until nobody else rebuilds this install.
fn turn(install: &EditableInstall) -> Result<std::fs::File> {
    let path = install.rebuild_folder.join(rebuild_folder::LOCK);
    // Most are done before anybody wonders.
    let patience = Duration::from_secs(2);
    let holder = "another process that rebuilds the same modules";
    folders::wait_for_lock(&path, &path, patience, holder, Console { detail: Detail::Steps })
}

fn compared(install: &EditableInstall) -> Result<Comparison> {
    let file = install.rebuild_folder.join(rebuild_folder::IMPORT_CHECK);
    let text = fs::read_source(&file, rebuild_folder::IMPORT_CHECK)?.text;
    let check = ImportCheck::parsed(&text);
    Ok(check.map_or_else(
        || Comparison::Changed(PathBuf::from(rebuild_folder::IMPORT_CHECK)),
        |check| check.compared(),
    ))
}

/// What the build's own environment had may be missing where the modules are used.
fn advised(error: Error, again: &str) -> Error {
    if error.parts().cause == Cause::MissingPackage {
        let all = format!("or let its frontend install it for a build: {again}");
        return error
            .without_hints()
            .hint("install it into this environment, where editable modules are rebuilt")
            .hint(all);
    }
    error
}

/// Files that an installer does not know would outlive an uninstall; missing ones would be found.
fn check(built: &[ManifestEntry], install: &EditableInstall, again: &str) -> Result<()> {
    let modules = editable::modules(built);
    let now: BTreeSet<&str> = modules.iter().map(|(name, _)| name.as_str()).collect();
    let then: BTreeSet<&str> = install.modules.iter().map(String::as_str).collect();
    if now == then {
        return Ok(());
    }
    let listed = |names: Vec<&&str>| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let mut error = Error::new("the project makes other modules than those that were installed");
    let (added, gone) =
        (now.difference(&then).collect::<Vec<_>>(), then.difference(&now).collect::<Vec<_>>());
    if !added.is_empty() {
        error = error.note(format!("new: {}", listed(added)));
    }
    if !gone.is_empty() {
        error = error.note(format!("gone: {}", listed(gone)));
    }
    Err(error.hint(format!("install it again: {again}")))
}

/// What else of the install is not what an install would make now works as it did.
fn warn_of_others(build: &Build, manifest: &Manifest, install: &EditableInstall, again: &str) {
    if editable::shape(build, manifest, &install.modules) == install.shape {
        return;
    }
    let name = build.project.metadata.dist_name();
    build.console().warning(&match &install.setuptools {
        None => {
            format!("the metadata or the files of `{name}` are not those that were installed: {again}")
        }
        Some(_) => format!(
            "setup.py or setup.cfg of `{name}` is not what it was when this was installed, and what \
             it says now does not count: {again}"
        ),
    });
}

/// Replaces each module that is not the same. One that is loaded somewhere stays whole there.
fn put(built: &[ManifestEntry], install: &EditableInstall) -> Result<()> {
    let part = install.rebuild_folder.join(rebuild_folder::PART);
    for (name, entry) in editable::modules(built) {
        let Content::File(path) = &entry.content else { continue };
        let bytes = fs::read(path)?;
        let target = install.folder.join(name);
        if std::fs::read(&target).ok().as_ref() != Some(&bytes) {
            fs::replace(&target, &part, &bytes)?;
        }
    }
    Ok(())
}

fn write_check(install: &EditableInstall, check: &ImportCheck) -> Result<()> {
    let (target, part) = (
        install.rebuild_folder.join(rebuild_folder::IMPORT_CHECK),
        install.rebuild_folder.join(rebuild_folder::PART),
    );
    fs::replace(&target, &part, check.text().as_bytes())
}
