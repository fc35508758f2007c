//! Rust crates that `pyproject.toml` says are built beside CFFI modules.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::condition::Condition;
use crate::model::source::Spanned;

/// A table of `[[tool.officina.crates]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredCrate {
    /// `path`: the folder of its Cargo.toml, relative to the project root, with `/`.
    pub path: Spanned<String>,
    /// How its library is called: what its Cargo.toml says. Empty until that is read.
    pub name: String,
    /// `if`: where it is built; nothing in it: everywhere.
    pub condition: Condition,
    /// `link`
    pub link: CrateLink,
    /// `header`: the C header that declares what it exports, relative to the project root, with
    /// `/`.
    pub header: Option<Spanned<String>>,
    /// `module`: the full name of a CFFI module that is made of the header.
    pub module: Option<Spanned<String>>,
    /// `package`: the package that holds a shared library.
    pub package: Option<Spanned<String>>,
    /// `features`
    pub features: Vec<String>,
    /// `default-features`
    pub default_features: bool,
    /// `profile`: cargo's; `None`: `release`, or `dev` in debug builds.
    pub profile: Option<String>,
    /// `editable-profile`: the same for editable installs.
    pub editable_profile: Option<String>,
    /// `target`: a target triple; `None`: that of the Python that builds.
    pub target: Option<String>,
    /// `env`: variables of the environment that cargo sees.
    pub env: BTreeMap<String, Spanned<String>>,
    /// Its place in `pyproject.toml`.
    pub span: Range<usize>,
}

impl DeclaredCrate {
    /// Its Cargo.toml, relative to the project root, with `/`.
    pub fn manifest(&self) -> String {
        match self.path.value.as_str() {
            "." => "Cargo.toml".to_owned(),
            folder => format!("{folder}/Cargo.toml"),
        }
    }

    /// The folder of its header, relative to the project root, with `/`: `.` for the root itself.
    pub fn include_dir(&self) -> Option<&str> {
        let header = self.header.as_ref()?.value.as_str();
        Some(header.rsplit_once('/').map_or(".", |(folder, _)| folder))
    }
}

/// How modules get at what a crate exports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CrateLink {
    /// `static`: it is linked into each module that names it in its `libraries`.
    #[default]
    Static,
    /// `shared`: the wheel holds it as a library that a module in ABI mode opens.
    Shared,
}
