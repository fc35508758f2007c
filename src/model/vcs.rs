//! A version that git knows: how it is asked for, what git says, and what comes of it.

use serde::{Deserialize, Serialize};

use crate::model::source::Spanned;

/// `version = { vcs = "git", ... }` of `[tool.officina.dynamic]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VcsSettings {
    /// `tag-pattern`: a regular expression for tags; `None`: what setuptools_scm takes by default.
    pub tag_pattern: Option<Spanned<String>>,
    /// `scheme`: which version a commit after a tag has.
    pub scheme: VersionScheme,
    /// `local`: what stands behind the `+` of it.
    pub local: LocalScheme,
    /// `fallback`: the version where nothing else is known; without a tag, git counts from it.
    pub fallback: Option<String>,
    /// `write-to`: the file of wheels and sdists that says the version, relative to the project root, with
    /// `/`.
    pub write_to: Option<Spanned<String>>,
}

/// Which version a commit after a tag has, by its name in setuptools_scm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VersionScheme {
    /// `1.2.3` and two commits: `1.2.4.dev2`
    #[default]
    GuessNextDev,
    /// `1.2.3.post1.dev2`
    NoGuessDev,
    /// `1.2.3.post2`
    PostRelease,
    /// `1.2.4.dev2` on a branch that is called after the release, else `1.3.0.dev2`
    ReleaseBranchSemver,
    /// `1.2.4.dev2`; `1.3.0.dev2` on a branch with `feature` in its name
    SimplifiedSemver,
    /// The date of the commit: `26.11.5.0.dev2`
    CalverByDate,
    /// `1.2.3`
    OnlyVersion,
}

impl VersionScheme {
    /// All names, some of them for one scheme: setuptools_scm has renamed two.
    pub const NAMES: [(&str, Self); 9] = [
        ("guess-next-dev", VersionScheme::GuessNextDev),
        ("no-guess-dev", VersionScheme::NoGuessDev),
        ("post-release", VersionScheme::PostRelease),
        ("release-branch-semver", VersionScheme::ReleaseBranchSemver),
        ("semver-pep440-release-branch", VersionScheme::ReleaseBranchSemver),
        ("python-simplified-semver", VersionScheme::SimplifiedSemver),
        ("semver-pep440", VersionScheme::SimplifiedSemver),
        ("calver-by-date", VersionScheme::CalverByDate),
        ("only-version", VersionScheme::OnlyVersion),
    ];

    /// Whether it looks at the name of the branch.
    pub fn asks_for_branch(self) -> bool {
        use VersionScheme::{CalverByDate, ReleaseBranchSemver, SimplifiedSemver};
        matches!(self, ReleaseBranchSemver | SimplifiedSemver | CalverByDate)
    }
}

/// What stands behind the `+` of the version of a commit that has no tag, or of changed files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LocalScheme {
    /// `g29de93550`, and `d20261105` if files are changed.
    #[default]
    NodeAndDate,
    /// The same with the time: `d20261105134200`
    NodeAndTimestamp,
    /// `dirty` if files are changed.
    DirtyTag,
    /// Nothing: indexes such as PyPI refuse all else.
    None,
}

impl LocalScheme {
    /// All names; the last is setuptools_scm's for nothing.
    pub const NAMES: [(&str, Self); 5] = [
        ("node-and-date", LocalScheme::NodeAndDate),
        ("node-and-timestamp", LocalScheme::NodeAndTimestamp),
        ("dirty-tag", LocalScheme::DirtyTag),
        ("none", LocalScheme::None),
        ("no-local-version", LocalScheme::None),
    ];
}

/// What git says of the commit that is checked out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revision {
    /// The nearest tag; `None`: there is none.
    pub tag: Option<String>,
    /// How many commits came after it.
    pub distance: u64,
    /// The digest of the commit; `None` before the first.
    pub node: Option<String>,
    /// Whether a tracked file is changed.
    pub is_dirty: bool,
    /// The branch, where a scheme asks for it and one is checked out.
    pub branch: Option<String>,
    /// When it was committed, in seconds since 1970.
    pub committed: Option<i64>,
}

impl Revision {
    /// Whether the tag says it all.
    pub fn is_exact(&self) -> bool {
        self.distance == 0 && !self.is_dirty
    }
}

/// The version that came of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct VcsVersion {
    /// In its normal form (PEP 440).
    pub version: String,
    /// The commit, `g` and nine digits of its digest, where one is known.
    pub commit: Option<String>,
}

/// A file of wheels and sdists that says the version. It is not written into the source tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// Relative to the project root, with `/`.
    pub path: String,
    /// What it says.
    pub text: String,
}
