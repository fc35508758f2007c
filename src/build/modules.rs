//! The modules alone, for setuptools to pack.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::build::assemble::{self, ReadyBuilders};
use crate::build::context::{Build, HookContext};
use crate::build::permits::Permits;
use crate::build::project::{console, load, warn};
use crate::build::{folders, native, product, timings};
use crate::editable::wheel;
use crate::engine::cache::BuildEnd;
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
    let start = Instant::now();
    warn(context.request, project);
    if context.kind == WheelKind::Editable && project.options.editable_rebuild {
        console(project).warning(
            "`editable.rebuild` has no effect where setuptools packs: install again after a change, \
             or let Officina pack the project",
        );
    }
    let folder = folders::open(context, project)?;
    let permits = Permits::of(project, context.environment)?;
    let build = Build::new(context, project, &folder, &permits.jobs);
    let file = answer_file(context, project);
    let made = made(&build).and_then(|made| {
        assemble::say_what_is_unchanged(&build, start);
        placed(&build, &made, answer_in(&file), target)
    });
    let ended = if made.is_ok() { BuildEnd::Complete } else { BuildEnd::Early };
    folder.remember(ended, build.console());
    let made = made?;
    if folder.stays {
        let text = serde_json::to_string(&made);
        let text = text.map_err(|e| Error::new(format!("cannot write `{ANSWER}`: {e}")))?;
        fs::write_text(&file, &text)?;
    }
    Ok(made)
}

/// What was made, as it stands in an ordinary wheel.
struct Made {
    modules: Vec<(BuiltModule, ManifestEntry)>,
    tag: Option<Tag>,
}

fn made(build: &Build) -> Result<Made> {
    let (ReadyBuilders { provided, .. }, generated) = assemble::with_builders(build, |ready| {
        assemble::generated(build, &ready.provided, &ready.builders)
    })?;
    let native = native::resolved(build, &provided, &generated.modules)?;
    let specs = native.specs(&generated.modules);
    let context = build.compile_context();
    let has_libraries = !provided.crates.shared.is_empty();
    let asked = tag(build, &make_modules::planned(&specs, &context), has_libraries)?;
    let (linked, ()) = make_modules::make(&specs, &native.libraries, &context, || Ok(()))?;
    let extensions: Vec<Extension> = linked.into_iter().map(|one| one.extension).collect();
    let tag = tag(build, &extensions, has_libraries)?;
    if let (Some(asked), Some(tag)) = (asked, &tag) {
        assemble::say_why_it_is_another_tag(&asked, tag, &extensions, build.console());
    }
    let mut modules: Vec<_> = extensions.iter().map(of_extension).collect();
    modules.extend(generated.modules.iter().filter_map(of_python));
    let shared = provided.crates.shared.iter().cloned();
    modules.extend(shared.map(|entry| (module("", &entry.path), entry)));
    Ok(Made { modules, tag })
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

fn placed(
    build: &Build,
    made: &Made,
    earlier: Option<BuiltModules>,
    target: &Path,
) -> Result<BuiltModules> {
    let entries: Vec<ManifestEntry> = made.modules.iter().map(|(_, one)| one.clone()).collect();
    let entries = match build.hook.kind {
        WheelKind::Standard => entries,
        WheelKind::Editable => {
            let finder = build.hook.host.python_package.join("_editable.py");
            let dist_name = build.project.metadata.dist_name();
            wheel::modules_alone(&entries, &dist_name, &finder)?.entries
        }
    };
    for entry in &entries {
        let file = target.join(&entry.path);
        fs::create_parent(&file)?;
        match &entry.content {
            Content::File(source) => fs::copy(source, &file)?,
            Content::Text(text) => fs::write_text(&file, text)?,
        }
    }
    let modules: Vec<_> = made.modules.iter().map(|(module, _)| module.clone()).collect();
    Ok(BuiltModules {
        gone: gone(earlier.unwrap_or_default(), &modules),
        modules,
        files: entries.into_iter().map(|entry| entry.path).collect(),
        tag: made.tag.clone(),
    })
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
