//! What `pyproject.toml` says.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Metadata, PythonVersion};
use crate::error::{SourceText, Spanned};

/// What `pyproject.toml` says, resolved. Nothing in here needs a builder or a compiler.
#[derive(Debug, Clone)]
pub struct Project {
    /// The source tree. Absolute.
    pub root: PathBuf,
    /// The text of `pyproject.toml`, for errors that point into it.
    pub pyproject: Arc<SourceText>,
    /// `[project]`
    pub metadata: Metadata,
    /// `[tool.officina]`
    pub settings: Settings,
    /// The files that were read to know all this (readme, licences, a version's source), sorted,
    /// relative to the project root, with `/`.
    pub inputs: Vec<String>,
}

/// `[tool.officina]`, each value with its place in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `cffi_modules`: which builders make which modules, in the order written.
    pub cffi_modules: Vec<Spanned<BuilderRef>>,
    /// `ext-package`: the package that bare module names are put into.
    pub ext_package: Option<Spanned<String>>,
    /// `python-source`: the folder that holds the packages, relative to the project root.
    pub python_source: Option<Spanned<PathBuf>>,
    /// `packages`: `None` means discover them.
    pub packages: Option<Vec<Spanned<String>>>,
    /// `py-modules`: `None` means discover them.
    pub py_modules: Option<Vec<Spanned<String>>>,
    /// `include`: globs of files that the wheel holds as well, relative to the project root.
    pub include: Vec<Spanned<String>>,
    /// `exclude`: globs of files that the wheel does not hold, relative to the project root.
    pub exclude: Vec<Spanned<String>>,
    /// `limited-api`
    pub limited_api: LimitedApi,
    /// `[tool.officina.sdist]`
    pub sdist: SdistSettings,
}

/// `[tool.officina.sdist]`: what an sdist holds besides, or instead of, what version control would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SdistSettings {
    /// `include`: globs of files that the sdist holds though they are ignored, relative to the
    /// project root.
    pub include: Vec<Spanned<String>>,
    /// `exclude`: globs of files that the sdist does not hold, relative to the project root.
    pub exclude: Vec<Spanned<String>>,
}

impl Settings {
    /// The folder where builders and dotted names look for modules: `python-source`, or `src`.
    pub fn source_folder(&self) -> &Path {
        self.python_source.as_ref().map_or(Path::new("src"), |folder| &folder.value)
    }
}

/// The least Python that stable-ABI wheels claim to run on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LimitedApi {
    /// From the lower bound of `requires-python`.
    #[default]
    FromRequiresPython,
    /// As set by the user.
    Minimum(PythonVersion),
    /// Build no module for the limited API.
    Off,
}

/// An entry of `cffi_modules`: `script:object`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuilderRef {
    /// Where the script is.
    pub script: ScriptRef,
    /// The name of the `FFI` object, or of the function that returns one.
    pub object: String,
}

/// The left part of a [`BuilderRef`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptRef {
    /// `tools/build_foo.py`: a path from the project root, with the user's spelling kept.
    Path(PathBuf),
    /// `pkg.build_foo`: looked up as `pkg/build_foo.py` from the project root, then from the
    /// source root.
    Dotted(String),
}

impl fmt::Display for BuilderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.script {
            ScriptRef::Path(path) => write!(f, "{}:{}", path.display(), self.object),
            ScriptRef::Dotted(name) => write!(f, "{name}:{}", self.object),
        }
    }
}
