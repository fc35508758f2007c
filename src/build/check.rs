//! The proof of an sdist: everything that a build reads is in it, and the wheel from it is the
//! wheel from the tree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::archive::unpack;
use crate::build::commands::ProjectCommand;
use crate::build::context::HookContext;
use crate::build::outcome::finished;
use crate::build::{dist, sdist, timings, wheel};
use crate::error::{Error, Result};
use crate::files::missing_inputs::{self, ReadBy, SdistComparison};
use crate::fs;
use crate::model::{BuildInputs, DebugPlaces, Environment, Hook, Project, WheelKind};

/// What was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// File name of the sdist.
    pub sdist: String,
    /// File name of the wheel.
    pub wheel: String,
    /// The files of the tree that the build read, relative to the root, each with its readers.
    pub inputs: BTreeMap<String, Vec<ReadBy>>,
    /// The programs that builders started, by builder: what those read is not known, but the wheel
    /// from the sdist was built with them.
    pub programs: Vec<(String, Vec<String>)>,
}

/// Makes the sdist, the wheel from the tree and the wheel from the sdist, and compares them. Nothing
/// of it is kept.
///
/// # Errors
/// A build fails, the sdist lacks what a build read, or the two wheels differ.
pub fn check(command: &ProjectCommand, environment: &Environment) -> Result<Proof> {
    finished(timings::of_command(command, environment, || checked(command, environment)))
}

fn checked(command: &ProjectCommand, environment: &Environment) -> Result<Proof> {
    let scratch = fs::scratch_dir()?;
    // The wheels are made in two places.
    let mut command = command.clone();
    command.config.choices.debug_places = Some(DebugPlaces::Mapped);
    let command = &command;
    let folder = |name: &str| scratch.path().join(name);
    let hook = Hook::BuildSdist { sdist_directory: folder("sdist") };
    let packed = sdist::pack(&command.request(hook), environment, &folder("sdist"))?;
    let request = command.wheel(WheelKind::Standard, &folder("tree"));
    let built = wheel::make(&HookContext::of(&request, environment)?, &folder("tree"))?;
    let roots = roots(&command.source_tree);
    refuse_omissions(&packed, &built.inputs, &roots)?;
    let sdist = folder("sdist").join(&packed.name);
    let from_sdist = dist::wheel_from(&sdist, command, &folder("from-sdist"), environment)?;
    refuse_reads_of_origin(&packed, &from_sdist.inputs, &roots)?;
    let wheels = (folder("tree").join(&built.name), folder("from-sdist").join(&from_sdist.name));
    compare(&wheels.0, &wheels.1).map_err(|error| with_steps(error, &packed.project))?;
    Ok(Proof {
        sdist: packed.name,
        wheel: built.name,
        inputs: missing_inputs::reads(&built.inputs, &roots),
        programs: programs(&built.inputs),
    })
}

/// The project root in every spelling in which a program may have found it.
fn roots(root: &Path) -> Vec<PathBuf> {
    let mut roots = vec![root.to_owned()];
    roots.extend(std::fs::canonicalize(root).ok().filter(|real| real != root));
    roots
}

fn refuse_omissions(packed: &sdist::Packed, inputs: &BuildInputs, roots: &[PathBuf]) -> Result<()> {
    let sdist::Packed { project, tree, decisions, .. } = packed;
    let build_dir = build_dir(project);
    let found = missing_inputs::find(&SdistComparison {
        inputs,
        roots,
        tree,
        decisions,
        build_dir: build_dir.as_deref(),
    });
    match missing_inputs::error(&found, &project.declared.base.sdist, &project.pyproject) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// The tree still lies where it was, so that an absolute path into it would serve a build that has
/// nothing but the sdist.
fn refuse_reads_of_origin(
    packed: &sdist::Packed,
    inputs: &BuildInputs,
    roots: &[PathBuf],
) -> Result<()> {
    let found = missing_inputs::reads_of_origin(inputs, roots, &packed.tree);
    missing_inputs::error_of_origin(&found).map_or(Ok(()), Err)
}

fn build_dir(project: &Project) -> Option<String> {
    let folder = project.root.join(&project.options.build_dir.as_ref()?.value);
    let below = folder.strip_prefix(&project.root).ok()?;
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

/// So many differences are named.
const NAMED: usize = 10;

fn compare(tree: &Path, sdist: &Path) -> Result<()> {
    let (ours, theirs) = (unpack::contents(tree)?, unpack::contents(sdist)?);
    let mut notes = Vec::new();
    if tree.file_name() != sdist.file_name() {
        notes.push(format!("one is `{}`, the other `{}`", shown(tree), shown(sdist)));
    }
    for (path, content) in &ours {
        match theirs.get(path) {
            None => notes.push(format!("only the wheel from the tree holds `{path}`")),
            Some(other) if other != content => notes.push(format!("`{path}` is not the same")),
            Some(_) => {}
        }
    }
    let others = theirs.keys().filter(|path| !ours.contains_key(*path));
    notes.extend(others.map(|path| format!("only the wheel from the sdist holds `{path}`")));
    if notes.is_empty() {
        return Ok(());
    }
    let error = Error::new("the wheel from the sdist is not the wheel from the source tree");
    let more = notes.len().saturating_sub(NAMED);
    let mut error = notes.into_iter().take(NAMED).fold(error, Error::note);
    if more > 0 {
        error = error.note(format!("... and {more} more"));
    }
    Err(error.hint("a builder must not depend on the folder, the time or version control: what it asks them, an sdist has to hold"))
}

/// A step that reads more than it says is not run again after an edit of that.
fn with_steps(error: Error, project: &Project) -> Error {
    let steps = project.settings.native.steps.iter().filter(|step| !step.inputs.is_empty());
    let names: Vec<String> = steps.map(|step| format!("`{}`", step.name.value)).collect();
    if names.is_empty() {
        return error;
    }
    error.hint(format!(
        "a step ({}) may read files that its `inputs` do not name, and what it made is stale: name them \
         all in `inputs`, then build again",
        names.join(", ")
    ))
}

fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn programs(inputs: &BuildInputs) -> Vec<(String, Vec<String>)> {
    let of = |builder: &crate::model::BuilderInputs| {
        let script = builder.script.clone();
        builder
            .programs
            .iter()
            .map(move |program| (script.clone(), program.clone()))
            .collect::<Vec<_>>()
    };
    inputs.builders.iter().flat_map(of).collect()
}
