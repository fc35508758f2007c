//! What a build read: known while it runs, and what an sdist or a rebuild is checked against.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

/// Everything that the builders, the compilers and the linkers of one build read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildInputs {
    /// One for each of the project's own steps, by its name.
    pub steps: Vec<NamedInputs>,
    /// One for each declared module whose headers were imported, by its full name.
    pub imports: Vec<NamedInputs>,
    /// One for each builder script, in the order of `cffi_modules`.
    pub builders: Vec<BuilderInputs>,
    /// One for each source that was compiled, in the order of modules and sources.
    pub objects: Vec<ObjectInputs>,
    /// One for each module that was linked, and the check of it, by its full name.
    pub links: Vec<NamedInputs>,
}

/// What one builder's process read and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct BuilderInputs {
    /// The script as messages call it: relative to the project root where it lies inside.
    #[serde(default)]
    pub script: String,
    /// Files that it opened for reading, its own and those of imported modules among them, whether
    /// they were there or not. Absolute. Files that it had written itself are not among them.
    pub files: BTreeSet<PathBuf>,
    /// Folders that it listed. Absolute.
    pub folders: BTreeSet<PathBuf>,
    // Nobody but the cache looks at these three, which has them as inputs.
    /// Paths of which it asked what is there, and those where an import looked in vain. Absolute.
    #[serde(default)]
    pub paths: BTreeSet<PathBuf>,
    /// Paths of which it asked for size, times or rights. Absolute.
    #[serde(default)]
    pub stats: BTreeSet<PathBuf>,
    /// Those of all these paths that were not the same any more when it ended. Absolute.
    #[serde(default)]
    pub changed: BTreeSet<PathBuf>,
    /// Files that it wrote. Absolute.
    pub written: BTreeSet<PathBuf>,
    /// Variables of the environment that it asked for, whether they were set or not.
    pub environment: BTreeSet<String>,
    /// Whether it copied or walked through the whole environment, so that each variable may count.
    pub whole_environment: bool,
    /// Programs that it started, each with its arguments. What those read is not known.
    pub programs: Vec<Vec<String>>,
    /// Other reasons why it is not known what it read, as sentences.
    pub unknown: Vec<String>,
    /// What it asked of the machine that it ran on, where its modules are for another one:
    /// `platform.machine() in build.py, line 3`.
    #[serde(default)]
    pub asked_of_host: Vec<String>,
}

/// What the compilation of one source read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectInputs {
    /// The full name of the module that the object belongs to.
    pub module: String,
    /// The source as messages call it.
    pub source: String,
    /// The source and every header that the compiler read, the system's too. Absolute. Files that
    /// this build made are not among them.
    pub files: BTreeSet<Arc<Path>>,
}

/// What something read that a name is enough for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedInputs {
    /// The name.
    pub name: String,
    /// Inputs of a step, headers, archives, libraries, scripts of the linker. Absolute. Files that
    /// this build made are not among them.
    pub files: BTreeSet<PathBuf>,
}
