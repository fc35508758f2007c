//! The plan: what a build would do, decided but not done. Builders run for it, since they alone
//! know their modules' names; compilers do not.

use std::ffi::OsString;
use std::path::Path;

use crate::archive::sdist;
use crate::build::commands::ProjectCommand;
use crate::build::{HookContext, assemble, product};
use crate::build::{build, finished, folders, load, resolved};
use crate::config::in_force;
use crate::engine::jobserver::Jobs;
use crate::engine::{Ended, Stale};
use crate::error::Result;
use crate::model::Environment;
use crate::model::{
    Abi, Extension, ExtensionSpec, Module, Plan, PlannedExtension, PlannedMode, PlannedModule,
    PlannedPython, PlannedSource, PlannedStep, WheelKind,
};
use crate::steps;
use crate::steps::ModuleCommands;
use crate::steps::builder;
use crate::steps::builder::BuilderContext;

/// Decides everything that is decided before a compiler runs.
///
/// # Errors
/// Those of the hook `build_wheel`, up to there.
pub fn plan(order: &ProjectCommand, reasons: Reasons, environment: &Environment) -> Result<Plan> {
    finished(planned(order, reasons, environment))
}

/// Whether the plan tells why each step would run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reasons {
    /// It does, going by what lies in the build directory.
    Told,
    /// It does not, and leaves no trace in the project.
    Untold,
}

fn planned(order: &ProjectCommand, reasons: Reasons, environment: &Environment) -> Result<Plan> {
    let request = order.wheel(WheelKind::Standard, Path::new(""));
    let context = HookContext::of(&request, environment)?;
    let project = load(&request, environment)?;
    let workshop = match reasons {
        Reasons::Told => assemble::workshop(&context, &project)?,
        Reasons::Untold => folders::scratch(Jobs::new(project.options.jobs, environment))?,
    };
    let builders = resolved(&project, &project.settings)?;
    let why = |place: &BuilderContext| builder::why(&builders, place);
    let mut steps = assemble::with_workplace(&context, &project, &workshop, why);
    let generated = assemble::generated(&context, &project, &builders, &workshop);
    workshop.remember(Ended::Early, order.console());
    let modules = generated?.modules;
    let contents = assemble::contents(&project, &builders, &modules)?;
    let build = build(&request, &project.options, context.sysconfig, environment, &workshop);
    let specs: Vec<&ExtensionSpec> = modules.iter().filter_map(Module::extension).collect();
    let planned = steps::planned(&specs, &build);
    let product = product::product(&context, &project, &contents, &planned)?;
    let commands = steps::commands(&specs, &build)?;
    steps.extend(steps::why(&specs, &build)?);
    let metadata = &project.metadata;
    let version = metadata.version.to_string();
    Ok(Plan {
        name: metadata.name.clone(),
        sdist: format!("{}.tar.gz", sdist::folder_name(&metadata.dist_name(), &version)),
        version,
        source_tree: order.source_tree.clone(),
        wheel: product.file_name,
        tag: product.tag.to_string(),
        python: python(order),
        settings: in_force::in_force(&project, &order.config),
        packages: contents.layout.packages.to_vec(),
        py_modules: contents.layout.modules.to_vec(),
        modules: modules
            .iter()
            .map(|module| planned_module(module, &planned, &commands, &workshop.path))
            .collect(),
        build: workshop.ledger.is_some().then(|| workshop.path.clone()),
        steps: (reasons == Reasons::Told)
            .then(|| steps.into_iter().map(|step| planned_step(step, &project.root)).collect()),
    })
}

fn planned_step((step, why): (String, Option<Stale>), root: &Path) -> PlannedStep {
    PlannedStep { step, why: why.map(|why| why.seen_from(root).to_string()) }
}

fn python(order: &ProjectCommand) -> PlannedPython {
    let interpreter = &order.python.interpreter;
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
    scratch: &Path,
) -> PlannedModule {
    let name = module.name();
    let extension = extensions.iter().find(|extension| extension.name == *name);
    let file = extension.map_or_else(|| name.file(".py"), |extension| extension.wheel_path.clone());
    let (builder, mode) = match module {
        Module::Python(module) => (module.builder.clone(), PlannedMode::Abi),
        Module::Extension(spec) => {
            let commands = commands.iter().find(|commands| commands.name == spec.name);
            let planned = planned_extension(spec, commands, scratch);
            (spec.builder.clone(), PlannedMode::Api(Box::new(planned)))
        }
    };
    PlannedModule { name: name.as_str().to_owned(), builder, file, mode }
}

fn planned_extension(
    spec: &ExtensionSpec,
    commands: Option<&ModuleCommands>,
    scratch: &Path,
) -> PlannedExtension {
    let sources = commands.map_or(&[][..], |commands| commands.compile.as_slice());
    PlannedExtension {
        abi: abi(spec.abi).to_owned(),
        optional: spec.optional,
        sources: sources
            .iter()
            .map(|one| PlannedSource {
                source: without(scratch, one.source.as_os_str()),
                compile: words(&one.command, scratch),
            })
            .collect(),
        link: commands.map_or_else(Vec::new, |commands| words(&commands.link, scratch)),
        libraries: spec.libraries.clone(),
        depends: spec.depends.clone(),
    }
}

fn abi(abi: Abi) -> &'static str {
    match abi {
        Abi::Limited { .. } | Abi::LimitedFreeThreaded => "limited",
        Abi::Version => "version",
        Abi::Embedding => "embedding",
    }
}

fn words(command: &[OsString], scratch: &Path) -> Vec<String> {
    command.iter().map(|word| without(scratch, word)).collect()
}

/// The folder where everything is made has another name each time, which says nothing.
fn without(scratch: &Path, word: &std::ffi::OsStr) -> String {
    word.to_string_lossy().replace(&*scratch.to_string_lossy(), "{build}")
}
