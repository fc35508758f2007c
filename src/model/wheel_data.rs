//! What a wheel holds at other places than the tree does.

use std::fmt;

use crate::model::source::Spanned;

/// Where an installer puts files of a wheel that are no modules ("Binary distribution format", the
/// `.data` folder).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Where the programs of an environment are.
    Scripts,
    /// A folder for the C headers of the distribution.
    Headers,
    /// The environment itself.
    Data,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 3] = [Scheme::Scripts, Scheme::Headers, Scheme::Data];

    /// The name of its folder, and its key in `[tool.officina.data]`.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Scripts => "scripts",
            Scheme::Headers => "headers",
            Scheme::Data => "data",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An entry of `[tool.officina.data]`: files of the tree, and where they are installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataRule {
    /// Where.
    pub scheme: Scheme,
    /// The folder in there, with `/`; empty for the scheme itself.
    pub folder: String,
    /// Globs of the files, relative to the project root.
    pub globs: Vec<Spanned<String>>,
}

/// An entry of `[tool.officina.files]`: a file or a folder of the tree, and its path in the wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renaming {
    /// The path in the wheel, with `/`.
    pub wheel_path: String,
    /// The path in the tree, relative to the project root, with `/`.
    pub source: Spanned<String>,
}
