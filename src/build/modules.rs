//! The modules alone, for setuptools to pack.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::build::assemble::{self, ReadyBuilders};
use crate::build::context::{Build, HookContext};
use crate::build::made_of::MadeOf;
use crate::build::permits::Permits;
use crate::build::project::{load, warn};
use crate::build::{editable, folders, native, product, timings};
use crate::engine::cache::BuildEnd;
use crate::engine::file_stat::now;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{
    BuiltModule, BuiltModules, Content, Extension, ManifestEntry, Module, Project, Tag, WheelKind,
};
use crate::steps::make_modules;

/// The file beside the folder of builds that says what was built last.
const ANSWER: &str = "modules.json";

/// Builds the modules and copies them into a folder, where they lie as in a wheel, or, for an editable
/// install, as they lie in that.
///
/// # Errors
/// What builders or compilers fail with; the folder cannot be written.
pub fn build(context: &HookContext, target: &Path) -> Result<BuiltModules> {
    let begun = Instant::now();
    let project = load(context.request, context.environment)?;
    timings::recorded(&project, begun, || built(context, &project, target))
}

/// What the last build of the same kind made; `None`: there was none. Nothing runs.
///
/// # Errors
/// Those of reading the project.
pub fn last_built(context: &HookContext) -> Result<Option<BuiltModules>> {
    let project = load(context.request, context.environment)?;
    Ok(answer_in(&answer_file(context, &project)))
}

fn answer_file(context: &HookContext, project: &Project) -> PathBuf {
    folders::home(context, project).join(ANSWER)
}

fn answer_in(file: &Path) -> Option<BuiltModules> {
    let answer = fs::read_source(file, ANSWER).ok()?;
    serde_json::from_str(&answer.text).ok()
}

fn built(context: &HookContext, project: &Project, target: &Path) -> Result<BuiltModules> {
    let (start, begun) = (Instant::now(), now());
    warn(context.request, project);
    let folder = folders::open(context, project)?;
    let permits = Permits::of(project, context.environment)?;
    let build = Build::new(context, project, &folder, &permits.jobs);
    let file = answer_file(context, project);
    let made = made(&build)?;
    assemble::say_what_is_unchanged(&build, start);
    let place = || placed(&build, &made, begun, target);
    let files = folder.remember_beside(build.console(), place)?;
    let modules: Vec<_> = made.modules.into_iter().map(|(module, _)| module).collect();
    let gone = gone(answer_in(&file).unwrap_or_default(), &modules);
    let answer = BuiltModules { modules, gone, files, tag: made.tag };
    if folder.stays {
        let text = serde_json::to_string(&answer);
        let text = text.map_err(|e| Error::new(format!("cannot write `{ANSWER}`: {e}")))?;
        fs::write_text(&file, &text)?;
    }
    Ok(answer)
}

/// What was made.
pub struct Made {
    /// The modules and shared libraries, as they stand in an ordinary wheel.
    pub modules: Vec<(BuiltModule, ManifestEntry)>,
    /// The tag of a wheel that holds nothing else that is compiled; `None`: nothing is compiled.
    pub tag: Option<Tag>,
    /// What they were made of.
    pub made_of: MadeOf,
}

/// Runs builders and compilers. The build folder, where the modules lie, remembers what the build
/// did if it fails; else that is left to the caller.
///
/// # Errors
/// What builders or compilers fail with.
pub fn made(build: &Build) -> Result<Made> {
    let made = made_in(build);
    if made.is_err() {
        build.folder.remember(BuildEnd::Early, build.console());
    }
    made
}

fn made_in(build: &Build) -> Result<Made> {
    let (ReadyBuilders { builders, provided, .. }, generated) =
        assemble::with_builders(build, |ready| {
            assemble::generated(build, &ready.provided, &ready.builders)
        })?;
    let native = native::resolved(build, &provided, &generated.modules)?;
    let specs = native.specs(&generated.modules);
    let context = build.compile_context();
    let has_libraries = !provided.crates.shared.is_empty();
    let asked = tag(build, &make_modules::planned(&specs, &context), has_libraries)?;
    let (linked, ()) = make_modules::make(&specs, &native.libraries, &context, || Ok(()))
        .map_err(|error| native::explained(error, build.project))?;
    let extensions: Vec<Extension> = linked.iter().map(|one| one.extension.clone()).collect();
    let tag = tag(build, &extensions, has_libraries)?;
    if let (Some(asked), Some(tag)) = (asked, &tag) {
        assemble::say_why_it_is_another_tag(&asked, tag, &extensions, build.console());
    }
    let mut modules: Vec<_> = extensions.iter().map(of_extension).collect();
    modules.extend(generated.modules.iter().filter_map(of_python));
    let shared = provided.crates.shared.iter().cloned();
    modules.extend(shared.map(|entry| (module("", &entry.path), entry)));
    let builders = builders.into_iter().zip(generated.inputs).collect();
    Ok(Made { modules, tag, made_of: MadeOf { builders, steps: provided.steps, linked } })
}

fn module(name: &str, file: &str) -> BuiltModule {
    BuiltModule { name: name.to_owned(), file: file.to_owned() }
}

fn of_extension(extension: &Extension) -> (BuiltModule, ManifestEntry) {
    let entry = extension.entry();
    (module(extension.name.as_str(), &entry.path), entry)
}

fn of_python(made: &Module) -> Option<(BuiltModule, ManifestEntry)> {
    let python = made.python()?;
    let entry = python.entry();
    Some((module(python.name.as_str(), &entry.path), entry))
}

fn tag(build: &Build, extensions: &[Extension], has_libraries: bool) -> Result<Option<Tag>> {
    let context = build.hook;
    let platform = product::platform_tag(context.request, context.environment)?;
    if extensions.is_empty() {
        let alone = Tag { python: "py3".into(), abi: "none".into(), platform };
        return Ok(has_libraries.then_some(alone));
    }
    let abis: Vec<_> = extensions.iter().map(|extension| extension.built.abi).collect();
    product::wheel_tag(context, build.project, &abis, &platform).map(Some)
}

/// Writes what the product holds of ours into the target folder; returns the paths in it.
fn placed(build: &Build, made: &Made, begun: i128, target: &Path) -> Result<Vec<String>> {
    let built: Vec<ManifestEntry> = made.modules.iter().map(|(_, one)| one.clone()).collect();
    let entries = match build.hook.kind {
        WheelKind::Standard => built,
        WheelKind::Editable => {
            editable::installed_by_setuptools(build, &built, &made.made_of, begun)?.entries
        }
    };
    for entry in &entries {
        let file = target.join(&entry.path);
        fs::create_parent(&file)?;
        match &entry.content {
            Content::File(source) => fs::copy(source, &file)?,
            Content::Text(text) => fs::write_text(&file, text)?,
        }
        if entry.executable {
            fs::make_executable(&file)?;
        }
    }
    Ok(entries.into_iter().map(|entry| entry.path).collect())
}

/// What earlier builds made, in however many there were, and this one did not: setuptools keeps it.
fn gone(earlier: BuiltModules, modules: &[BuiltModule]) -> Vec<String> {
    let made = earlier.modules.into_iter().map(|module| module.file);
    let mut gone: Vec<String> = made.chain(earlier.gone).collect();
    gone.retain(|file| modules.iter().all(|module| module.file != *file));
    gone.sort();
    gone.dedup();
    gone
}
