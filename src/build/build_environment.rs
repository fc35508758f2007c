//! A temporary environment that has what a project needs to be built. Made only where somebody asked
//! for it: pip may download.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::build::old_backend::{self, OldProject};
use crate::build::tree_copy;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{Environment, PythonFacts};
use crate::process::{self, Invocation};

/// A virtual environment that is removed with this value.
#[derive(Debug)]
pub struct BuildEnvironment {
    scratch: tempfile::TempDir,
}

impl BuildEnvironment {
    /// Makes one for the Python at hand, with cffi, all that the project's present backend asks for.

    ///
    /// # Errors
    /// There is no `venv`, or pip fails: its words are in the error, whole.
    pub fn make(
        source_tree: &Path,
        python: &PythonFacts,
        environment: &Environment,
    ) -> Result<Self> {
        let made = BuildEnvironment { scratch: fs::scratch_dir()? };
        let run = |program: &Path, words: &[String]| made.run(program, words, environment);
        let folder = made.scratch.path().join("environment");
        let words = ["-m", "venv", &folder.to_string_lossy()].map(str::to_owned);
        run(&python.interpreter.executable, &words).map_err(|error| {
            error.hint("install Python's `venv`, or name another Python with `--python`")
        })?;
        let backend = old_backend::declared(source_tree)?;
        let mut wanted = backend.requires.clone();
        wanted.push("cffi".to_owned());
        made.install(&wanted, environment)?;
        let tree = tree_copy::copy(source_tree, &made.scratch.path().join("tree"))?;
        let mut inside = python.clone();
        inside.interpreter.executable = made.python();
        let scratch = made.scratch.path();
        let old = OldProject { tree: &tree, python: &inside, environment, scratch, backend };
        let mut wanted = old.requires("get_requires_for_build_sdist")?;
        wanted.extend(old.requires("get_requires_for_build_wheel")?);
        made.install(&wanted, environment)?;
        Ok(made)
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
        self.scratch.path().join("environment").join(inside)
    }

    /// Installs more.
    ///
    /// # Errors
    /// pip fails: its words are in the error, whole.
    pub fn install(&self, wanted: &[String], environment: &Environment) -> Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let mut words = ["-m", "pip", "install", "--disable-pip-version-check", "--"]
            .map(str::to_owned)
            .to_vec();
        words.extend(wanted.iter().cloned());
        self.run(&self.python(), &words, environment)
    }

    fn run(&self, program: &Path, words: &[String], environment: &Environment) -> Result<()> {
        let said = self.scratch.path().join("said.txt");
        let file = File::create(&said).map_err(|e| Error::io("write", &said, &e))?;
        let invocation = Invocation {
            program: program.into(),
            arguments: words.iter().map(Into::into).collect(),
            directory: self.scratch.path().to_owned(),
            environment: environment.clone(),
        };
        let finished = process::run_into(&invocation, &file)?;
        if finished.status.success() {
            return Ok(());
        }
        let output = String::from_utf8_lossy(&fs::read(&said)?).into_owned();
        let message = format!("`{}` ended with {}", invocation.command_line(), finished.ending());
        Err(Error::new(message).output(output))
    }
}
