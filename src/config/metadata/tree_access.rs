//! What reading the metadata asks of the source tree and of git.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{SourceText, VcsSettings, VcsVersion};

/// What the metadata needs from outside of `pyproject.toml`.
pub struct TreeAccess<'a> {
    /// Reads a UTF-8 file; the path is relative to the project root, with `/`.
    pub read: &'a dyn Fn(&str) -> Result<Arc<SourceText>>,
    /// Finds the files that a glob matches: sorted paths relative to the project root, with `/`.
    /// `*` and `?` do not match a `/`; `**` does.
    pub files_matching: &'a dyn Fn(&str) -> Result<Vec<String>>,
    /// Finds out the version that git knows of the project with this name.
    pub version: &'a dyn Fn(&str, &VcsSettings) -> Result<VcsVersion>,
}
