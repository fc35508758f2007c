//! The modules alone, for setuptools to pack.

use std::path::Path;
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
    BuiltModule, BuiltModules, Content, Extension, ExtensionSpec, ManifestEntry, Module, Project,
    Tag, WheelKind,
};
use crate::steps::make_modules;

/// The file in the build folder that says what was built last.
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
/// Those of reading the project and of opening the build folder.
pub fn last_built(context: &HookContext) -> Result<Option<BuiltModules>> {
    let project = load(context.request, context.environment)?;
    let folder = folders::open(context, &project)?;
    let answer = fs::read_source(&folder.path.join(ANSWER), ANSWER).ok();
    Ok(answer.and_then(|answer| serde_json::from_str(&answer.text).ok()))
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
    let made = made(&build).and_then(|made| {
        assemble::say_what_is_unchanged(&build, start);
        placed(&build, &made, target)
    });
    let ended = if made.is_ok() { BuildEnd::Complete } else { BuildEnd::Early };
    folder.remember(ended, build.console());
    let made = made?;
    if folder.stays {
        let text = serde_json::to_string(&made);
        let text = text.map_err(|e| Error::new(format!("cannot write `{ANSWER}`: {e}")))?;
        fs::write_text(&folder.path.join(ANSWER), &text)?;
    }
    Ok(made)
}

/// What was made, as it stands in an ordinary wheel.
struct Made {
    modules: Vec<(BuiltModule, ManifestEntry)>,
    left_out: Vec<String>,
    tag: Option<Tag>,
}

fn made(build: &Build) -> Result<Made> {
    let (ReadyBuilders { provided, .. }, generated) = assemble::with_builders(build, |ready| {
        assemble::generated(build, &ready.provided, &ready.builders)
    })?;
    let native = native::resolved(build, &provided, &generated.modules)?;
    let specs = native.specs(&generated.modules);
    let context = build.compile_context();
    let (linked, ()) = make_modules::make(&specs, &native.libraries, &context, || Ok(()))?;
    let extensions: Vec<Extension> = linked.into_iter().map(|one| one.extension).collect();
    let is_made = |spec: &&&ExtensionSpec| extensions.iter().any(|one| one.name == spec.name);
    let left_out = specs.iter().filter(|spec| !is_made(spec));
    let left_out = left_out.map(|spec| spec.name.as_str().to_owned()).collect();
    let tag = tag(build, &extensions, !provided.crates.shared.is_empty())?;
    let mut modules: Vec<_> = extensions.iter().map(of_extension).collect();
    modules.extend(generated.modules.iter().filter_map(of_python));
    let shared = provided.crates.shared.iter().cloned();
    modules.extend(shared.map(|entry| (module("", &entry.path), entry)));
    Ok(Made { modules, left_out, tag })
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

fn tag(build: &Build, extensions: &[Extension], is_shared: bool) -> Result<Option<Tag>> {
    let context = build.hook;
    let platform = product::platform_tag(context.request, context.environment)?;
    if extensions.is_empty() {
        let alone = Tag { python: "py3".into(), abi: "none".into(), platform };
        return Ok(is_shared.then_some(alone));
    }
    let abis: Vec<_> = extensions.iter().map(|extension| extension.built.abi).collect();
    product::wheel_tag(context, build.project, &abis, &platform).map(Some)
}

fn placed(build: &Build, made: &Made, target: &Path) -> Result<BuiltModules> {
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
    Ok(BuiltModules {
        modules: made.modules.iter().map(|(module, _)| module.clone()).collect(),
        left_out: made.left_out.clone(),
        files: entries.into_iter().map(|entry| entry.path).collect(),
        tag: made.tag.clone(),
        is_stable: made.tag.as_ref().is_some_and(|tag| tag.abi.contains("abi3")),
    })
}
