//! Specifications -> linked modules: every source of every module and library compiles side by side,
//! and a module is linked and checked as soon as its last object and archive are there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::binary::{self, LibraryCache};
use crate::engine::cache::Stale;
use crate::engine::graph::{Graph, Node};
use crate::engine::scheduler::{self, left_out};
use crate::error::{Ending, Error, Result};
use crate::model::{
    CompileSpec, Extension, ExtensionSpec, LibrarySpec, ModuleName, Task, TaskKind, WheelKind,
};
use crate::steps::archive::Archive;
use crate::steps::check::{self, Check};
use crate::steps::compile::{Compile, label};
use crate::steps::compile_commands::{self, SourceCommand};
use crate::steps::compiled_api;
use crate::steps::context::CompileContext;
use crate::steps::ids::step_id;
use crate::steps::libraries;
use crate::steps::link::Link;
use crate::steps::prepared_module::{
    LinkTarget, PreparedLibrary, PreparedModule, PreparedSources, prepare_library, prepare_module,
    shown_source,
};
use crate::steps::translation_unit::TranslationUnit;

/// A linked module with all that went into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedModule {
    /// The module.
    pub extension: Extension,
    /// Its objects, in the order in which they were linked.
    pub objects: Vec<Object>,
    /// The ids of the steps that made it.
    pub steps: Vec<String>,
    /// The folders in which its link looks for libraries before it looks in those of the system.
    pub library_folders: Vec<PathBuf>,
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
    libraries: &[LibrarySpec],
    context: &CompileContext,
    meanwhile: impl FnOnce() -> Result<M>,
) -> Result<(Vec<LinkedModule>, M)> {
    let targets = specs.iter().map(|spec| LinkTarget::of(spec, context)).collect();
    let prepared = prepare_all(targets, libraries, context)?;
    if context.options.compile_commands {
        compile_commands::write(&prepared.source_commands(context)?, context);
    }
    make_prepared(prepared, context, meanwhile)
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
    let prepared = prepare_all(vec![target], &[], context)?;
    let (linked, ()) = make_prepared(prepared, context, || Ok(()))?;
    let mut linked = linked.into_iter();
    linked.next().ok_or_else(|| Error::new(format!("`{}` was not linked", spec.name)))
}

fn make_prepared<M>(
    prepared: Prepared,
    context: &CompileContext,
    meanwhile: impl FnOnce() -> Result<M>,
) -> Result<(Vec<LinkedModule>, M)> {
    let Prepared { modules, libraries } = prepared;
    compiled_api::write_marks(context.paths.build_dir)?;
    let cache = LibraryCache::default();
    let graph = graph(&modules, &libraries, &cache, context)?;
    let (lost, done_meanwhile) = scheduler::run(&graph, &context.engine(), meanwhile)?;
    let kept = modules.iter().enumerate().filter(|(group, _)| !lost.contains(group));
    let kept = kept.map(|(_, module)| linked(module, &libraries, context));
    Ok((kept.collect(), done_meanwhile))
}

/// The steps of each library: its compiles, its archive. Then those of each module: its compiles, its
/// link, its check.
fn graph<'a>(
    modules: &'a [PreparedModule],
    libraries: &'a [PreparedLibrary],
    cache: &'a LibraryCache,
    context: &CompileContext<'a>,
) -> Result<Graph<'a>> {
    let mut graph = Graph::default();
    // First the groups of modules: their positions are those of the modules.
    let groups: Vec<usize> = modules
        .iter()
        .map(|module| &module.target.spec)
        .map(|spec| graph.add_group(spec.name.as_str(), spec.optional))
        .collect();
    let mut archived = Vec::with_capacity(libraries.len());
    for library in libraries {
        let spec = &library.spec;
        if spec.archive.is_some() {
            archived.push(None);
            continue;
        }
        let group = graph.add_group(&spec.name, spec.optional);
        let needs = add_compiles(&mut graph, group, spec.compile(), &library.sources, context)?;
        let step = Box::new(Archive::of(library, context));
        let objects = labels(&spec.compile(), &library.sources, context);
        let task = Task::new(TaskKind::Archive, &spec.name).after(TaskKind::Compile, objects);
        archived.push(Some(graph.add(Node { step, task, verb: "Archived", needs, group })));
    }
    for (module, group) in modules.iter().zip(groups) {
        let spec = &module.target.spec;
        let mut needs = add_compiles(&mut graph, group, spec.compile(), &module.sources, context)?;
        needs.extend(module.libraries.iter().filter_map(|index| archived[*index]));
        let step = Box::new(Link::of(module, libraries, context)?);
        let path = &module.target.wheel_path;
        let objects = labels(&spec.compile(), &module.sources, context);
        let names = module.libraries.iter().map(|index| &libraries[*index].spec.name);
        let task = Task::new(TaskKind::Link, path)
            .after(TaskKind::Compile, objects)
            .after(TaskKind::Archive, names);
        let linked = graph.add(Node { step, task, verb: "Linked", needs, group });
        let step = Box::new(Check::of(module, libraries, cache, context)?);
        let task = Task::new(TaskKind::Check, path).after(TaskKind::Link, [path]);
        graph.add(Node { step, task, verb: "Checked", needs: vec![linked], group });
    }
    Ok(graph)
}

/// Adds the compiles of all these sources; returns their positions.
fn add_compiles<'a>(
    graph: &mut Graph<'a>,
    group: usize,
    spec: CompileSpec<'a>,
    sources: &'a PreparedSources,
    context: &CompileContext<'a>,
) -> Result<Vec<usize>> {
    let mut compiled = Vec::with_capacity(sources.units.len());
    for unit in &sources.units {
        let step = Box::new(Compile::of(unit, spec, sources, context)?);
        let task = Compile::task(unit, &spec, context);
        compiled.push(graph.add(Node { step, task, verb: "Compiled", needs: vec![], group }));
    }
    Ok(compiled)
}

fn labels(spec: &CompileSpec, sources: &PreparedSources, context: &CompileContext) -> Vec<String> {
    sources.units.iter().map(|unit| label(unit, spec, context)).collect()
}

/// All that is to be made.
struct Prepared {
    modules: Vec<PreparedModule>,
    libraries: Vec<PreparedLibrary>,
}

impl Prepared {
    /// The commands of all compiles.
    fn source_commands(&self, context: &CompileContext) -> Result<Vec<SourceCommand>> {
        let modules = self.modules.iter().map(|one| (one.target.spec.compile(), &one.sources));
        let libraries = self.libraries.iter().map(|one| (one.spec.compile(), &one.sources));
        let commands = |(spec, sources)| source_commands(&spec, sources, context);
        Ok(modules.chain(libraries).map(commands).collect::<Result<Vec<_>>>()?.concat())
    }
}

/// Prepares all modules but the `optional` ones for which that fails: a warning tells why. Of the
/// libraries, those that one of them links.
fn prepare_all(
    targets: Vec<LinkTarget>,
    specs: &[LibrarySpec],
    context: &CompileContext,
) -> Result<Prepared> {
    let mut prepared = Prepared { modules: Vec::with_capacity(targets.len()), libraries: vec![] };
    for spec in specs {
        let library = libraries::with_headers(spec, specs);
        prepared.libraries.push(prepare_library(library, context)?);
    }
    for target in targets {
        let (name, optional) = (target.spec.name.clone(), target.spec.optional);
        let linked = libraries::linked(&target.spec.libraries, specs);
        let linked: Vec<_> = linked.into_iter().map(|i| (i, &prepared.libraries[i])).collect();
        let spec = libraries::with_libraries(&target.spec, specs);
        let target = LinkTarget { spec, ..target };
        match prepare_module(target, &linked, context) {
            Ok(module) => prepared.modules.push(module),
            Err(error) if optional && error.parts().ending != Ending::Interrupted => {
                context.console.warning_with_output(&left_out(name.as_str(), &error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(prepared)
}

fn linked(
    module: &PreparedModule,
    libraries: &[PreparedLibrary],
    context: &CompileContext,
) -> LinkedModule {
    let linked = || module.libraries.iter().map(|index| &libraries[*index]);
    let of_libraries = linked().flat_map(|library| &library.sources.units);
    let objects: Vec<Object> = module
        .sources
        .units
        .iter()
        .chain(of_libraries)
        .map(|unit| Object {
            path: unit.object.clone(),
            source: unit.source.clone(),
            shown_source: shown_source(&unit.source, context),
            step: step_id("compile", &unit.object, context),
        })
        .collect();
    let file = &module.target.file;
    let compiled = objects.iter().map(|object| object.step.clone());
    let archived = linked().filter(|library| library.spec.archive.is_none());
    let archives = archived.map(|library| step_id("archive", &library.file, context));
    let [link, check] = ["link", "check"].map(|kind| step_id(kind, file, context));
    let found = context.cache.answer_of_step(&check).and_then(|answer| check::found(&answer));
    let extension = match found {
        Some(built) if context.kind == WheelKind::Standard => {
            module.target.extension(built, context)
        }
        // Where a module is built again and again, its file keeps one name: any does for one Python.
        _ => module.target.planned(),
    };
    let steps = compiled.chain(archives).chain([link, check]).collect();
    let environment = &module.sources.environment;
    let library_folders =
        binary::link_time_folders(&module.target.spec, environment, context.paths.root);
    LinkedModule { extension, objects, steps, library_folders }
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

/// The commands that make the objects of one library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryCommands {
    /// Its name.
    pub name: String,
    /// One for each source.
    pub compile: Vec<SourceCommand>,
}

/// What [`make`] would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakePlan {
    /// The commands, in the order of the modules, without those of `optional` modules that cannot be
    /// made.
    pub commands: Vec<ModuleCommands>,
    /// Those of the libraries that they link.
    pub libraries: Vec<LibraryCommands>,
    /// Each step, as messages call it, and why it would run; `None` if it would not. A module whose
    /// objects are made anew may turn out to need no link.
    pub steps: Vec<(String, Option<Stale>)>,
}

/// Decides what [`make`] would do; no compiler runs.
///
/// # Errors
/// What can be known to fail before a compiler runs.
pub fn plan(
    specs: &[&ExtensionSpec],
    libraries: &[LibrarySpec],
    context: &CompileContext,
) -> Result<MakePlan> {
    let targets = specs.iter().map(|spec| LinkTarget::of(spec, context)).collect();
    let Prepared { modules, libraries } = prepare_all(targets, libraries, context)?;
    let commands = |module| commands(module, &libraries, context);
    let commands = modules.iter().map(commands).collect::<Result<_>>()?;
    let cache = LibraryCache::default();
    let graph = graph(&modules, &libraries, &cache, context)?;
    let reason = |node: &Node| (shown_step(node), scheduler::why(&*node.step, context.cache));
    let of_library = |library: &PreparedLibrary| {
        let compile = source_commands(&library.spec.compile(), &library.sources, context)?;
        Ok(LibraryCommands { name: library.spec.name.clone(), compile })
    };
    let steps = graph.nodes.iter().map(reason).collect();
    let libraries = libraries.iter().map(of_library).collect::<Result<_>>()?;
    Ok(MakePlan { commands, libraries, steps })
}

/// A check has the name of what it reads.
fn shown_step(node: &Node) -> String {
    match node.task.kind {
        TaskKind::Check => format!("check of {}", node.task.name),
        _ => node.task.name.clone(),
    }
}

fn commands(
    module: &PreparedModule,
    libraries: &[PreparedLibrary],
    context: &CompileContext,
) -> Result<ModuleCommands> {
    let spec = &module.target.spec;
    Ok(ModuleCommands {
        name: spec.name.clone(),
        compile: source_commands(&spec.compile(), &module.sources, context)?,
        link: Link::of(module, libraries, context)?.command(),
    })
}

fn source_commands(
    spec: &CompileSpec,
    sources: &PreparedSources,
    context: &CompileContext,
) -> Result<Vec<SourceCommand>> {
    let command = |unit: &TranslationUnit| {
        let command = Compile::of(unit, *spec, sources, context)?.command();
        Ok(SourceCommand { source: unit.source.clone(), command })
    };
    sources.units.iter().map(command).collect()
}
