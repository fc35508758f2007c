//! What `pyproject.toml` says is built beside CFFI modules: extensions, static libraries and
//! commands.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use crate::model::condition::Condition;
use crate::model::crates::DeclaredCrate;
use crate::model::interpreter::PythonVersion;
use crate::model::macros::Macro;
use crate::model::modules::{Language, ModuleName};
use crate::model::source::Spanned;

/// The native parts of a project that no builder makes, in the order written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NativeParts {
    /// `[[tool.officina.extensions]]`
    pub extensions: Vec<DeclaredExtension>,
    /// `[[tool.officina.libraries]]`
    pub libraries: Vec<DeclaredLibrary>,
    /// `[[tool.officina.steps]]`
    pub steps: Vec<DeclaredStep>,
    /// `[[tool.officina.crates]]`
    pub crates: Vec<DeclaredCrate>,
    /// `[[tool.officina.sbom.vendored]]`
    pub vendored: Vec<Vendored>,
}

/// A plain extension module: C or C++ that uses Python's own API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredExtension {
    /// `name`: its full name.
    pub name: Spanned<ModuleName>,
    /// `if`: where it is built; nothing in it: everywhere.
    pub condition: Condition,
    /// What is compiled, and how.
    pub compile: DeclaredSources,
    /// `library-dirs`
    pub library_dirs: Vec<PathBuf>,
    /// `runtime-library-dirs`; may hold `$ORIGIN`.
    pub runtime_library_dirs: Vec<String>,
    /// `extra-objects`
    pub extra_objects: Vec<PathBuf>,
    /// `extra-link-args`
    pub extra_link_args: Vec<String>,
    /// `export-symbols`
    pub export_symbols: Vec<String>,
    /// `language`: forces linking as this language.
    pub language: Option<Language>,
    /// `optional`: a failure leaves the module out, with a warning.
    pub optional: bool,
    /// `limited-api`
    pub api: ExtensionApi,
}

/// `limited-api` of an extension: which part of Python's API its sources use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExtensionApi {
    /// `false`: all of it, so that the module is for one version of Python.
    #[default]
    Full,
    /// `true`, or the version from which on it uses the limited API.
    Limited(Option<PythonVersion>),
}

/// A static library: compiled once, linked by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredLibrary {
    /// `name`: what stands in the `libraries` of those that link it.
    pub name: Spanned<String>,
    /// `if`: where it is built.
    pub condition: Condition,
    /// What is compiled, and how.
    pub compile: DeclaredSources,
    /// `public-include-dirs`: folders of headers for the library and for all that link it.
    pub public_include_dirs: Vec<PathBuf>,
}

/// The keys that extensions and libraries have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclaredSources {
    /// `sources`: globs, relative to the project root.
    pub sources: Vec<Spanned<String>>,
    /// `include-dirs`
    pub include_dirs: Vec<PathBuf>,
    /// `define-macros` and `undef-macros`
    pub macros: Vec<Macro>,
    /// `extra-compile-args`
    pub extra_compile_args: Vec<Spanned<String>>,
    /// `depends`: globs of further files that are read.
    pub depends: Vec<Spanned<String>>,
    /// `libraries`: of this table or of the system. Those of a library are linked wherever it is.
    pub libraries: Vec<Spanned<String>>,
    /// `pkg-config`: packages, each with a least version if it has to have one: `libgit2 >= 1.7`.
    pub pkg_config: Vec<Spanned<String>>,
}

/// Commands that run before the builders, and what they make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredStep {
    /// `name`: of its folder, and in messages.
    pub name: Spanned<String>,
    /// `if`: where it runs.
    pub condition: Condition,
    /// `commands`: each a program and its arguments; no shell.
    pub commands: Vec<Vec<Spanned<String>>>,
    /// `directory`: where they run.
    pub directory: Option<Spanned<String>>,
    /// `inputs`: globs of what they read; none: nobody knows, so they run each time.
    pub inputs: Vec<Spanned<String>>,
    /// `outputs`: globs of the files in the source tree that they make.
    pub outputs: Vec<Spanned<String>>,
    /// `env`: variables of the environment that they see.
    pub env: BTreeMap<String, Spanned<String>>,
    /// `provides`
    pub provides: Provides,
    /// Its place in `pyproject.toml`.
    pub span: Range<usize>,
}

/// `provides`: what all modules and libraries get from a step. Folders are relative to its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provides {
    /// `include-dirs`
    pub include_dirs: Vec<Spanned<String>>,
    /// `library-dirs`
    pub library_dirs: Vec<Spanned<String>>,
}

/// A table of `[[tool.officina.sbom.vendored]]`: C of others that lies in the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendored {
    /// `name`
    pub name: String,
    /// `version`
    pub version: String,
    /// `license`: an SPDX expression, in its official spelling.
    pub license: Option<String>,
    /// `purl`: a package URL.
    pub purl: Option<String>,
    /// `paths`: globs of its files, relative to the project root.
    pub paths: Vec<Spanned<String>>,
    /// `if`: where it is compiled; nothing in it: everywhere.
    pub condition: Condition,
}

/// The name of a native part, and where it counts.
pub type Conditional<'a> = (Spanned<&'a str>, &'a Condition);

impl NativeParts {
    /// Those whose `if` holds.
    #[must_use]
    pub fn where_holds(&self, holds: impl Fn(&Condition) -> bool) -> Self {
        let mut parts = self.clone();
        parts.extensions.retain(|one| holds(&one.condition));
        parts.libraries.retain(|one| holds(&one.condition));
        parts.steps.retain(|one| holds(&one.condition));
        parts.crates.retain(|one| holds(&one.condition));
        parts.vendored.retain(|one| holds(&one.condition));
        parts
    }

    /// The names of each kind, by its key, in the order written, with the conditions.
    pub fn names(&self) -> [(&'static str, Vec<Conditional<'_>>); 4] {
        fn named(name: &Spanned<String>) -> Spanned<&str> {
            Spanned::new(name.value.as_str(), name.span.clone())
        }
        let extensions = self.extensions.iter().map(|one| {
            let name = Spanned::new(one.name.value.as_str(), one.name.span.clone());
            (name, &one.condition)
        });
        let libraries = self.libraries.iter().map(|one| (named(&one.name), &one.condition));
        let steps = self.steps.iter().map(|one| (named(&one.name), &one.condition));
        let crates = self.crates.iter().map(|one| (named(&one.path), &one.condition));
        [
            ("extensions", extensions.collect()),
            ("libraries", libraries.collect()),
            ("steps", steps.collect()),
            ("crates", crates.collect()),
        ]
    }

    /// The `compile` tables of extensions and libraries.
    pub fn sources(&self) -> impl Iterator<Item = &DeclaredSources> {
        let of_extensions = self.extensions.iter().map(|one| &one.compile);
        of_extensions.chain(self.libraries.iter().map(|one| &one.compile))
    }
}
