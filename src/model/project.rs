//! What `pyproject.toml` says.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::bundle::BundleLicense;
use crate::model::condition::Condition;
use crate::model::declaration::ModuleDeclaration;
use crate::model::metadata::Metadata;
use crate::model::native::NativeParts;
use crate::model::options::{BuildOptions, PartialBuildOptions};
use crate::model::source::{SourceText, Spanned};
use crate::model::vcs::{VcsVersion, VersionFile};
use crate::model::wheel_data::{DataRule, Renaming};

/// The file that describes a project.
pub const PYPROJECT: &str = "pyproject.toml";

/// The file that tells editors how each source is compiled. Builds may write it, and none reads it.
pub const COMPILE_COMMANDS: &str = "compile_commands.json";

/// What `pyproject.toml` says, resolved. Nothing in here needs a builder or a compiler.
#[derive(Debug, Clone)]
pub struct Project {
    /// The source tree. Absolute.
    pub root: PathBuf,
    /// The text of `pyproject.toml`, for errors that point into it.
    pub pyproject: Arc<SourceText>,
    /// The file that `cffi_modules` stands in: `pyproject.toml`, or another that setuptools reads.
    pub entries_in: Arc<SourceText>,
    /// `[project]`
    pub metadata: Metadata,
    /// `[tool.officina]`, as it is for this interpreter and this environment.
    pub settings: Settings,
    /// `[tool.officina]` as it is written: what holds everywhere, and the overrides.
    pub declared: DeclaredSettings,
    /// The overrides that count here, in the order in which they were applied.
    pub applied: Vec<AppliedOverride>,
    /// How to build: the settings together with those given at build time.
    pub options: BuildOptions,
    /// The files that were read to know all this (readme, licences, a version's source), sorted,
    /// relative to the project root, with `/`.
    pub inputs: Vec<String>,
    /// What git says of the version, where git is asked.
    pub vcs_version: Option<VcsVersion>,
    /// What a person should hear about it.
    pub version_warning: Option<String>,
    /// The file of wheels and sdists that says it.
    pub version_file: Option<VersionFile>,
}

/// `[tool.officina]`, each value with its place in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `cffi_modules`: which builders make which modules, in the order written.
    pub cffi_modules: Vec<Spanned<ModuleEntry>>,
    /// `modules`: CFFI modules without a builder, in the order written; those whose condition holds,
    /// once that is known.
    pub modules: Vec<ModuleDeclaration>,
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
    /// `[tool.officina.data]`: files for the schemes of an installation.
    pub data: Vec<DataRule>,
    /// `[tool.officina.files]`: files that have another path in the wheel.
    pub files: Vec<Renaming>,
    /// `[tool.officina.bundle-licenses]`: the licences of libraries that the wheel takes in.
    pub bundle_licenses: Vec<BundleLicense>,
    /// `stubs`: whether the wheel holds type stubs of the CFFI modules.
    pub stubs: bool,
    /// `[tool.officina.sdist]`
    pub sdist: SdistSettings,
    /// `[[tool.officina.extensions]]`, `libraries` and `steps`
    pub native: NativeParts,
    /// How to build, which whoever builds may set otherwise.
    pub build: PartialBuildOptions,
}

/// `[tool.officina]` as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclaredSettings {
    /// What holds where no override does.
    pub base: Settings,
    /// The keys that are set there, by their paths (`editable.rebuild`), each with the place of its
    /// value.
    pub written: Vec<Spanned<String>>,
    /// `[[tool.officina.overrides]]`, in the order written.
    pub overrides: Vec<Override>,
}

/// One table of `[[tool.officina.overrides]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Where it counts.
    pub condition: Condition,
    /// The keys that it sets, by their names in `[tool.officina]`; all else of `settings` is
    /// without meaning.
    pub keys: Vec<&'static str>,
    /// Those of them that join what was there, and where.
    pub inherit: Vec<(&'static str, Inherit)>,
    /// Their values.
    pub settings: Settings,
    /// The same keys by their paths, each with the place of its value.
    pub written: Vec<Spanned<String>>,
    /// Its place in `pyproject.toml`.
    pub span: Range<usize>,
}

impl Override {
    /// Whether a key of an open table is gone where this override counts.
    pub fn replaces_whole(&self, path: &str) -> bool {
        let Some((top, _)) = path.split_once('.') else { return false };
        matches!(top, "data" | "files" | "bundle-licenses")
            && self.keys.contains(&top)
            && self.inherit.iter().all(|(key, _)| *key != top)
    }
}

/// How a list of an override joins the list that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inherit {
    /// Behind it.
    Append,
    /// Before it.
    Prepend,
}

impl Inherit {
    /// Both of them.
    pub const ALL: [Self; 2] = [Inherit::Append, Inherit::Prepend];

    /// As it is written: `append`, `prepend`.
    pub fn as_str(self) -> &'static str {
        match self {
            Inherit::Append => "append",
            Inherit::Prepend => "prepend",
        }
    }
}

/// An override that counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedOverride {
    /// Its position in `[[tool.officina.overrides]]`, from 0.
    pub index: usize,
    /// The keys that it set.
    pub keys: Vec<&'static str>,
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
    /// Whether there is an extension module to build, with cffi or without it.
    pub fn makes_modules(&self) -> bool {
        self.makes_cffi_modules() || !self.native.extensions.is_empty()
    }

    /// Whether there is a CFFI module to build.
    pub fn makes_cffi_modules(&self) -> bool {
        !self.cffi_modules.is_empty() || !self.modules.is_empty()
    }

    /// The folder where builders and dotted names look for modules: `python-source`, or `src`.
    pub fn source_folder(&self) -> &Path {
        self.python_source.as_ref().map_or(Path::new("src"), |folder| &folder.value)
    }
}

/// An entry of `cffi_modules`. Displays as its builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleEntry {
    /// What makes the modules.
    pub builder: BuilderRef,
    /// Whether a wheel does without the modules where they cannot be made.
    pub optional: bool,
    /// Where it counts; `None`: everywhere.
    pub condition: Option<Condition>,
}

impl fmt::Display for ModuleEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.builder.fmt(f)
    }
}

/// What makes modules: `script:object`.
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
