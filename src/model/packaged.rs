//! The source tree and what goes into a wheel.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Error;
use crate::model::decision::{FolderKind, IgnoreRule};

/// A file of the source tree, as the walk over it found it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeFile {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// Whether its owner may execute it.
    pub executable: bool,
    /// The rule because of which git would not track it.
    pub ignored: Option<Arc<IgnoreRule>>,
}

/// The source tree as the walk over it found it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// The project root. Absolute.
    pub root: PathBuf,
    /// Every file that could be packed, sorted by path.
    pub files: Vec<TreeFile>,
    /// What the walk could not take, sorted by path: harmless unless it lies in a package.
    pub unpackable: Vec<UnpackableEntry>,
    /// The folders that were not looked into, sorted by path.
    pub skipped: Vec<SkippedFolder>,
}

/// A folder of the source tree that was not looked into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkippedFolder {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// What it holds.
    pub kind: FolderKind,
}

/// An entry of the source tree that cannot be packed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnpackableEntry {
    /// Relative to the project root, with `/`; bytes that are not UTF-8 show as U+FFFD.
    pub path: String,
    /// Why not.
    pub reason: UnpackableReason,
    /// The rule because of which git would not track it.
    pub ignored: Option<Arc<IgnoreRule>>,
}

/// Why an entry of the source tree cannot be packed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnpackableReason {
    /// A symbolic link to this place outside the project.
    Outside(PathBuf),
    /// A symbolic link to nothing.
    Dangling,
    /// Its name is not UTF-8, which every path in a wheel must be.
    NotUtf8,
    /// The operating system refused, with these words.
    Unreadable(String),
    /// A pipe, a socket or a device: running programs make them, archives do not hold them.
    Special(&'static str),
}

impl fmt::Display for UnpackableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnpackableReason::Outside(target) => write!(f, "a link to `{}`", target.display()),
            UnpackableReason::Dangling => f.write_str("a link to nothing"),
            UnpackableReason::NotUtf8 => f.write_str("its name is not UTF-8"),
            UnpackableReason::Unreadable(why) => write!(f, "cannot be read: {why}"),
            UnpackableReason::Special(what) => f.write_str(what),
        }
    }
}

impl UnpackableEntry {
    /// Whether a product that would have to hold it can do without: whoever made it did not mean
    /// to publish it, and it may be gone at the next look.
    pub fn is_transient(&self) -> bool {
        matches!(self.reason, UnpackableReason::Special(_))
    }

    /// The error for an entry that a product would have to hold.
    pub fn error(&self) -> Error {
        let path = &self.path;
        match &self.reason {
            UnpackableReason::Outside(target) => {
                let target = target.display();
                Error::new(format!("`{path}` is outside the project: it links to `{target}`"))
                    .hint("products are made from files below the folder of pyproject.toml only")
            }
            UnpackableReason::Dangling => Error::new(format!("`{path}` is a link to nothing"))
                .hint("remove the link, or make what it points to"),
            UnpackableReason::NotUtf8 => Error::new(format!("the name of `{path}` is not UTF-8"))
                .hint("rename the file: every path in a wheel is UTF-8"),
            UnpackableReason::Unreadable(why) => Error::new(format!("cannot read `{path}`: {why}"))
                .hint("check who owns it and whether you may read it"),
            UnpackableReason::Special(what) => Error::new(format!("`{path}` is {what}"))
                .hint("remove it, or end the program that made it"),
        }
    }
}

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

/// The compatibility tag of a wheel (packaging.python.org, "Platform compatibility tags").
#[derive(Debug, Clone, PartialEq, Eq)]
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
