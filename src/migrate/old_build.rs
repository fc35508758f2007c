//! What `_read_setup.py` found out about a build by setuptools, as it writes it down.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The version of the protocol; `_read_setup.py` holds the same number.
pub const PROTOCOL: u64 = 1;

/// The answer: a failure, or everything else.
#[derive(Debug, Deserialize)]
pub struct Reading {
    /// The version of the protocol.
    pub protocol: u64,
    /// Why nothing could be read.
    pub failure: Option<ReadingFailure>,
    /// What was read, where nothing failed.
    #[serde(flatten)]
    pub build: Option<OldBuild>,
}

/// Why nothing could be read.
#[derive(Debug, Deserialize)]
pub struct ReadingFailure {
    /// `no-call`, `missing`, `exit`, `prompt` or `exception`.
    pub kind: String,
    /// The exception, in one line.
    pub message: String,
    /// The line of setup.py that it came from.
    pub line: Option<u32>,
    /// The module that is not installed.
    pub module: Option<String>,
    /// Python's traceback.
    pub trace: String,
}

/// What setuptools knows of a project, and what its setup.py says where.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names that setuptools has for them")]
pub struct OldBuild {
    pub metadata: OldMetadata,
    /// The arguments of `setup()`.
    pub keywords: Vec<String>,
    pub packages: Vec<String>,
    pub py_modules: Vec<String>,
    pub package_dir: BTreeMap<String, String>,
    pub namespace_packages: Vec<String>,
    pub ext_package: Option<String>,
    pub scripts: Vec<String>,
    pub headers: Vec<String>,
    /// Folder below `sys.prefix`, file.
    pub data_files: Vec<(String, String)>,
    pub entry_points: BTreeMap<String, BTreeMap<String, String>>,
    pub cffi_modules: Vec<String>,
    pub extensions: Vec<OldExtension>,
    pub libraries: Vec<OldLibrary>,
    pub commands: Vec<OldCommand>,
    /// Command -> option -> (who says it, value).
    pub command_options: BTreeMap<String, BTreeMap<String, (String, Value)>>,
    pub setup_requires: Vec<String>,
    pub use_scm_version: Value,
    pub has_rust: bool,
    pub has_cython: bool,
    pub distribution_class: Option<String>,
    /// Entries whose `compile()` setup.py calls itself.
    pub compiled_in_setup: Vec<String>,
    /// Path in the wheel -> path in the tree.
    pub files: BTreeMap<String, String>,
    pub files_failure: Option<String>,
    /// `None`: setuptools cannot tell.
    pub sdist_files: Option<Vec<String>>,
    /// (file, name, whether setup.py names it): where a module has the version as a constant.
    pub version_attributes: Vec<(String, String, bool)>,
    pub version_files: Vec<String>,
    pub readme_files: ReadmeFiles,
    #[serde(default)]
    pub setup_line: Option<u32>,
    #[serde(default)]
    pub keyword_lines: BTreeMap<String, KeywordLine>,
    #[serde(default)]
    pub conditions: Vec<MachineQuestion>,
    #[serde(default)]
    pub guards: Vec<CffiGuard>,
    #[serde(default)]
    pub class_lines: BTreeMap<String, u32>,
    pub setup_cfg: Vec<CfgLine>,
    /// What builders have their own `build_ext` compile.
    pub builder_objects: Vec<BuilderObject>,
    /// Builder -> (top module that it imports, file, line).
    pub builders: BTreeMap<String, Vec<(String, String, u32)>>,
}

/// The metadata of a `Distribution`.
#[derive(Debug, Clone, Deserialize)]
pub struct OldMetadata {
    pub name: Option<String>,
    pub version: Option<String>,
    pub description: Option<String>,
    pub long_description: Option<String>,
    pub content_type: Option<String>,
    pub author: Option<String>,
    pub author_email: Option<String>,
    pub maintainer: Option<String>,
    pub maintainer_email: Option<String>,
    pub url: Option<String>,
    pub download_url: Option<String>,
    pub urls: Vec<(String, String)>,
    pub license: Option<String>,
    pub license_expression: Option<String>,
    pub license_files: Vec<String>,
    pub keywords: Vec<String>,
    pub platforms: Vec<String>,
    pub classifiers: Vec<String>,
    pub requires_python: Option<String>,
    pub dependencies: Vec<String>,
    pub extras: Vec<(String, Vec<String>)>,
}

/// The files that the long description is made of.
#[derive(Debug, Clone, Deserialize)]
pub struct ReadmeFiles {
    pub files: Vec<String>,
    /// Whether it is these, joined, and nothing else.
    pub is_all: bool,
}

/// An extension of `ext_modules`; one that an `FFI` makes has an entry, and nothing else.
#[derive(Debug, Clone, Deserialize)]
pub struct OldExtension {
    pub name: String,
    #[serde(default)]
    pub entry: Option<String>,
    #[serde(default)]
    pub class: String,
    #[serde(default)]
    pub is_own_class: bool,
    #[serde(default)]
    pub is_from_ffi: bool,
    #[serde(default)]
    pub sources: Vec<String>,
    #[serde(default)]
    pub include_dirs: Vec<String>,
    #[serde(default)]
    pub library_dirs: Vec<String>,
    #[serde(default)]
    pub runtime_library_dirs: Vec<String>,
    #[serde(default)]
    pub define_macros: Vec<String>,
    #[serde(default)]
    pub undef_macros: Vec<String>,
    #[serde(default)]
    pub libraries: Vec<String>,
    #[serde(default)]
    pub extra_compile_args: Vec<String>,
    #[serde(default)]
    pub extra_link_args: Vec<String>,
    #[serde(default)]
    pub extra_objects: Vec<String>,
    #[serde(default)]
    pub export_symbols: Vec<String>,
    #[serde(default)]
    pub depends: Vec<String>,
    #[serde(default)]
    pub language: Option<String>,
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub limited_api: bool,
}

/// A library of `libraries`, which `build_clib` makes.
#[derive(Debug, Clone, Deserialize)]
pub struct OldLibrary {
    pub name: String,
    pub sources: Vec<String>,
    pub include_dirs: Vec<String>,
    pub define_macros: Vec<String>,
    pub extra_compile_args: Vec<String>,
    pub depends: Vec<String>,
    /// Keys that are not known.
    pub other: Vec<String>,
}

/// An `Extension` in a builder, as a library.
#[derive(Debug, Clone, Deserialize)]
pub struct BuilderObject {
    pub file: String,
    pub line: u32,
    pub library: OldLibrary,
}

/// A command of `cmdclass`.
#[derive(Debug, Clone, Deserialize)]
pub struct OldCommand {
    pub name: String,
    pub class: String,
    pub methods: Vec<String>,
    /// Whether the project defines it, rather than a plugin of setuptools.
    pub is_own: bool,
    pub module: String,
}

/// Where setup.py says an argument of `setup()`.
#[derive(Debug, Clone, Deserialize)]
pub struct KeywordLine {
    pub line: u32,
    /// Whether it is written out there.
    pub literal: bool,
    pub text: String,
}

/// An `if` of setup.py that asks about the machine at hand.
#[derive(Debug, Clone, Deserialize)]
pub struct MachineQuestion {
    pub line: u32,
    pub text: String,
    /// The arguments of `setup()` that it decides.
    pub keywords: Vec<String>,
    /// Whether it decides the tag of the wheel alone.
    pub is_for_tags: bool,
}

/// A `try` of setup.py around cffi.
#[derive(Debug, Clone, Deserialize)]
pub struct CffiGuard {
    pub line: u32,
    pub catches: Vec<String>,
    pub names_modules: bool,
}

/// A key of setup.cfg.
#[derive(Debug, Clone, Deserialize)]
pub struct CfgLine {
    pub section: String,
    pub key: String,
    pub line: u32,
    pub value: String,
}
