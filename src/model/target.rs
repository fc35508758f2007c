//! Which Python a wheel is for, and which one does the work.

use std::path::PathBuf;

use serde::Deserialize;

use crate::model::interpreter::{Interpreter, Sysconfig};

/// The Python and the platform that a wheel is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// Who will load the modules.
    pub interpreter: &'a Interpreter,
    /// How it was compiled itself.
    pub sysconfig: &'a Sysconfig,
}

/// The Python that runs the hooks and the builders. Mostly it is the target's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Host {
    /// `sys.executable`.
    pub executable: PathBuf,
    /// The folder with our Python files. Absolute.
    pub python_package: PathBuf,
    /// `sys.path` of the hook's process: builders find modules where the hook does.
    pub sys_path: Vec<String>,
}
