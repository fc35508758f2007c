//! What the commands of a person have in common.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::build::cross;
use crate::config::build_system;
use crate::config::toml::{self, TomlTable};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{
    ConfigSettings, Detail, Environment, Hook, PYPROJECT, PythonFacts, Request, WheelKind,
};
use crate::report::Console;

/// What a person asks for, before it is known which product: where, how, and for which Python.
#[derive(Debug, Clone)]
pub struct ProjectCommand {
    /// The source tree: the folder that holds `pyproject.toml`. Absolute.
    pub source_tree: PathBuf,
    /// Settings of the command line and the environment.
    pub config: ConfigSettings,
    /// Which Python it is for.
    pub python: PythonFacts,
}

/// What is to be done with files of the tree that are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileWork {
    /// They are written.
    Write,
    /// They are compared with what would be written.
    Compare,
}

impl ProjectCommand {
    /// The request that a frontend would make for this hook.
    pub fn request(&self, hook: Hook) -> Request {
        Request {
            hook,
            source_tree: self.source_tree.clone(),
            config: self.config.clone(),
            interpreter: self.python.interpreter.clone(),
        }
    }

    /// The same for the machine that its settings aim at, with the environment of what is then run.
    ///
    /// # Errors
    /// Those of [`cross::aim`].
    pub fn aimed(
        mut self,
        kind: WheelKind,
        outer: &Environment,
    ) -> Result<(Self, Cow<'_, Environment>)> {
        let python = (&mut self.python.interpreter, &mut self.python.sysconfig);
        let environment = cross::aim(python, &mut self.config, &self.source_tree, kind, outer)?;
        Ok((self, environment.map_or(Cow::Borrowed(outer), Cow::Owned)))
    }

    /// Where progress is told.
    pub fn console(&self) -> Console {
        let is_verbose = self.config.choices.verbose.unwrap_or_default();
        Console { detail: if is_verbose { Detail::Commands } else { Detail::Steps } }
    }

    /// Warns where a frontend, which builds in an environment of its own, would have another one
    /// than this.
    ///
    /// # Errors
    /// `pyproject.toml` cannot be read.
    pub fn compare_with_frontends(&self) -> Result<()> {
        let source = Arc::new(fs::read_source(&self.source_tree.join(PYPROJECT), PYPROJECT)?);
        let document = toml::parse(&source)?;
        let root = TomlTable::root(&source, &document);
        for remark in build_system::remarks(&root, &self.python.installed)? {
            self.console().warning(&remark);
        }
        Ok(())
    }

    /// The request for a wheel.
    pub fn wheel(&self, kind: WheelKind, wheel_directory: &Path) -> Request {
        self.request(Hook::BuildWheel {
            kind,
            wheel_directory: wheel_directory.to_owned(),
            metadata_directory: None,
            sysconfig: Box::new(self.python.sysconfig.clone()),
            host: self.python.host.clone(),
        })
    }
}

/// # Errors
/// The folder is not that of a project.
pub fn require_project(folder: &Path) -> Result<()> {
    if folder.join(PYPROJECT).is_file() {
        return Ok(());
    }
    let error = Error::new(format!("there is no {PYPROJECT} in `{}`", folder.display()));
    let above = folder.ancestors().skip(1).find(|above| above.join(PYPROJECT).is_file());
    Err(match above {
        Some(above) => error.hint(format!("did you mean the project `{}`?", above.display())),
        None => error.hint("name the folder of a project, or go there"),
    })
}
