//! What an archive holds, as data.

use std::collections::BTreeMap;

use crate::model::LinkedFile;

/// A wheel or an sdist that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveContents {
    /// The name of the archive: `foo-1.0-py3-none-any.whl`.
    pub name: String,
    /// Its files by their paths, with `/`; in an sdist without the top folder.
    pub files: BTreeMap<String, ArchivedFile>,
}

/// One file of an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchivedFile {
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: [u8; 32],
    /// Whether it may be run as a program.
    pub executable: bool,
    /// The text, of small files in UTF-8.
    pub text: Option<String>,
    /// What a linker made.
    pub linked: Option<LinkedFile>,
}

impl ArchiveContents {
    /// The text of a file; `None` where there is no such file, or no text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.text.as_deref()
    }
}
