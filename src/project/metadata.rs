//! `[project]` -> core metadata.

/// `[project]`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {}
