//! What sources are compiled with, be they of a module or of a static library.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::macros::Macro;
use crate::model::modules::{Abi, Attached, ExtensionSpec};
use crate::model::project::PYPROJECT;

/// A static library, resolved. Relative paths are relative to the project root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LibrarySpec {
    /// What stands in the `libraries` of those that link it.
    pub name: String,
    /// What cargo has made, where it is a crate. There are no sources then.
    pub archive: Option<CrateArchive>,
    /// Its sources, in the order of their names.
    pub sources: Vec<PathBuf>,
    /// Folders of headers for the library alone.
    pub include_dirs: Vec<PathBuf>,
    /// Folders of headers for the library and for all that link it.
    pub public_include_dirs: Vec<PathBuf>,
    /// In the order in which they apply.
    pub macros: Vec<Macro>,
    /// Further words for the compiler.
    pub extra_compile_args: Vec<String>,
    /// Further files that it is made from.
    pub depends: Vec<PathBuf>,
    /// The libraries that are linked wherever this one is: the project's and the system's.
    pub libraries: Vec<String>,
    /// Folders of those of the system.
    pub library_dirs: Vec<PathBuf>,
    /// Further words for the linker wherever it is linked.
    pub extra_link_args: Vec<String>,
    /// Whether a failure only leaves it out, with all that link it: nothing else does.
    pub optional: bool,
}

/// The static library of a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateArchive {
    /// The archive. Absolute.
    pub file: PathBuf,
    /// The folder of the crate, relative to the project root.
    pub folder: PathBuf,
}

/// What a source is compiled with: a view of the module or the library that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct CompileSpec<'a> {
    /// The name of the module or the library, which is that of the folder of its objects.
    pub name: &'a str,
    /// The file that cffi generated, if it is one of the sources. Absolute.
    pub generated_source: Option<&'a Path>,
    /// See [`ExtensionSpec::attached`].
    pub attached: Option<Attached>,
    /// Which interpreters may load it; `None` for a library, which does without Python's API.
    pub abi: Option<Abi>,
    /// The user's own sources, in the order given.
    pub sources: &'a [PathBuf],
    /// Folders of headers.
    pub include_dirs: &'a [PathBuf],
    /// In the order in which they apply.
    pub macros: &'a [Macro],
    /// Further words for the compiler.
    pub extra_compile_args: &'a [String],
    /// Further files that count as read.
    pub depends: &'a [PathBuf],
    /// Where it is declared, as messages call it.
    pub declared_in: &'a str,
    /// What the compiler sees of the environment besides what the build was started with.
    pub environment: &'a BTreeMap<String, Option<String>>,
}

impl ExtensionSpec {
    /// What its sources are compiled with.
    pub fn compile(&self) -> CompileSpec<'_> {
        CompileSpec {
            name: self.name.as_str(),
            generated_source: self.generated_source.as_deref(),
            attached: self.attached,
            abi: Some(self.abi),
            sources: &self.sources,
            include_dirs: &self.include_dirs,
            macros: &self.macros,
            extra_compile_args: &self.extra_compile_args,
            depends: &self.depends,
            declared_in: &self.declared_in,
            environment: &self.environment,
        }
    }
}

/// A library is declared in `pyproject.toml`, and no builder changes its environment.
static NO_VARIABLES: BTreeMap<String, Option<String>> = BTreeMap::new();

impl LibrarySpec {
    /// What its sources are compiled with.
    pub fn compile(&self) -> CompileSpec<'_> {
        CompileSpec {
            name: &self.name,
            generated_source: None,
            attached: None,
            abi: None,
            sources: &self.sources,
            include_dirs: &self.include_dirs,
            macros: &self.macros,
            extra_compile_args: &self.extra_compile_args,
            depends: &self.depends,
            declared_in: PYPROJECT,
            environment: &NO_VARIABLES,
        }
    }
}
