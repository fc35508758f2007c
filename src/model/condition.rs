//! Where a part of the settings counts.

use pep440_rs::VersionSpecifiers;

use crate::model::request::ProductKind;

/// The `if` of an override, of a module or of another part. All that it names must hold; a list holds
/// if one of its items does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// `if.platform`: names of systems (`linux`, `macos-arm64`), `*` allowed; empty: any system.
    pub platform: Vec<String>,
    /// `if.python`; empty: any Python.
    pub python: Vec<PythonCondition>,
    /// `if.state`: what is made; empty: anything.
    pub state: Vec<ProductKind>,
    /// `if.env`: variables, and what they must be.
    pub environment: Vec<(String, VariableCondition)>,
}

/// An item of `if.python`: `cpython`, `>=3.12`, `pypy >=3.10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonCondition {
    /// `sys.implementation.name`; `None`: any.
    pub implementation: Option<String>,
    /// Versions `major.minor`; empty: any.
    pub versions: VersionSpecifiers,
}

/// What a variable of the environment must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableCondition {
    /// This very text.
    Equal(String),
    /// Set, and not to nothing.
    Set,
    /// Not set, or set to nothing.
    Unset,
}
