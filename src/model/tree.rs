//! The source tree, as the walk over it found it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A file of the source tree, as the walk over it found it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeFile {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// Where it really lies, relative to the project root, with `/`, if a link leads to it.
    pub target: Option<String>,
    /// Whether its owner may execute it.
    pub executable: bool,
    /// In bytes.
    pub size: u64,
    /// The rule because of which git would not track it, unless it does.
    pub ignored: Option<Arc<IgnoreRule>>,
    /// What git's index says of it.
    pub tracking: Tracking,
    /// What it says, where we make it and it does not lie there.
    pub text: Option<Arc<str>>,
}

/// What git's index says of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tracking {
    /// There is no index: no repository, or one without a file.
    #[default]
    Unknown,
    /// Git tracks it, whatever the ignore files say.
    Tracked,
    /// It does not.
    Untracked,
}

/// Whether a file, relative to the project root with `/`, lies in a folder that builds by setuptools
/// or by us make below `build`: `lib`, `lib.linux-x86_64-3.11`, `temp`, `bdist`, `officina`.
pub fn is_made_by_builds(path: &str) -> bool {
    let folder = path.strip_prefix("build/").and_then(|below| below.split_once('/'));
    let kind = folder.and_then(|(folder, _)| folder.split('.').next());
    kind.is_some_and(|kind| ["lib", "temp", "bdist", "officina"].contains(&kind))
}

/// The source tree as the walk over it found it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// The project root. Absolute.
    pub root: PathBuf,
    /// Every file that could be packed, sorted by path.
    pub files: Vec<TreeFile>,
    /// Every folder that was looked into, sorted by path: relative to the project root, with `/`.
    pub folders: Vec<String>,
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
}

/// What a folder that is not looked into holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FolderKind {
    /// `.git` and the like.
    VersionControl,
    /// A virtual environment, or packages that a tool installed.
    Environment,
    /// Whatever can be made again.
    Cache,
    /// How somebody's editor is set up.
    Editor,
}

/// A line of an ignore file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IgnoreRule {
    /// The ignore file, relative to the project root, with `/`; `../.gitignore` for one above it.
    pub file: String,
    /// Counted from one.
    pub line: usize,
    /// The pattern as it was written.
    pub pattern: String,
}

impl fmt::Display for FolderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FolderKind::VersionControl => "version control",
            FolderKind::Environment => "installed packages",
            FolderKind::Cache => "cache",
            FolderKind::Editor => "settings of an editor",
        })
    }
}

impl fmt::Display for IgnoreRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} `{}`", self.file, self.line, self.pattern)
    }
}
