//! The plan: what a build would do, decided but not done. The project's own steps and its builders run
//! for it, since builders alone know their modules' names; compilers do not.

use std::ffi::OsString;
use std::path::Path;

use crate::archive::sdist;
use crate::build::assemble::{self, ReadyBuilders};
use crate::build::commands::ProjectCommand;
use crate::build::contents::contents;
use crate::build::context::{Build, HookContext};
use crate::build::outcome::finished;
use crate::build::permits::Permits;
use crate::build::project::load;
use crate::build::{folders, native, product, stubs};
use crate::config::in_force;
use crate::engine::cache::{BuildEnd, Stale};
use crate::error::Result;
use crate::model::{
    Abi, Builder, Environment, Extension, ExtensionSpec, Module, PYPROJECT, Plan, PlannedExtension,
    PlannedLibrary, PlannedMode, PlannedModule, PlannedPython, PlannedSource, PlannedStep,
    WheelKind,
};
use crate::steps::builder::{self, BuilderContext};
use crate::steps::compile_commands::SourceCommand;
use crate::steps::make_modules::{self, LibraryCommands, MakePlan, ModuleCommands};

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanRequest {
    /// Which wheel would be built.
    pub kind: WheelKind,
    /// Whether it tells why each step would run, by what lies in the build folder. Else it leaves no
    /// trace in the project.
    pub reasons: bool,
}

/// Decides everything that is decided before a compiler runs.
///
/// # Errors
/// Those of the hook `build_wheel`, up to there.
pub fn plan(
    command: &ProjectCommand,
    wanted: PlanRequest,
    environment: &Environment,
) -> Result<Plan> {
    finished(planned(command, wanted, environment))
}

fn planned(
    command: &ProjectCommand,
    wanted: PlanRequest,
    environment: &Environment,
) -> Result<Plan> {
    let request = command.wheel(wanted.kind, Path::new(""));
    let context = HookContext::of(&request, environment)?;
    let project = load(&request, environment)?;
    let folder = match wanted.reasons {
        true => folders::open(&context, &project)?,
        false => folders::scratch(&context, &project)?,
    };
    let permits = Permits::of(&project, environment)?;
    let build = Build::new(&context, &project, &folder, &permits.jobs);
    let generated = assemble::with_builders(&build, |ready| {
        let reasons = reasons(&build, ready)?;
        let made = assemble::generated(&build, &ready.provided, &ready.builders)?;
        Ok((reasons, made.modules))
    });
    folder.remember(BuildEnd::Early, command.console());
    let (ReadyBuilders { builders, provided, .. }, (reasons, modules)) = generated?;
    let own = provided.steps.iter().map(|step| (step.id.clone(), step.why.clone()));
    let mut steps: Vec<(String, Option<Stale>)> = own.chain(reasons).collect();
    let contents = contents(&project, &builders, &modules, &provided.crates)?;
    let native = native::resolved(&build, &provided, &modules)?;
    let specs = native.specs(&modules);
    let planned = make_modules::planned(&specs, &build.compile_context());
    let product = product::product(&context, &project, &contents, &planned)?;
    let MakePlan { commands, libraries, steps: more } =
        make_modules::plan(&specs, &native.libraries, &build.compile_context())?;
    steps.extend(more);
    let metadata = &project.metadata;
    let version = metadata.version.to_string();
    let module = |module| {
        let planned = planned_module(module, &planned, &commands, &folder.path);
        PlannedModule { builder: file_of_builder(planned.builder, &builders), ..planned }
    };
    let declared = native.extensions.into_iter().map(|spec| Module::Extension(Box::new(spec)));
    let declared: Vec<Module> = declared.collect();
    let library = |library| planned_library(library, &folder.path);
    let step = |step| planned_step(step, &project.root);
    Ok(Plan {
        name: metadata.name.clone(),
        sdist: format!("{}.tar.gz", sdist::folder_name(&metadata.dist_name(), &version)),
        version,
        source_tree: command.source_tree.clone(),
        wheel: product.file_name,
        tag: product.tag.to_string(),
        python: python(command),
        settings: in_force::in_force(&project, &command.config),
        packages: contents.layout.packages.to_vec(),
        py_modules: contents.layout.modules.to_vec(),
        modules: modules.iter().chain(&declared).map(module).collect(),
        libraries: libraries.into_iter().map(library).collect(),
        build: folder.stays.then(|| folder.path.clone()),
        steps: wanted.reasons.then(|| steps.into_iter().map(step).collect()),
    })
}

/// Why each import and each builder has to run, by what messages call it; `None` if it has not.
fn reasons(build: &Build, ready: &mut ReadyBuilders) -> Result<Vec<(String, Option<Stale>)>> {
    let mut steps = std::mem::take(&mut ready.imports);
    let why = |context: &BuilderContext| builder::why(&ready.builders, context);
    let literals = stubs::literals(build, &ready.builders)?;
    steps.extend(build.with_builder_context(&ready.provided.variables, literals.as_ref(), why));
    Ok(steps)
}

/// Where the builder of this name is: a script is called as its file.
fn file_of_builder(name: String, builders: &[Builder]) -> String {
    let mut declared = builders.iter().filter_map(Builder::declaration);
    if declared.any(|module| module.name.value == name) { PYPROJECT.to_owned() } else { name }
}

fn planned_step((step, why): (String, Option<Stale>), root: &Path) -> PlannedStep {
    PlannedStep { step, why: why.map(|why| why.seen_from(root).to_string()) }
}

fn python(command: &ProjectCommand) -> PlannedPython {
    let interpreter = &command.python.interpreter;
    PlannedPython {
        executable: interpreter.executable.clone(),
        implementation: interpreter.implementation.clone(),
        version: interpreter.version.to_string(),
        platform: interpreter.platform.clone(),
    }
}

fn planned_module(
    module: &Module,
    extensions: &[Extension],
    commands: &[ModuleCommands],
    build_dir: &Path,
) -> PlannedModule {
    let name = module.name();
    let extension = extensions.iter().find(|extension| extension.name == *name);
    let file = extension.map_or_else(|| name.file(".py"), |extension| extension.wheel_path.clone());
    let (builder, mode) = match module {
        Module::Python(module) => (module.builder.clone(), PlannedMode::Abi),
        Module::Extension(spec) => {
            let commands = commands.iter().find(|commands| commands.name == spec.name);
            let planned = planned_extension(spec, commands, build_dir);
            let mode = match spec.generated_source {
                Some(_) => PlannedMode::Api(Box::new(planned)),
                None => PlannedMode::Extension(Box::new(planned)),
            };
            (spec.declared_in.clone(), mode)
        }
    };
    PlannedModule { name: name.as_str().to_owned(), builder, file, mode }
}

fn planned_extension(
    spec: &ExtensionSpec,
    commands: Option<&ModuleCommands>,
    build_dir: &Path,
) -> PlannedExtension {
    let sources = commands.map_or(&[][..], |commands| commands.compile.as_slice());
    PlannedExtension {
        abi: abi(spec.abi).to_owned(),
        optional: spec.optional,
        sources: planned_sources(sources, build_dir),
        link: commands.map_or_else(Vec::new, |commands| words(&commands.link, build_dir)),
        libraries: spec.libraries.clone(),
        depends: spec.depends.clone(),
    }
}

fn planned_sources(sources: &[SourceCommand], build_dir: &Path) -> Vec<PlannedSource> {
    let planned = |one: &SourceCommand| PlannedSource {
        source: without(build_dir, one.source.as_os_str()),
        compile: words(&one.command, build_dir),
    };
    sources.iter().map(planned).collect()
}

fn planned_library(library: LibraryCommands, build_dir: &Path) -> PlannedLibrary {
    PlannedLibrary { name: library.name, sources: planned_sources(&library.compile, build_dir) }
}

fn abi(abi: Abi) -> &'static str {
    match abi {
        Abi::Limited { .. } | Abi::LimitedFreeThreaded => "limited",
        Abi::Version => "version",
        Abi::Embedding => "embedding",
    }
}

fn words(command: &[OsString], build_dir: &Path) -> Vec<String> {
    command.iter().map(|word| without(build_dir, word)).collect()
}

/// The folder where everything is made has another name each time, which says nothing.
fn without(build_dir: &Path, word: &std::ffi::OsStr) -> String {
    word.to_string_lossy().replace(&*build_dir.to_string_lossy(), "{build}")
}
