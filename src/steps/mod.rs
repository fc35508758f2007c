//! Sources -> objects -> extensions.
//!
//! Every source of every module compiles side by side, each as soon as its builder has ended, and a
//! module is linked as soon as its last object is there. What is run is computed first ([`compile_line`],
//! [`link_line`]) and run then.

mod board;
pub mod builder;
pub mod compile_line;
mod compiler_cache;
mod crew;
mod depfile;
mod glue;
pub mod link_line;
mod path_mapping;
mod paths;
mod prepare;
mod sources;
mod steps;
mod tool_run;
mod up_to_date;

pub use board::Doubt;
pub use crew::{Crew, at_work};
pub use path_mapping::{Places, Spellings};

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::binary::LibraryCache;
use crate::engine::jobserver::Jobs;
use crate::engine::{Ledger, Stale};
use crate::error::{Error, Result};
use crate::model::Environment;
use crate::model::{
    BuildOptions, Extension, ExtensionSpec, Interpreter, ModuleName, ObjectInputs, Sysconfig,
    WheelKind,
};
use crate::python::names::extension_file_name;
use crate::report::Console;
use paths::Paths;
use prepare::{Prepared, Preparing, Wanted};
use steps::Shop;

/// How the step is called that looks for a compiler.
const COMPILER: &str = "the compiler";

/// What all modules of a build have in common.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// The project root: the working directory of every run. Absolute.
    pub root: &'a Path,
    /// A folder for what is made: objects, and the linked modules. Absolute.
    pub scratch: &'a Path,
    /// Who will load the modules.
    pub interpreter: &'a Interpreter,
    /// How it was compiled itself.
    pub sysconfig: &'a Sysconfig,
    /// The environment that the build was started with.
    pub environment: &'a Environment,
    /// How the project and its builder want it.
    pub options: &'a BuildOptions,
    /// What the modules are for: those of an editable install are built again and again.
    pub kind: WheelKind,
    /// Whether somebody wants to know what was read for each object.
    pub inputs: Inputs,
    /// What becomes of a module with a symbol that nobody defines.
    pub undefined: Undefined,
    /// What earlier builds did in the same folder; `None`: there is no such folder.
    pub ledger: Option<&'a Ledger>,
    /// The right to run compilers, shared with all that goes on beside them.
    pub jobs: &'a Jobs,
    /// Where progress is told.
    pub console: Console,
}

/// Whether dep files are read for others than the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inputs {
    /// They are: a rebuild or a proof depends on them.
    Told,
    /// They are not.
    Untold,
}

/// What to do about a symbol that no linked library defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undefined {
    /// Fail: nobody could import the module.
    Refuse,
    /// Warn: the caller may have loaded a library for everybody (`RTLD_GLOBAL`).
    Warn,
}

/// A linked module with all that went into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The module.
    pub extension: Extension,
    /// Its objects, in the order in which they were linked.
    pub objects: Vec<Object>,
    /// What was read to compile each of them, in the same order, where the compiler tells and somebody
    /// asked.
    pub inputs: Vec<ObjectInputs>,
}

/// A compiled source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The object file.
    pub path: PathBuf,
    /// What it was compiled from, as its builder spelled it.
    pub source: PathBuf,
}

/// What a [`Crew`] will have made of these modules if all goes well, in the same order.
pub fn planned(specs: &[&ExtensionSpec], build: &Build) -> Vec<Extension> {
    specs.iter().map(|spec| wanted(spec, build).extension()).collect()
}

fn wanted(spec: &ExtensionSpec, build: &Build) -> Wanted {
    let wheel_path = extension_file_name(spec, build.interpreter, build.sysconfig);
    let target = build.scratch.join("linked").join(&wheel_path);
    Wanted { spec: spec.clone(), target, wheel_path }
}

/// Compiles and links one module into a given file.
///
/// # Errors
/// As for [`Crew::finish`]; `optional` excuses nothing here.
pub fn extension(spec: &ExtensionSpec, target: &Path, build: &Build) -> Result<Linked> {
    let required = ExtensionSpec { optional: false, ..spec.clone() };
    let wanted = Wanted { target: target.to_owned(), ..wanted(&required, build) };
    let mut linked = at_work(build, |crew| {
        crew.take_on(0, wanted);
        crew.close(Doubt::None);
        crew.finish()
    })?;
    linked.pop().ok_or_else(|| Error::new(format!("`{}` was not linked", spec.name)))
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

/// The commands that a [`Crew`] would run, in the order of `specs`, without those of `optional`
/// modules that cannot be made.
///
/// # Errors
/// What can be known to fail before a compiler runs.
pub fn commands(specs: &[&ExtensionSpec], build: &Build) -> Result<Vec<ModuleCommands>> {
    with_all_prepared(specs, build, |modules, shop| {
        modules.iter().map(|module| steps::commands(module, shop)).collect()
    })
}

/// Why each object and module would be made, as messages call them; `None` if it would not. A module
/// whose objects are made anew may turn out to need no link.
///
/// # Errors
/// What can be known to fail before a compiler runs.
pub fn why(specs: &[&ExtensionSpec], build: &Build) -> Result<Vec<(String, Option<Stale>)>> {
    with_all_prepared(specs, build, |modules, shop| {
        let each = modules.iter().map(|module| steps::why(module, shop));
        Ok(each.collect::<Result<Vec<_>>>()?.concat())
    })
}

fn with_all_prepared<T>(
    specs: &[&ExtensionSpec],
    build: &Build,
    work: impl FnOnce(&[Prepared], &Shop) -> Result<T>,
) -> Result<T> {
    let spellings = Spellings::of(build.root, build.scratch);
    let places = Places { root: build.root, scratch: build.scratch, spellings: &spellings };
    let (paths, libraries) = (Paths::default(), LibraryCache::default());
    let shop = Shop { build: *build, places, paths: &paths, libraries: &libraries };
    let preparing = Preparing::new(shop);
    let mut prepared = Vec::with_capacity(specs.len());
    for spec in specs {
        match preparing.prepare(wanted(spec, build)).map_err(|failed| failed.1) {
            Ok(module) => prepared.push(module),
            Err(error) if spec.optional && !tool_run::is_interruption(&error) => {
                build.console.warning(&tool_run::left_out(spec.name.as_str(), &error));
            }
            Err(error) => return Err(error),
        }
    }
    work(&prepared, &preparing.shop)
}
