//! The project's own steps, which run one after the other before any builder does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::build::context::Build;
use crate::build::placeholders::Placeholders;
use crate::build::provided::{OwnStep, Provided};
use crate::build::source_globs::{matching, nothing_matches};
use crate::engine::file_stat::FileStat;
use crate::engine::graph::{Graph, Node};
use crate::engine::jobserver::Jobs;
use crate::engine::scheduler::{self, Engine};
use crate::error::{Error, Result};
use crate::files::imported_modules::imported_modules;
use crate::files::tree;
use crate::fs;
use crate::model::{DeclaredStep, Location, Project, Spanned, Task, TaskKind};
use crate::steps::commands::{self, RunCommands, SourceTree};

/// The variables that tell builders the folders of the steps.
pub fn variables(build: &Build) -> BTreeMap<String, Option<String>> {
    let folder = |step| Some(folder_of(step, build).display().to_string());
    let steps = build.project.settings.native.steps.iter();
    steps.map(|step| (variable(&step.name.value), folder(step))).collect()
}

/// Runs every step that would not come out as it did before.
///
/// # Errors
/// A command fails or cannot be started, or it made something else than it declares.
pub fn run(build: &Build) -> Result<Provided> {
    let project = build.project;
    let declared = &project.settings.native.steps;
    remove_folders_of_no_step(declared, build);
    if declared.is_empty() {
        return Ok(Provided::default());
    }
    let exported = commands::exported(&build.compile_context())?;
    let cache = &build.folder.cache;
    let engine = Engine { cache, jobs: build.jobs, console: build.console() };
    let mut provided = Provided::default();
    // One by one: what a step makes may be an input of the next.
    for step in declared {
        let (tree, name) = (Outputs { step, project }, &step.name.value);
        let command = command(&tree, build, build.jobs, &exported, &provided)?;
        let (id, folder) = (command.id.clone(), command.folder.clone());
        let mut graph = Graph::default();
        let group = graph.add_group(name, false);
        let task = Task::new(TaskKind::Command, name);
        let step_of_graph = Box::new(command);
        let node = Node { step: step_of_graph, task, verb: "Ran", needs: vec![], group };
        let why = scheduler::why(&*node.step, cache);
        graph.add(node);
        scheduler::run(&graph, &engine, || Ok(()))?;
        add(&mut provided, step, &folder);
        provided.steps.push(OwnStep { name: name.clone(), id, why });
    }
    Ok(provided)
}

fn command<'a>(
    tree: &'a Outputs<'a>,
    build: &'a Build<'a>,
    jobs: &'a Jobs,
    exported: &BTreeMap<String, Option<String>>,
    before: &Provided,
) -> Result<RunCommands<'a>> {
    let (step, project) = (tree.step, tree.project);
    let folder = folder_of(step, build);
    let python = &build.hook.host.executable;
    let placeholders = Placeholders {
        known: &[
            ("root", project.root.display().to_string()),
            ("build", folder.display().to_string()),
            ("python", python.display().to_string()),
            ("jobs", jobs.workers.to_string()),
        ],
        pyproject: &project.pyproject,
    };
    let words = |command: &Vec<Spanned<String>>| {
        command.iter().map(|word| placeholders.filled(word)).collect::<Result<Vec<String>>>()
    };
    let mut variables = exported.clone();
    variables.extend(before.variables.clone());
    for (name, value) in &step.env {
        variables.insert(name.clone(), Some(placeholders.filled(value)?));
    }
    let directory = step.directory.as_ref().map(|said| placeholders.filled(said)).transpose()?;
    let provides = step.provides.include_dirs.iter().chain(&step.provides.library_dirs);
    let commands = step.commands.iter().map(words).collect::<Result<Vec<_>>>()?;
    let directory = directory.map_or_else(|| folder.clone(), |said| project.root.join(said));
    let mut inputs = inputs(step, project)?;
    if let Some(inputs) = &mut inputs {
        let python = python.display().to_string();
        let scripts = commands.iter().filter_map(|words| script(words, &python, &directory));
        inputs.extend(code_of(step, project, scripts)?);
        inputs.sort();
        inputs.dedup();
    }
    Ok(RunCommands {
        id: RunCommands::id_of(&step.name.value),
        name: &step.name.value,
        place: place(project, step.span.clone()),
        commands,
        directory,
        settings: variables.iter().map(|(name, value)| format!("{name}={value:?}")).collect(),
        environment: build.hook.environment.with(&variables),
        inputs,
        provides: provides.map(|said| folder.join(&said.value)).collect(),
        folder,
        root: &project.root,
        tree,
        paths: build.folder.cache.paths(),
        jobs,
        console: build.console(),
    })
}

fn folder_of(step: &DeclaredStep, build: &Build) -> PathBuf {
    build.folder.path.join(STEPS).join(&step.name.value)
}

const STEPS: &str = "steps";

/// What a step that is not declared any more has left is of no use.
fn remove_folders_of_no_step(declared: &[DeclaredStep], build: &Build) {
    let entries = std::fs::read_dir(build.folder.path.join(STEPS)).into_iter().flatten();
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_declared = |step: &DeclaredStep| {
            let name = step.name.value.as_str();
            path.file_name().and_then(|own| own.to_str()).is_some_and(|own| {
                own == name || own.strip_suffix(RunCommands::FILLED) == Some(name)
            })
        };
        if !declared.iter().any(is_declared) {
            let _ = fs::remove_folder(&path); // it is in nobody's way
            let _ = fs::remove_if_there(&path);
        }
    }
}

/// The files that the globs of `inputs` match, without those that the step makes.
fn inputs(step: &DeclaredStep, project: &Project) -> Result<Option<Vec<PathBuf>>> {
    if step.inputs.is_empty() {
        return Ok(None);
    }
    let made = matching(&step.outputs, project)?;
    let mut files = Vec::new();
    for glob in &step.inputs {
        let found = matching(std::slice::from_ref(glob), project)?;
        if found.is_empty() {
            return Err(nothing_matches(project, &glob.value, &glob.span, "inputs"));
        }
        files.extend(found.into_iter().filter(|path| !made.contains(path)));
    }
    Ok(Some(files.into_iter().map(|path| project.root.join(path)).collect()))
}

/// The script that a command gives to this Python.
fn script(words: &[String], python: &str, directory: &Path) -> Option<PathBuf> {
    let mut words = words.iter().map(String::as_str);
    words.next().filter(|program| *program == python)?;
    loop {
        match words.next()? {
            "-W" | "-X" => drop(words.next()?),
            "-m" => {
                let path = directory.join(words.next()?.replace('.', "/"));
                let main = path.join("__main__.py");
                return Some(if main.is_file() { main } else { path.with_extension("py") });
            }
            "-c" | "-" => return None,
            option if option.starts_with('-') => {}
            script => return Some(directory.join(script)),
        }
    }
}

/// The scripts of the project, and the modules that they import from it: whoever lists the inputs of a
/// step thinks of its data. What the step makes is none.
fn code_of(
    step: &DeclaredStep,
    project: &Project,
    scripts: impl Iterator<Item = PathBuf>,
) -> Result<Vec<PathBuf>> {
    let root = &project.root;
    let made = matching(&step.outputs, project)?;
    let read = |path: &str| tree::text_of(&root.join(path), tree::LARGEST_TEXT);
    let in_tree = scripts.filter_map(|script| tree::path_below(root, &script));
    let code = in_tree.flat_map(|script| imported_modules(&script, &read));
    Ok(code.filter(|path| !made.contains(path)).map(|path| root.join(path)).collect())
}

/// What one step makes in the source tree.
struct Outputs<'a> {
    step: &'a DeclaredStep,
    project: &'a Project,
}

impl SourceTree for Outputs<'_> {
    fn files(&self) -> Result<BTreeMap<String, FileStat>> {
        let root = &self.project.root;
        let files = tree::walk(root)?.files.into_iter();
        let stat = |path: String| FileStat::of(&root.join(&path)).map(|stat| (path, stat));
        Ok(files.filter_map(|file| stat(file.path)).collect())
    }

    fn outputs(&self) -> Result<Vec<String>> {
        let DeclaredStep { name, outputs, .. } = self.step;
        for glob in outputs {
            if matching(std::slice::from_ref(glob), self.project)?.is_empty() {
                let (name, glob_text) = (&name.value, &glob.value);
                return Err(Error::new(format!("the step `{name}` made no file `{glob_text}`"))
                    .at(&self.project.pyproject, glob.span.clone())
                    .note("`outputs` says that it makes one")
                    .hint("correct the glob, or the command that is to make the file"));
            }
        }
        matching(outputs, self.project)
    }
}

fn place(project: &Project, span: std::ops::Range<usize>) -> Location {
    Location { source: project.pyproject.clone(), span, key: None }
}

fn add(provided: &mut Provided, step: &DeclaredStep, folder: &Path) {
    let below = |said: &[Spanned<String>]| -> Vec<PathBuf> {
        said.iter().map(|said| folder.join(&said.value)).collect()
    };
    provided.include_dirs.extend(below(&step.provides.include_dirs));
    provided.library_dirs.extend(below(&step.provides.library_dirs));
    provided.variables.insert(variable(&step.name.value), Some(folder.display().to_string()));
}

/// The variable that tells builders the folder of a step.
fn variable(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("OFFICINA_STEP_{}", name.chars().map(letter).collect::<String>())
}
