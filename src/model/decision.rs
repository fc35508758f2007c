//! Why a product holds a file, or leaves it out: decided once, for packing and for whoever asks.
//!
//! A decision allocates nothing: what several files share (a glob, a rule, a package) is counted.

use std::fmt;
use std::sync::Arc;

use crate::model::tree::{FolderKind, IgnoreRule, UnpackableReason};

/// What becomes of a file of the source tree: a product holds it, or not.
pub type Decision = std::result::Result<IncludeReason, OmitReason>;

/// Why a product holds a file. Displays as a few words for a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncludeReason {
    /// `pyproject.toml` itself.
    Pyproject,
    /// Its name stands in `pyproject.toml`: readme, licences, a version's source.
    Named,
    /// A builder script.
    Builder,
    /// A glob of `include` in `[tool.officina.sdist]`.
    Include(Arc<GlobRule>),
    /// Git tracks it.
    Tracked,
    /// No ignore file names it.
    NotIgnored,
    /// The wheel made from the sdist takes it, and git would not track it.
    ForWheel(WheelReason),
    /// A wheel takes it from the tree.
    InWheel(WheelReason),
    /// Made from the metadata, or a licence beside it.
    Metadata,
}

/// Why a wheel takes a file of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WheelReason {
    /// It lies in this package.
    Package(Arc<str>),
    /// It is this module, or the stub beside it.
    Module(Arc<str>),
    /// A glob of `include` in `[tool.officina]`.
    Include(Arc<GlobRule>),
}

/// Why a product does not hold a file. Displays as a few words for a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OmitReason {
    /// A glob of `exclude`.
    Exclude(Arc<GlobRule>),
    /// Git would not track it.
    Ignored(Arc<IgnoreRule>),
    /// Something that a build, a test run or a tool left behind.
    Leftover(Leftover),
    /// It has a name that keys and passwords have.
    Secret,
    /// A C or C++ source, a header, an object: of use for building only.
    BuildInput,
    /// Version control's own: `.gitignore`.
    VersionControl,
    /// No package, no module, and no glob names it.
    Elsewhere,
    /// A folder that is not looked into.
    SkippedFolder(FolderKind),
    /// Nothing that an archive can hold, or that may be read.
    Unpackable(UnpackableReason),
}

/// What tools leave behind, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    /// In `build`, `dist`, `htmlcov` or `wheelhouse` at the top of the project.
    BuildOutput,
    /// `.pyc`, `.pyo`
    Bytecode,
    /// A compiled extension module.
    Extension,
    /// What a compiler makes of a source, `.o`, and an archive of that, `.a`.
    Object,
    /// What a step of the project makes: it is among its `outputs`.
    StepOutput,
    /// A wheel, of this project or of another.
    Wheel,
    /// In an `.egg-info` or `.dist-info` folder, or an sdist's `PKG-INFO`.
    Metadata,
    /// An editor's backup or lock, a desktop's notes, the data of coverage.
    Tool,
}

/// A glob of the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobRule {
    /// The key below `[tool.officina]`: `exclude`, `sdist.include`.
    pub key: String,
    /// The glob as it was written.
    pub glob: String,
}

/// What a product holds, and what of the tree it does not, each with its reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Sorted by path.
    pub included: Vec<IncludedFile>,
    /// Sorted by path. A folder that is not looked into appears once, with `/` at its end.
    pub omitted: Vec<OmittedFile>,
}

/// A file of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludedFile {
    /// Path in the product, with `/`.
    pub path: String,
    /// Path in the tree, with `/`; `None` for what the build makes.
    pub source: Option<String>,
    /// Why.
    pub why: IncludeReason,
}

/// A file of the tree that a product does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OmittedFile {
    /// Path in the tree, with `/`.
    pub path: String,
    /// Why.
    pub why: OmitReason,
}

impl fmt::Display for IncludeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IncludeReason::Pyproject => f.write_str("every sdist has it"),
            IncludeReason::Named => f.write_str("pyproject.toml names it"),
            IncludeReason::Builder => f.write_str("builder"),
            IncludeReason::Include(rule) => rule.fmt(f),
            IncludeReason::Tracked => f.write_str("tracked"),
            IncludeReason::NotIgnored => f.write_str("not ignored"),
            IncludeReason::ForWheel(reason) => write!(f, "for the wheel: {reason}"),
            IncludeReason::InWheel(reason) => reason.fmt(f),
            IncludeReason::Metadata => f.write_str("metadata"),
        }
    }
}

impl fmt::Display for WheelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WheelReason::Package(name) => write!(f, "package `{name}`"),
            WheelReason::Module(name) => write!(f, "module `{name}`"),
            WheelReason::Include(rule) => rule.fmt(f),
        }
    }
}

impl fmt::Display for OmitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OmitReason::Exclude(rule) => rule.fmt(f),
            OmitReason::Ignored(rule) => write!(f, "ignored by {rule}"),
            OmitReason::Leftover(leftover) => leftover.fmt(f),
            OmitReason::Secret => f.write_str("looks like a secret"),
            OmitReason::BuildInput => f.write_str("C source or header (`include` ships it)"),
            OmitReason::VersionControl => f.write_str("version control"),
            OmitReason::Elsewhere => f.write_str("not in a package"),
            OmitReason::SkippedFolder(kind) => kind.fmt(f),
            OmitReason::Unpackable(reason) => reason.fmt(f),
        }
    }
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Leftover::BuildOutput => "build output",
            Leftover::Bytecode => "bytecode",
            Leftover::Extension => "compiled extension module",
            Leftover::Object => "objects of a build",
            Leftover::StepOutput => "output of a step",
            Leftover::Wheel => "a wheel",
            Leftover::Metadata => "metadata of an earlier build",
            Leftover::Tool => "left by a tool",
        })
    }
}

impl fmt::Display for GlobRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has `{}`", self.key, self.glob)
    }
}
