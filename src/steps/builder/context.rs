//! What all builders of a project have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::cache::ActionCache;
use crate::engine::jobserver::Jobs;
use crate::model::{
    Builder, BuilderWork, CrossTarget, Environment, Host, PYPROJECT, SourceText, Task, TaskKind,
};
use crate::process::Invocation;
use crate::report::Console;
use crate::steps::builder::spec::Rules;
use crate::steps::header;

/// The variable by which Python knows the seed of its hashes.
const HASH_SEED: &str = "PYTHONHASHSEED";

/// Everything that builders run with.
#[derive(Debug)]
pub struct BuilderContext<'a> {
    /// The project root: the working directory of every builder. Absolute.
    pub root: &'a Path,
    /// The folder that holds the packages (`src`, or the root itself). Absolute.
    pub source_root: &'a Path,
    /// The text of `pyproject.toml`, which errors point into.
    pub pyproject: &'a Arc<SourceText>,
    /// The interpreter, and what the project says about names and the ABI.
    pub rules: Rules<'a>,
    /// The Python that runs builders.
    pub host: &'a Host,
    /// The environment that builders see.
    pub environment: &'a Environment,
    /// Where the generated files go. Absolute; created if missing.
    pub output: PathBuf,
    /// The right to run builders, shared with everything that runs beside them.
    pub jobs: &'a Jobs,
    /// What earlier builds did in the same folder.
    pub cache: &'a ActionCache,
    /// Where steps, warnings and the output of builders are shown.
    pub console: Console,
    /// The texts that may name types of C, where builders tell what their modules declare.
    pub literals: Option<&'a BTreeSet<String>>,
    /// What modules are for, where that is another machine than the one that runs builders.
    pub target: Option<&'a CrossTarget>,
}

/// What a request for a builder is made of, and what errors about its answer point into.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// The project root. Absolute.
    pub root: &'a Path,
    /// The folder that holds the packages. Absolute.
    pub source_root: &'a Path,
    /// The text that declares the builder.
    pub declared_in: &'a Arc<SourceText>,
    /// Where Python looks for modules first.
    pub sys_path: &'a [String],
    /// The folder that gets the generated files. Absolute.
    pub output: &'a Path,
    /// The texts that may name types of C, where the builder tells what its modules declare.
    pub literals: Option<&'a BTreeSet<String>>,
    /// What its modules are for, where that is another machine than the one that runs it.
    pub target: Option<&'a CrossTarget>,
}

impl BuilderContext<'_> {
    /// What requests are made of.
    pub fn request_parts(&self) -> RequestParts<'_> {
        RequestParts {
            root: self.root,
            source_root: self.source_root,
            declared_in: self.pyproject,
            sys_path: &self.host.sys_path,
            output: &self.output,
            literals: self.literals,
            target: self.target,
        }
    }

    /// The command that runs one of our Python files on a control folder.
    pub fn python(&self, file: &str, control: &Path) -> Invocation {
        Invocation {
            program: self.host.executable.clone().into(),
            arguments: arguments(&self.host.python_package.join(file), control),
            directory: self.root.to_owned(),
            environment: builder_environment(self.environment),
        }
    }
}

/// The words after `python` that run one of our Python files on a control folder.
pub fn arguments(file: &Path, control: &Path) -> Vec<OsString> {
    // -u: what it prints arrives in order, even if it crashes. -B: no __pycache__ in the project.
    vec!["-u".into(), "-B".into(), file.into(), control.into()]
}

/// What a builder sees of the environment of whoever builds.
pub fn builder_environment(environment: &Environment) -> Environment {
    // It may import a module of this project that an editable install would rebuild.
    let mut variables =
        BTreeMap::from([("OFFICINA_EDITABLE_REBUILD".to_owned(), Some("false".to_owned()))]);
    // The order of a set is part of what a builder makes: the same each time, unless somebody chose
    // another one.
    if !environment.0.contains_key(OsStr::new(HASH_SEED)) {
        variables.insert(HASH_SEED.to_owned(), Some("0".to_owned()));
    }
    environment.with(&variables)
}

/// How messages call a builder: by its script, or by the module that it is declared for.
pub fn script_name(builder: &Builder) -> String {
    match &builder.work {
        BuilderWork::Script(script) => script.display().to_string(),
        BuilderWork::Declaration(declaration) => declaration.name.value.clone(),
    }
}

/// A run of a builder as timings show it.
pub fn task(builder: &Builder) -> Task {
    let name = script_name(builder);
    let has_headers = builder.declaration().is_some_and(|module| module.headers.is_some());
    let imported = has_headers.then(|| header::task_name(&name));
    Task::new(TaskKind::Generate, name)
        .after(TaskKind::Read, [PYPROJECT])
        .after(TaskKind::Generate, imported)
}
