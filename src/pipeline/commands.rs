//! What the commands of a person have in common.

use std::path::{Path, PathBuf};

use super::PYPROJECT;
use crate::error::{Error, Result};
use crate::model::{ConfigSettings, Hook, PythonFacts, Request, WheelKind};

/// What a person asks for, before it is known which product: where, how, and for which Python.
#[derive(Debug, Clone)]
pub struct Order {
    /// The source tree: the folder that holds `pyproject.toml`. Absolute.
    pub source_tree: PathBuf,
    /// Settings of the command line and the environment.
    pub config: ConfigSettings,
    /// Which Python it is for.
    pub python: PythonFacts,
}

impl Order {
    /// The request that a frontend would make for this hook.
    pub fn request(&self, hook: Hook) -> Request {
        Request {
            hook,
            source_tree: self.source_tree.clone(),
            config: self.config.clone(),
            interpreter: self.python.interpreter.clone(),
        }
    }

    /// The request for a wheel.
    pub fn wheel(&self, kind: WheelKind, wheel_directory: &Path) -> Request {
        self.request(Hook::BuildWheel {
            kind,
            wheel_directory: wheel_directory.to_owned(),
            metadata_directory: None,
            sysconfig: Box::new(self.python.sysconfig.clone()),
            builder_runtime: self.python.runtime.clone(),
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
