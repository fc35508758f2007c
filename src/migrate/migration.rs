//! The answer: which files change, and how each value of the old build fares.

use std::fmt;

/// How a value fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoveVerdict {
    /// It means what it meant.
    Same,
    /// The new build does it by itself, or does it right.
    Better,
    /// A person has to look: it was read as it is here and now, or nobody can know.
    YouDecide,
    /// Officina cannot build it.
    NotPossible,
}

impl MoveVerdict {
    /// All of them, in the order of a report.
    pub const ALL: [MoveVerdict; 4] =
        [MoveVerdict::Same, MoveVerdict::Better, MoveVerdict::YouDecide, MoveVerdict::NotPossible];
}

impl fmt::Display for MoveVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MoveVerdict::Same => "same",
            MoveVerdict::Better => "better",
            MoveVerdict::YouDecide => "you decide",
            MoveVerdict::NotPossible => "not possible",
        })
    }
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveFinding {
    /// How it fares.
    pub verdict: MoveVerdict,
    /// Where the old build says it: `setup.py:12`, `setup.cfg`; `None` where it says nothing.
    pub place: Option<String>,
    /// What it is about, and what becomes of it, in one line.
    pub text: String,
    /// What a person may write instead, as TOML; may have several lines.
    pub proposal: Option<String>,
}

impl MoveFinding {
    /// A line without a place and a proposal.
    pub fn new(verdict: MoveVerdict, text: impl Into<String>) -> Self {
        MoveFinding { verdict, place: None, text: text.into(), proposal: None }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Says what to write.
    #[must_use]
    pub fn propose(mut self, toml: impl Into<String>) -> Self {
        self.proposal = Some(toml.into());
        self
    }
}

/// A file of the tree that changes. What was there is kept beside it, with `.orig` at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// From the root of the project.
    pub path: String,
    /// What is there now; `None`: no such file.
    pub before: Option<String>,
    /// What is there afterwards; `None`: no such file.
    pub after: Option<String>,
}

/// What `officina migrate` says and does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Migration {
    /// The files that change; none where the project has moved already.
    pub changes: Vec<Change>,
    /// The report.
    pub findings: Vec<MoveFinding>,
}

impl Migration {
    /// Whether something cannot be moved.
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.verdict == MoveVerdict::NotPossible)
    }
}
