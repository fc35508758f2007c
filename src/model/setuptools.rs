//! A project that setuptools packs: its side of a request, and what it hears.

use serde::{Deserialize, Serialize};

use crate::model::packaged::Tag;

/// What setuptools knows of a project whose metadata and packages are its own business.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct SetuptoolsProject {
    /// The distribution's name, as written.
    pub name: String,
    /// Its version, as setuptools spells it.
    pub version: Option<String>,
    /// `python_requires`
    pub requires_python: Option<String>,
    /// `cffi_modules` of the call of `setup()`.
    pub cffi_modules: Vec<String>,
    /// `ext_package`
    pub ext_package: Option<String>,
    /// `package_dir` of the root package: the folder of the packages, relative to the project root.
    pub source_folder: Option<String>,
    /// The folders below the project root that setup.py has put on `sys.path`. Absolute.
    pub search_path: Vec<String>,
}

/// What was built for setuptools to pack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct BuiltModules {
    /// Each of the modules and shared libraries.
    pub modules: Vec<BuiltModule>,
    /// The paths in a wheel that earlier builds made and this one did not: the module is optional and
    /// could not be made, has another file name now, or nobody asks for it any more.
    pub gone: Vec<String>,
    /// The files in the target folder, relative to it, with `/`: the modules, and in an editable
    /// install what leads Python to them.
    pub files: Vec<String>,
    /// The tag of a wheel that holds nothing else that is compiled; `None`: nothing is compiled.
    pub tag: Option<Tag>,
}

/// A module for setuptools to pack.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct BuiltModule {
    /// Its full name; of a shared library, nothing.
    pub name: String,
    /// Its path in a wheel: `pkg/_foo.abi3.so`.
    pub file: String,
}
