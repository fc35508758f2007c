//! How an interpreter's extension modules are compiled.

use std::path::PathBuf;

use serde::Deserialize;

use crate::model::cross::CrossTarget;

/// How the interpreter itself was compiled, from its `sysconfig`. A variable that this
/// interpreter does not have (most of them, on Windows) is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Sysconfig {
    /// C compiler command, `gcc -pthread`.
    pub cc: Option<String>,
    /// C++ compiler command.
    pub cxx: Option<String>,
    /// Flags for compiling C.
    pub cflags: Option<String>,
    /// Flags for position independent code.
    pub ccshared: Option<String>,
    /// Command that links an extension module.
    pub ldshared: Option<String>,
    /// Command that links an extension module with C++ in it.
    pub ldcxxshared: Option<String>,
    /// Suffix of a version-specific extension module: `.cpython-311-x86_64-linux-gnu.so`.
    pub ext_suffix: Option<String>,
    /// `cpython-311-x86_64-linux-gnu`.
    pub soabi: Option<String>,
    /// Platform part of a stable-ABI file name, where the interpreter has one (3.15 and newer).
    pub soabi_platform: Option<String>,
    /// Folder of libpython.
    pub libdir: Option<PathBuf>,
    /// File name of libpython, static or shared.
    pub ldlibrary: Option<String>,
    /// File name of the shared libpython.
    pub instsoname: Option<String>,
    /// `Py_ENABLE_SHARED`: the executable itself links libpython.
    pub enable_shared: bool,
    /// Folders that hold `Python.h` and `pyconfig.h`, in the order to search them.
    pub include_dirs: Vec<PathBuf>,
    /// `sys.base_exec_prefix`: on Windows its `libs` folder holds the import libraries.
    pub base_exec_prefix: PathBuf,
    /// Where they are instead, for another machine's Windows. Empty: where `base_exec_prefix` says.
    #[serde(skip)]
    pub import_library_dirs: Vec<PathBuf>,
    /// `MACOSX_DEPLOYMENT_TARGET` of the interpreter.
    pub macosx_deployment_target: Option<String>,
    /// Where its system lies, if it is another one than this.
    #[serde(skip)]
    pub cross: Option<Box<CrossTarget>>,
}
