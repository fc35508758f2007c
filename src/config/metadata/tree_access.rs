//! What reading the metadata asks of the source tree.

use std::sync::Arc;

use crate::error::Result;
use crate::model::SourceText;

/// What the metadata needs from the source tree.
pub struct TreeAccess<'a> {
    /// Reads a UTF-8 file; the path is relative to the project root, with `/`.
    pub read: &'a dyn Fn(&str) -> Result<Arc<SourceText>>,
    /// Finds the files that a glob matches: sorted paths relative to the project root, with `/`.
    /// `*` and `?` do not match a `/`; `**` does.
    pub files_matching: &'a dyn Fn(&str) -> Result<Vec<String>>,
}
