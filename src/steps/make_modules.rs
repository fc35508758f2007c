//! Specifications -> linked modules: every source of every module compiles side by side, and a module
//! is linked and checked as soon as its last object is there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::binary::LibraryCache;
use crate::engine::cache::Stale;
use crate::engine::graph::{Graph, Node};
use crate::engine::scheduler::{self, left_out};
use crate::error::{Ending, Error, Result};
use crate::model::{Extension, ExtensionSpec, ModuleName, Task, TaskKind, WheelKind};
use crate::steps::check::{self, Check};
use crate::steps::compile::{Compile, label};
use crate::steps::compiled_api;
use crate::steps::context::CompileContext;
use crate::steps::ids::step_id;
use crate::steps::link::Link;
use crate::steps::prepared_module::{
    LinkTarget, PreparedModule, Toolchains, prepare, shown_source,
};

/// A linked module with all that went into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedModule {
    /// The module.
    pub extension: Extension,
    /// Its objects, in the order in which they were linked.
    pub objects: Vec<Object>,
    /// The ids of the steps that made it.
    pub steps: Vec<String>,
}

/// A compiled source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The object file.
    pub path: PathBuf,
    /// What it was compiled from, as its builder spelled it.
    pub source: PathBuf,
    /// The same as messages call it.
    pub shown_source: String,
    /// The id of the step that compiled it.
    pub step: String,
}

/// What [`make`] will have made of these modules if all goes well, in the same order.
pub fn planned(specs: &[&ExtensionSpec], context: &CompileContext) -> Vec<Extension> {
    specs.iter().map(|spec| LinkTarget::of(spec, context).planned()).collect()
}

/// Makes modules, and does `meanwhile` on this thread while compilers run. The modules come in the
/// order of `specs`, without the `optional` ones that failed (a warning has told why).
///
/// # Errors
/// A source is missing, no compiler is there, a compiler or the linker fails, the linked file is
/// found to be broken, or the user interrupts. Else the error of `meanwhile`.
pub fn make<M>(
    specs: &[&ExtensionSpec],
    context: &CompileContext,
    meanwhile: impl FnOnce() -> Result<M>,
) -> Result<(Vec<LinkedModule>, M)> {
    let targets = specs.iter().map(|spec| LinkTarget::of(spec, context)).collect();
    make_targets(targets, context, meanwhile)
}

/// Compiles and links one module into a given file.
///
/// # Errors
/// As for [`make`]; `optional` excuses nothing here.
pub fn make_one(
    spec: &ExtensionSpec,
    file: &Path,
    context: &CompileContext,
) -> Result<LinkedModule> {
    let required = ExtensionSpec { optional: false, ..spec.clone() };
    let target = LinkTarget { file: file.to_owned(), ..LinkTarget::of(&required, context) };
    let (linked, ()) = make_targets(vec![target], context, || Ok(()))?;
    let mut linked = linked.into_iter();
    linked.next().ok_or_else(|| Error::new(format!("`{}` was not linked", spec.name)))
}

fn make_targets<M>(
    targets: Vec<LinkTarget>,
    context: &CompileContext,
    meanwhile: impl FnOnce() -> Result<M>,
) -> Result<(Vec<LinkedModule>, M)> {
    let modules = prepare_all(targets, context)?;
    compiled_api::write_marks(context.paths.build_dir)?;
    let libraries = LibraryCache::default();
    let graph = graph(&modules, &libraries, context)?;
    let (lost, done_meanwhile) = scheduler::run(&graph, &context.engine(), meanwhile)?;
    let kept = modules.iter().enumerate().filter(|(group, _)| !lost.contains(group));
    Ok((kept.map(|(_, module)| linked(module, context)).collect(), done_meanwhile))
}

/// The steps of each module: its compiles, its link, its check.
fn graph<'a>(
    modules: &'a [PreparedModule],
    libraries: &'a LibraryCache,
    context: &CompileContext<'a>,
) -> Result<Graph<'a>> {
    let mut graph = Graph::default();
    for module in modules {
        let spec = &module.target.spec;
        let group = graph.add_group(spec.name.as_str(), spec.optional);
        let mut compiled = Vec::with_capacity(module.units.len());
        for unit in &module.units {
            let step = Box::new(Compile::of(unit, module, context)?);
            let task = Compile::task(unit, module, context);
            compiled.push(graph.add(Node { step, task, verb: "Compiled", needs: vec![], group }));
        }
        let step = Box::new(Link::of(module, context)?);
        let path = &module.target.wheel_path;
        let objects = module.units.iter().map(|unit| label(unit, module, context));
        let task = Task::new(TaskKind::Link, path).after(TaskKind::Compile, objects);
        let linked = graph.add(Node { step, task, verb: "Linked", needs: compiled, group });
        let step = Box::new(Check::of(module, libraries, context)?);
        let task = Task::new(TaskKind::Check, path).after(TaskKind::Link, [path]);
        graph.add(Node { step, task, verb: "Checked", needs: vec![linked], group });
    }
    Ok(graph)
}

/// Prepares all modules but the `optional` ones for which that fails: a warning tells why.
fn prepare_all(targets: Vec<LinkTarget>, context: &CompileContext) -> Result<Vec<PreparedModule>> {
    let mut toolchains = Toolchains::default();
    let mut modules = Vec::with_capacity(targets.len());
    for target in targets {
        let (name, optional) = (target.spec.name.clone(), target.spec.optional);
        match prepare(target, &mut toolchains, context) {
            Ok(module) => modules.push(module),
            Err(error) if optional && error.parts().ending != Ending::Interrupted => {
                context.console.warning_with_output(&left_out(name.as_str(), &error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(modules)
}

fn linked(module: &PreparedModule, context: &CompileContext) -> LinkedModule {
    let objects: Vec<Object> = module
        .units
        .iter()
        .map(|unit| Object {
            path: unit.object.clone(),
            source: unit.source.clone(),
            shown_source: shown_source(&unit.source, context),
            step: step_id("compile", &unit.object, context),
        })
        .collect();
    let file = &module.target.file;
    let compiled = objects.iter().map(|object| object.step.clone());
    let [link, check] = ["link", "check"].map(|kind| step_id(kind, file, context));
    let found = context.cache.answer_of_step(&check).and_then(|answer| check::found(&answer));
    let extension = match found {
        Some(built) if context.kind == WheelKind::Standard => {
            module.target.extension(built, context)
        }
        // Where a module is built again and again, its file keeps one name: any does for one Python.
        _ => module.target.planned(),
    };
    let steps = compiled.chain([link, check]).collect();
    LinkedModule { extension, objects, steps }
}

/// The commands that make one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleCommands {
    /// Its full name.
    pub name: ModuleName,
    /// One for each source, in the order in which their objects are linked.
    pub compile: Vec<SourceCommand>,
    /// The command that links the objects.
    pub link: Vec<OsString>,
}

/// The command that compiles one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCommand {
    /// The source as its builder spelled it.
    pub source: PathBuf,
    /// The whole command.
    pub command: Vec<OsString>,
}

/// What [`make`] would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakePlan {
    /// The commands, in the order of the modules, without those of `optional` modules that cannot be
    /// made.
    pub commands: Vec<ModuleCommands>,
    /// Each step, as messages call it, and why it would run; `None` if it would not. A module whose
    /// objects are made anew may turn out to need no link.
    pub steps: Vec<(String, Option<Stale>)>,
}

/// Decides what [`make`] would do; no compiler runs.
///
/// # Errors
/// What can be known to fail before a compiler runs.
pub fn plan(specs: &[&ExtensionSpec], context: &CompileContext) -> Result<MakePlan> {
    let targets = specs.iter().map(|spec| LinkTarget::of(spec, context)).collect();
    let modules = prepare_all(targets, context)?;
    let commands = modules.iter().map(|module| commands(module, context)).collect::<Result<_>>()?;
    let libraries = LibraryCache::default();
    let graph = graph(&modules, &libraries, context)?;
    let reason = |node: &Node| (shown_step(node), scheduler::why(node, context.cache));
    Ok(MakePlan { commands, steps: graph.nodes.iter().map(reason).collect() })
}

/// A check has the name of what it reads.
fn shown_step(node: &Node) -> String {
    match node.task.kind {
        TaskKind::Check => format!("check of {}", node.task.name),
        _ => node.task.name.clone(),
    }
}

fn commands(module: &PreparedModule, context: &CompileContext) -> Result<ModuleCommands> {
    let compile = module.units.iter().map(|unit| {
        let command = Compile::of(unit, module, context)?.command();
        Ok(SourceCommand { source: unit.source.clone(), command })
    });
    Ok(ModuleCommands {
        name: module.target.spec.name.clone(),
        compile: compile.collect::<Result<_>>()?,
        link: Link::of(module, context)?.command(),
    })
}
