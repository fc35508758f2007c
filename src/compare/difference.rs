//! One difference between two products, and its grade.

use serde::Serialize;

/// Whether a difference matters. In the order in which a person wants to hear of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The new product does less: something that users may rely on is gone or has another meaning.
    Lost,
    /// The new product does more.
    Better,
    /// Another way to say the same, or more of what does no harm.
    Benign,
}

/// One difference between an old product and a new one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// Whether it matters.
    pub grade: Grade,
    /// What differs: a path in the archive, `tag`, or a field of the metadata.
    pub subject: String,
    /// How it differs: a phrase for people.
    pub words: String,
    /// What to do, if something can be done.
    pub hint: Option<String>,
}

impl Difference {
    /// A difference that no hint belongs to.
    pub fn new(grade: Grade, subject: impl Into<String>, words: impl Into<String>) -> Self {
        Difference { grade, subject: subject.into(), words: words.into(), hint: None }
    }

    /// Something that is gone.
    pub fn lost(subject: impl Into<String>, words: impl Into<String>) -> Self {
        Self::new(Grade::Lost, subject, words)
    }

    /// Something that says the same in another way.
    pub fn benign(subject: impl Into<String>, words: impl Into<String>) -> Self {
        Self::new(Grade::Benign, subject, words)
    }

    /// Something that has become better.
    pub fn better(subject: impl Into<String>, words: impl Into<String>) -> Self {
        Self::new(Grade::Better, subject, words)
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
