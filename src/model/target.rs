//! Which Python a wheel is for, and which one does the work.

use std::path::PathBuf;

use serde::Deserialize;

use crate::model::interpreter::{Interpreter, PythonVersion};
use crate::model::sysconfig::Sysconfig;

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

/// What the files of a Python say of it, without running it. Paths are those of its own system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonDescription {
    /// `cpython`
    pub implementation: String,
    /// `3.13`
    pub version: PythonVersion,
    /// Built for machines of this GNU type: `HOST_GNU_TYPE`, or what else names one.
    pub machine: String,
    /// `Py_GIL_DISABLED`
    pub free_threaded: bool,
    /// `Py_DEBUG`
    pub debug: bool,
    /// The folder that it was configured for: `/usr`.
    pub prefix: PathBuf,
    /// Folders with `Python.h` and `pyconfig.h`.
    pub include_dirs: Vec<PathBuf>,
    /// Its program.
    pub executable: PathBuf,
    /// What is the same for every compiler.
    pub sysconfig: Sysconfig,
}
