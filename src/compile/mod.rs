//! Sources -> objects -> extensions.
//!
//! Every source of every module compiles side by side, and a module is linked as soon as its last
//! object is there. What is run is computed first ([`objects`], [`link`]) and run then.

mod again;
mod call;
pub mod check;
mod crew;
mod depfile;
mod glue;
mod inputs;
pub mod link;
pub mod objects;
mod paths;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{
    BuildOptions, Extension, ExtensionSpec, Interpreter, ModuleName, ObjectInputs, Sysconfig,
    WheelKind,
};
use crate::process::Environment;
use crate::python::names::extension_file_name;
use crate::report::Console;
use crate::state::{Ledger, Stale};
use crate::toolchain::{self, Asked, Toolchain};

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
    /// What becomes of a module with a symbol that nobody defines.
    pub undefined: Undefined,
    /// What earlier builds did in the same folder; `None`: there is no such folder.
    pub ledger: Option<&'a Ledger>,
    /// Where progress is told.
    pub console: Console,
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
    /// What was read to compile each of them, in the same order, where the compiler tells.
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

/// Compiles and links all modules. The result is in the order of `specs`, without the `optional`
/// ones that failed (a warning has told why).
///
/// # Errors
/// A source is missing, no compiler is there, a compiler or the linker fails, the linked file is
/// found to be broken, or the user interrupts. What was running is let finish first.
pub fn extensions(specs: &[&ExtensionSpec], build: &Build) -> Result<Vec<Linked>> {
    make(specs.iter().map(|spec| wanted(spec, build)).collect(), build)
}

/// What [`extensions`] will have made if all goes well, in the same order.
pub fn planned(specs: &[&ExtensionSpec], build: &Build) -> Vec<Extension> {
    specs.iter().map(|spec| wanted(spec, build).extension()).collect()
}

fn wanted<'a>(spec: &'a ExtensionSpec, build: &Build) -> Wanted<'a> {
    let wheel_path = extension_file_name(spec, build.interpreter, build.sysconfig);
    Wanted { spec, target: build.scratch.join("linked").join(&wheel_path), wheel_path }
}

/// Compiles and links one module into a given file.
///
/// # Errors
/// As for [`extensions`]; `optional` excuses nothing here.
pub fn extension(spec: &ExtensionSpec, target: &Path, build: &Build) -> Result<Linked> {
    let required = ExtensionSpec { optional: false, ..spec.clone() };
    let wanted = Wanted { target: target.to_owned(), ..wanted(&required, build) };
    let mut linked = make(vec![wanted], build)?;
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

/// The commands that [`extensions`] would run, in the order of `specs`, without those of `optional`
/// modules that cannot be made.
///
/// # Errors
/// What can be known to fail before a compiler runs.
pub fn commands(specs: &[&ExtensionSpec], build: &Build) -> Result<Vec<ModuleCommands>> {
    let wanted = specs.iter().map(|spec| wanted(spec, build)).collect();
    with_all_prepared(wanted, build, |modules, shop| {
        modules.iter().map(|module| crew::commands(module, shop)).collect()
    })
}

/// Why each object and module would be made, as messages call them; `None` if it would not. A module
/// whose objects are made anew may turn out to need no link.
///
/// # Errors
/// What can be known to fail before a compiler runs.
pub fn why(specs: &[&ExtensionSpec], build: &Build) -> Result<Vec<(String, Option<Stale>)>> {
    let wanted = specs.iter().map(|spec| wanted(spec, build)).collect();
    with_all_prepared(wanted, build, |modules, shop| {
        let each = modules.iter().map(|module| crew::why(module, shop));
        Ok(each.collect::<Result<Vec<_>>>()?.concat())
    })
}

struct Wanted<'a> {
    spec: &'a ExtensionSpec,
    target: PathBuf,
    wheel_path: String,
}

impl Wanted<'_> {
    fn extension(&self) -> Extension {
        Extension {
            name: self.spec.name.clone(),
            path: self.target.clone(),
            wheel_path: self.wheel_path.clone(),
            abi: self.spec.abi,
        }
    }
}

/// A module of which everything is known that its compiler and linker lines are made of.
struct Prepared<'a> {
    wanted: Wanted<'a>,
    units: Vec<objects::Unit>,
    toolchain: Arc<Toolchain>,
    environment: Environment,
}

fn make(wanted: Vec<Wanted>, build: &Build) -> Result<Vec<Linked>> {
    with_all_prepared(wanted, build, crew::run)
}

fn with_all_prepared<T>(
    wanted: Vec<Wanted>,
    build: &Build,
    work: impl FnOnce(&[Prepared], &crew::Shop) -> Result<T>,
) -> Result<T> {
    let folders = hidden_folders(build);
    let paths = paths::Paths::default();
    let shop = crew::Shop {
        build: *build,
        places: Places { root: build.root, scratch: build.scratch, hidden: &folders },
        paths: &paths,
    };
    let mut known = BTreeMap::new();
    let mut prepared = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let (name, optional) = (wanted.spec.name.clone(), wanted.spec.optional);
        match prepare(wanted, &shop, &mut known) {
            Ok(module) => prepared.push(module),
            Err(error) if optional && !call::is_interruption(&error) => {
                build.console.warning(&call::left_out(name.as_str(), &error));
            }
            Err(error) => return Err(error),
        }
    }
    work(&prepared, &shop)
}

/// Everything that can be known to fail before a compiler runs fails here.
fn prepare<'a>(
    wanted: Wanted<'a>,
    shop: &crew::Shop,
    known: &mut BTreeMap<Vec<Option<OsString>>, Arc<Toolchain>>,
) -> Result<Prepared<'a>> {
    let (spec, build) = (wanted.spec, shop.build);
    let sources = inputs::sources(spec, shop.places)?;
    let mut environment = build.environment.with(&spec.environment);
    let toolchain = toolchain_for(&environment, &build, known)?;
    toolchain::sanitizers::check(toolchain.family, &build.options.sanitizers)?;
    if cfg!(windows) {
        // There `Path` and `PATH` are one variable, and the toolchain's has to win.
        let is_new =
            |name: &OsStr| toolchain.environment.keys().any(|k| k.eq_ignore_ascii_case(name));
        environment.0.retain(|name, _| !is_new(name));
    }
    environment.0.extend(toolchain.environment.clone());
    // Compilers write `PWD` into debug information where it fits, or else what they find.
    environment.0.insert("PWD".into(), build.root.into());
    inputs::python_headers(spec, &shop.build, &toolchain, &environment)?;
    let units: Vec<objects::Unit> = sources
        .into_iter()
        .map(|(source, language)| {
            let object = objects::object_path(&source, spec, toolchain.family, &shop.places);
            objects::Unit { source, object, language }
        })
        .collect();
    for language in units.iter().map(|unit| unit.language).chain(spec.language) {
        toolchain.commands(language)?;
    }
    Ok(Prepared { wanted, units, toolchain, environment })
}

/// Builders may change the environment; where they leave alone what decides about the toolchain,
/// it is looked for once.
fn toolchain_for(
    environment: &Environment,
    build: &Build,
    known: &mut BTreeMap<Vec<Option<OsString>>, Arc<Toolchain>>,
) -> Result<Arc<Toolchain>> {
    let variable = |name: &&str| environment.0.get(OsStr::new(name)).cloned();
    let key: Vec<Option<OsString>> = toolchain::VARIABLES.iter().map(variable).collect();
    if let Some(found) = known.get(&key) {
        return Ok(Arc::clone(found));
    }
    let found = Arc::new(toolchain::find(&Asked {
        interpreter: build.interpreter,
        sysconfig: build.sysconfig,
        environment,
        profile: build.options.profile,
        directory: build.root,
    })?);
    known.insert(key, Arc::clone(&found));
    Ok(found)
}

/// The folders of a build.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The project root.
    pub root: &'a Path,
    /// Where everything is made.
    pub scratch: &'a Path,
    /// Every spelling of both, which no product may hold.
    pub hidden: &'a [PathBuf],
}

impl Places<'_> {
    /// Where the objects of a module lie.
    pub fn objects(&self, spec: &ExtensionSpec) -> PathBuf {
        self.scratch.join("objects").join(spec.name.as_str())
    }

    /// What makes `__FILE__` and debug information the same wherever the build runs. Compilers
    /// take the last map that fits: the scratch folder may lie in the project. Debuggers are told real
    /// names where they find the files.
    pub fn prefix_maps(&self, options: &BuildOptions) -> impl Iterator<Item = OsString> {
        let for_debugger = options.debugs_in_build_dir();
        let name = if for_debugger { "-fmacro-prefix-map=" } else { "-ffile-prefix-map=" };
        self.hidden.iter().map(move |folder| {
            let mut option = OsString::from(name);
            option.push(folder);
            option.push("=.");
            option
        })
    }
}

fn hidden_folders(build: &Build) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for folder in [build.root, build.scratch] {
        let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        for spelling in [folder.to_owned(), real] {
            if spelling.parent().is_some() && !folders.contains(&spelling) {
                folders.push(spelling);
            }
        }
    }
    folders
}
