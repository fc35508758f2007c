//! What a build would do, for people and for other programs (`officina show`).

use std::path::PathBuf;

use serde::Serialize;

/// Everything that is decided before the first compiler runs. Its JSON is documented by these
/// fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The distribution's name, as `pyproject.toml` spells it.
    pub name: String,
    /// Its version, in normal form.
    pub version: String,
    /// The source tree. Absolute.
    pub source_tree: PathBuf,
    /// File name of the sdist.
    pub sdist: String,
    /// File name of the wheel.
    pub wheel: String,
    /// The wheel's compatibility tag.
    pub tag: String,
    /// The interpreter that is built for.
    pub python: PlannedPython,
    /// The settings in force.
    pub settings: Vec<PlannedSetting>,
    /// The packages of the wheel, each with all that lies beneath it.
    pub packages: Vec<String>,
    /// The single-file modules of the wheel.
    pub py_modules: Vec<String>,
    /// The CFFI modules, in the order of `cffi_modules`, then the extensions of `pyproject.toml`.
    pub modules: Vec<PlannedModule>,
    /// The static libraries that they link.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<PlannedLibrary>,
    /// The folder for which `{build}` stands, where it is one that stays. Absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<PathBuf>,
    /// What a build would do, step by step, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<PlannedStep>>,
}

/// A builder, an object or a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedStep {
    /// What it makes, as messages call it.
    pub step: String,
    /// Why it would be done; `None`: what an earlier build made is still right.
    pub why: Option<String>,
}

/// The interpreter that is built for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedPython {
    /// `sys.executable`
    pub executable: PathBuf,
    /// `sys.implementation.name`
    pub implementation: String,
    /// `major.minor`
    pub version: String,
    /// `sysconfig.get_platform()`
    pub platform: String,
}

/// A setting that is not at its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedSetting {
    /// Its name, as in `[tool.officina]`.
    pub name: String,
    /// Its value, in words.
    pub value: String,
    /// Who set it: `pyproject.toml:12`, `overrides[0] (pyproject.toml:20)`, `OFFICINA_JOBS`, `-C jobs`.
    pub origin: String,
}

/// One CFFI module, or one extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedModule {
    /// Its full name.
    pub name: String,
    /// The builder script, relative to the project root where it lies inside; `pyproject.toml` for an
    /// extension that is declared there.
    pub builder: String,
    /// Its path in the wheel.
    pub file: String,
    /// How it reaches C.
    #[serde(flatten)]
    pub mode: PlannedMode,
}

/// How a module reaches C.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub enum PlannedMode {
    /// By a Python file that opens a library when it is imported.
    Abi,
    /// By an extension module.
    Api(Box<PlannedExtension>),
    /// It is C itself, and cffi has no part in it.
    Extension(Box<PlannedExtension>),
}

/// A static library of the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedLibrary {
    /// Its name.
    pub name: String,
    /// What is compiled.
    pub sources: Vec<PlannedSource>,
}

/// An extension module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedExtension {
    /// Which interpreters may load it: `limited`, `version` or `embedding`.
    pub abi: String,
    /// Whether its failure only leaves it out.
    pub optional: bool,
    /// What is compiled: the generated file first, then the builder's own `sources`.
    pub sources: Vec<PlannedSource>,
    /// The command that links it.
    pub link: Vec<String>,
    /// `libraries`
    pub libraries: Vec<String>,
    /// `depends`: further files that it is made of.
    pub depends: Vec<PathBuf>,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedSource {
    /// As its builder spelled it; `{build}` stands for the folder where everything is made.
    pub source: String,
    /// The command that compiles it.
    pub compile: Vec<String>,
}
