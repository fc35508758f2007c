//! What goes into a wheel.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::tree::{Tree, TreeFile};

/// Which part of the source tree is the Python code of the wheel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The folder that holds the packages, relative to the project root, with `/`; empty for the
    /// root itself.
    pub python_source: String,
    /// Dotted names of the packages, sorted. Each is taken with all that lies beneath it, so none
    /// lies within another.
    pub packages: Vec<String>,
    /// Dotted names of single modules, sorted.
    pub modules: Vec<String>,
}

impl Layout {
    /// A path below the source folder, as seen from it; `None` for paths elsewhere.
    pub fn below_source<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.python_source.is_empty() {
            return Some(path);
        }
        path.strip_prefix(self.python_source.as_str())?.strip_prefix('/')
    }
}

/// Everything that goes into a wheel, sorted by its path in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The files, without `RECORD`.
    pub entries: Vec<ManifestEntry>,
}

/// One file of a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestEntry {
    /// Path in the wheel, with `/`.
    pub path: String,
    /// Where its bytes come from.
    pub content: Content,
    /// Whether it is unpacked as executable.
    pub executable: bool,
}

/// Where the bytes of a packed file come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file on disk. Absolute.
    File(PathBuf),
    /// Text that we made.
    Text(String),
}

impl Content {
    /// The bytes of a file of the source tree.
    pub fn of(tree: &Tree, file: &TreeFile) -> Self {
        match &file.text {
            Some(text) => Content::Text(text.as_ref().to_owned()),
            None => Content::File(tree.root.join(&file.path)),
        }
    }
}

/// The compatibility tag of a wheel (packaging.python.org, "Platform compatibility tags").
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Tag {
    /// `cp311`, `py3`, `pp39`
    pub python: String,
    /// `cp311`, `abi3`, `abi3.abi3t`, `none`
    pub abi: String,
    /// `linux_x86_64`, `any`
    pub platform: String,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}
