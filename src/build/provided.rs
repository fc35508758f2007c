//! What is there before any builder runs: what the project's own steps and its crates give.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::engine::cache::Stale;
use crate::model::{ExtensionSpec, LibrarySpec, ManifestEntry, Module};
use crate::steps::cargo::CratePackage;

/// What the project's own steps give to all that comes after them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provided {
    /// Folders of headers.
    pub include_dirs: Vec<PathBuf>,
    /// Folders of libraries.
    pub library_dirs: Vec<PathBuf>,
    /// The folder of each step, by a variable that builders see: `OFFICINA_STEP_SODIUM`.
    pub variables: BTreeMap<String, Option<String>>,
    /// The steps, in the order in which they ran.
    pub steps: Vec<OwnStep>,
    /// What the project's crates give.
    pub crates: BuiltCrates,
}

/// A step of the project that is up to date now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnStep {
    /// Its name.
    pub name: String,
    /// Its id in the cache.
    pub id: String,
    /// Why it had to run; `None` if it had not.
    pub why: Option<Stale>,
}

/// What crates give to the modules and to the wheel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuiltCrates {
    /// The static libraries, to be linked by name.
    pub libraries: Vec<LibrarySpec>,
    /// The shared libraries, as files of the wheel.
    pub shared: Vec<ManifestEntry>,
    /// The packages that cargo compiled for them, sorted, each once.
    pub packages: Vec<CratePackage>,
    /// The steps that built them, until they join [`Provided::steps`].
    pub steps: Vec<OwnStep>,
}

impl Provided {
    /// A module of a builder, with these folders after its own.
    #[must_use]
    pub fn module(&self, module: Module) -> Module {
        match module {
            Module::Extension(spec) => Module::Extension(Box::new(self.extension(*spec))),
            other => other,
        }
    }

    /// The same for an extension.
    #[must_use]
    pub fn extension(&self, mut spec: ExtensionSpec) -> ExtensionSpec {
        spec.include_dirs.extend_from_slice(&self.include_dirs);
        spec.library_dirs.extend_from_slice(&self.library_dirs);
        spec
    }

    /// The same for a library.
    #[must_use]
    pub fn library(&self, mut spec: LibrarySpec) -> LibrarySpec {
        spec.include_dirs.extend_from_slice(&self.include_dirs);
        spec
    }
}
