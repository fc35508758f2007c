//! What a frontend asks for.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::model::interpreter::Interpreter;
use crate::model::modules::ExtensionSpec;
use crate::model::options::PartialBuildOptions;
use crate::model::setting::{SettingKind, SettingOrigin};
use crate::model::setuptools::SetuptoolsProject;
use crate::model::sysconfig::Sysconfig;
use crate::model::target::Host;
use crate::model::vcs::VcsVersion;

/// What a frontend asks for: a PEP 517 hook with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which product is wanted.
    pub hook: Hook,
    /// The source tree: the folder that holds `pyproject.toml`. Absolute.
    pub source_tree: PathBuf,
    /// The frontend's `config_settings`, parsed.
    pub config: ConfigSettings,
    /// The interpreter that the hook runs in, which is the one that is built for.
    pub interpreter: Interpreter,
}

/// The PEP 517 hooks. Only a hook that compiles carries what compiling needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// `get_requires_for_build_wheel` and `get_requires_for_build_editable`
    GetRequiresForBuildWheel {
        /// Which of the two.
        kind: WheelKind,
    },
    /// `prepare_metadata_for_build_wheel` and `prepare_metadata_for_build_editable`
    PrepareMetadataForBuildWheel {
        /// Which of the two.
        kind: WheelKind,
        /// Where the `.dist-info` folder goes.
        metadata_directory: PathBuf,
    },
    /// `get_requires_for_build_sdist`
    GetRequiresForBuildSdist,
    /// `build_sdist`
    BuildSdist {
        /// Where the sdist goes.
        sdist_directory: PathBuf,
    },
    /// `build_wheel` and `build_editable`
    BuildWheel {
        /// Which of the two.
        kind: WheelKind,
        /// Where the wheel goes.
        wheel_directory: PathBuf,
        /// What `prepare_metadata_for_build_wheel` made before, if it was called.
        metadata_directory: Option<PathBuf>,
        /// How this interpreter's extension modules are compiled.
        sysconfig: Box<Sysconfig>,
        /// The Python that runs builders.
        host: Host,
    },
    /// Brings the modules of an editable install up to date. No hook of a frontend: the install's
    /// own finder asks for it.
    Rebuild {
        /// What the install was.
        install: EditableInstall,
        /// How this interpreter's extension modules are compiled.
        sysconfig: Box<Sysconfig>,
        /// The Python that runs builders.
        host: Host,
    },
    /// Builds the modules of a project that setuptools packs.
    BuildModules {
        /// Whose modules, and what for.
        request: ModulesRequest,
        /// The folder that gets them, as an installation has them. Absolute.
        target_directory: PathBuf,
    },
    /// Says what the last `BuildModules` made. Nothing runs.
    LastModules {
        /// Whose modules, and what for.
        request: ModulesRequest,
    },
    /// Lists the files that an sdist by setuptools must hold for its modules. Nothing runs.
    SdistFiles {
        /// What setuptools knows of the project.
        project: SetuptoolsProject,
    },
    /// Compiles and links one extension whose C source exists already: the way in for
    /// `cffi.ffiplatform.compile`, and so for cffi's own test suite.
    CompileExtension {
        /// What to compile.
        extension: Box<ExtensionSpec>,
        /// The file to make. Absolute.
        target: PathBuf,
        /// A folder that gets a copy of each object, as setuptools leaves them. Absolute.
        object_directory: Option<PathBuf>,
        /// How this interpreter's extension modules are compiled.
        sysconfig: Box<Sysconfig>,
    },
}

impl Hook {
    /// What is made, or will be made next.
    pub fn product(&self) -> ProductKind {
        match self {
            Hook::GetRequiresForBuildSdist | Hook::BuildSdist { .. } | Hook::SdistFiles { .. } => {
                ProductKind::Sdist
            }
            Hook::GetRequiresForBuildWheel { kind }
            | Hook::PrepareMetadataForBuildWheel { kind, .. }
            | Hook::BuildWheel { kind, .. }
            | Hook::BuildModules { request: ModulesRequest { kind, .. }, .. }
            | Hook::LastModules { request: ModulesRequest { kind, .. } } => match kind {
                WheelKind::Standard => ProductKind::Wheel,
                WheelKind::Editable => ProductKind::Editable,
            },
            Hook::Rebuild { .. } => ProductKind::Editable,
            Hook::CompileExtension { .. } => ProductKind::Wheel,
        }
    }

    /// The project as setuptools knows it, where setuptools packs it.
    pub fn setuptools_project(&self) -> Option<&SetuptoolsProject> {
        match self {
            Hook::BuildModules { request, .. } | Hook::LastModules { request } => {
                Some(&request.project)
            }
            Hook::SdistFiles { project } => Some(project),
            Hook::Rebuild { install, .. } => install.setuptools.as_ref(),
            _ => None,
        }
    }
}

/// The modules of a project that setuptools packs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ModulesRequest {
    /// What setuptools knows of the project.
    pub project: SetuptoolsProject,
    /// What the modules are for.
    pub kind: WheelKind,
    /// How this interpreter's extension modules are compiled.
    pub sysconfig: Box<Sysconfig>,
    /// The Python that runs builders.
    pub host: Host,
}

/// What a build makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductKind {
    /// An sdist.
    Sdist,
    /// A wheel that is installed.
    Wheel,
    /// An editable install (PEP 660).
    Editable,
}

impl ProductKind {
    /// All of them.
    pub const ALL: [Self; 3] = [ProductKind::Sdist, ProductKind::Wheel, ProductKind::Editable];

    /// As it is written: `sdist`, `wheel`, `editable`.
    pub fn as_str(self) -> &'static str {
        match self {
            ProductKind::Sdist => "sdist",
            ProductKind::Wheel => "wheel",
            ProductKind::Editable => "editable",
        }
    }
}

/// An editable install that rebuilds on import, as its own files tell of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EditableInstall {
    /// The folder with the means to rebuild. Absolute.
    pub rebuild_folder: PathBuf,
    /// The folder with the built modules. Absolute.
    pub folder: PathBuf,
    /// The names of the built modules in it.
    pub modules: Vec<String>,
    /// A digest of everything in the install that a rebuild does not replace.
    pub shape: String,
    /// Variables that builders asked for and that were set.
    pub asked: Vec<String>,
    /// What setuptools knew of the project at the install, where it packs it.
    pub setuptools: Option<SetuptoolsProject>,
    /// What git said of the version when it was installed.
    #[serde(default)]
    pub vcs_version: Option<VcsVersion>,
}

/// All that can be asked of a Python to build for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonFacts {
    /// Which interpreter it is.
    pub interpreter: Interpreter,
    /// How its extension modules are compiled.
    pub sysconfig: Sysconfig,
    /// The same Python, as the one that runs builders.
    pub host: Host,
    /// The distributions that it can import, by name, with their versions.
    pub installed: BTreeMap<String, String>,
}

/// What an installed wheel leaves of the source tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WheelKind {
    /// Nothing: all files are copied.
    Standard,
    /// The Python sources stay where they are (PEP 660).
    Editable,
}

/// What config settings and environment variables set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigSettings {
    /// How to build; a config setting replaces its variable.
    pub choices: PartialBuildOptions,
    /// The same as it was given, in the order of the keys' definitions.
    pub given: Vec<GivenSetting>,
    /// Warnings for the user: variables that are no settings.
    pub warnings: Vec<String>,
}

/// A setting that was given at build time, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenSetting {
    /// Its path in `[tool.officina]`: `editable.rebuild`.
    pub path: String,
    /// What it holds.
    pub kind: SettingKind,
    /// Who set it.
    pub origin: SettingOrigin,
    /// One text, or the items of a list.
    pub texts: Vec<String>,
}
