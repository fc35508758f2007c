//! What a wheel says of the code of others that it holds: its software bill of materials.

use crate::model::condition::Condition;
use crate::model::source::Spanned;

/// Whether a wheel says which code of others it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sbom {
    /// Where it holds some.
    #[default]
    Written,
    /// It says nothing.
    Omitted,
}

impl Sbom {
    /// What a switch means.
    pub fn of(switch: bool) -> Self {
        if switch { Sbom::Written } else { Sbom::Omitted }
    }
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
