//! Modules and libraries of which everything is known that their compilers and linkers are told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::model::{BuiltAbi, CompileSpec, Environment, Extension, ExtensionSpec, LibrarySpec};
use crate::python::names::extension_file_name;
use crate::steps::context::CompileContext;
use crate::steps::translation_unit::{TranslationUnit, object_path};
use crate::steps::{python_headers, sources, toolchains};
use crate::toolchain::{self, Toolchain};

/// A module that is to be linked, and where.
#[derive(Debug, Clone)]
pub struct LinkTarget {
    /// The module.
    pub spec: ExtensionSpec,
    /// The file to make. Absolute.
    pub file: PathBuf,
    /// Its path in the wheel.
    pub wheel_path: String,
}

impl LinkTarget {
    /// The module as a file of the build folder.
    pub fn of(spec: &ExtensionSpec, context: &CompileContext) -> Self {
        let wheel_path = extension_file_name(&spec.name, spec.abi, context.target);
        let file = context.paths.build_dir.join("linked").join(&wheel_path);
        LinkTarget { spec: spec.clone(), file, wheel_path }
    }

    /// What it will be if it is what its arguments ask for.
    pub fn planned(&self) -> Extension {
        Extension {
            name: self.spec.name.clone(),
            path: self.file.clone(),
            wheel_path: self.wheel_path.clone(),
            built: BuiltAbi { abi: self.spec.abi, reason: None },
        }
    }

    /// What it turned out to be: the file keeps its name, and has another one in the wheel.
    pub fn extension(&self, built: BuiltAbi, context: &CompileContext) -> Extension {
        let wheel_path = extension_file_name(&self.spec.name, built.abi, context.target);
        Extension { wheel_path, built, ..self.planned() }
    }
}

/// The sources of a module or of a library, with their toolchain and its environment.
pub struct PreparedSources {
    /// The sources, the generated one first.
    pub units: Vec<TranslationUnit>,
    /// The compilers and linkers that are found for them.
    pub toolchain: Arc<Toolchain>,
    /// What they see: the builder may have changed something.
    pub environment: Environment,
}

/// A module that is ready to be made.
pub struct PreparedModule {
    /// The module.
    pub target: LinkTarget,
    /// Its sources.
    pub sources: PreparedSources,
    /// The positions of the project's libraries that it links, in this order.
    pub libraries: Vec<usize>,
    /// Their archives.
    pub archives: Vec<PathBuf>,
}

/// A library that is ready to be made.
pub struct PreparedLibrary {
    /// The library.
    pub spec: LibrarySpec,
    /// The archive to make. Absolute.
    pub file: PathBuf,
    /// Its sources.
    pub sources: PreparedSources,
}

/// Finds out everything that a module's command lines are made of.
///
/// # Errors
/// Everything that can be known to fail before a compiler runs: a source is missing, there is no
/// compiler or no `Python.h`, sanitizers that this compiler does not have.
pub fn prepare_module(
    target: LinkTarget,
    linked: &[(usize, &PreparedLibrary)],
    context: &CompileContext,
) -> Result<PreparedModule> {
    let spec = &target.spec;
    let sources = prepare_sources(&spec.compile(), context)?;
    python_headers::require(&spec.compile(), context, &sources.toolchain, &sources.environment)?;
    if let Some(language) = spec.language {
        sources.toolchain.commands(language)?;
    }
    let libraries = linked.iter().map(|(index, _)| *index).collect();
    let archives = linked.iter().map(|(_, library)| library.file.clone()).collect();
    Ok(PreparedModule { target, sources, libraries, archives })
}

/// The same for a library.
///
/// # Errors
/// Those of [`prepare_module`].
pub fn prepare_library(spec: LibrarySpec, context: &CompileContext) -> Result<PreparedLibrary> {
    let sources = prepare_sources(&spec.compile(), context)?;
    let name = match sources.toolchain.family.is_msvc() {
        true => format!("{}.lib", spec.name),
        false => format!("lib{}.a", spec.name),
    };
    let made = || context.paths.build_dir.join("libraries").join(name);
    let file = spec.archive.as_ref().map_or_else(made, |made| made.file.clone());
    Ok(PreparedLibrary { spec, file, sources })
}

fn prepare_sources(spec: &CompileSpec, context: &CompileContext) -> Result<PreparedSources> {
    let sources = sources::sources(spec, context.paths)?;
    let environment = context.environment.with(spec.environment);
    let toolchain = context.toolchain(&environment)?;
    toolchain::sanitizers::check(toolchain.family, &context.options.sanitizers)?;
    let environment = toolchains::seen_by_tools(environment, &toolchain, context.paths.root);
    let units: Vec<TranslationUnit> = sources
        .into_iter()
        .map(|(source, language)| {
            let object = object_path(&source, spec, toolchain.family, &context.paths);
            let names_folders = Some(source.as_path()) == spec.generated_source
                && sources::names_folders(&source, &context.paths);
            TranslationUnit { source, object, language, names_folders }
        })
        .collect();
    for unit in &units {
        toolchain.commands(unit.language)?;
    }
    Ok(PreparedSources { units, toolchain, environment })
}

/// How messages call a source: from the project root, or by its name where we made it.
pub fn shown_source(source: &Path, context: &CompileContext) -> String {
    let shown = match source.strip_prefix(context.paths.build_dir) {
        Ok(made) => made.file_name().map_or(made, Path::new),
        Err(_) => source.strip_prefix(context.paths.root).unwrap_or(source),
    };
    shown.display().to_string()
}
