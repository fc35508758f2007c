//! The cdefs of a generated module, which `_cdef_checks.py` writes into a file beside it, and where they are written.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::model::{PYPROJECT, SourceText};

/// The end of the name of that file.
const ABOUT: &str = ".checks";
const LARGEST: u64 = 1 << 20;

/// What the builder told cffi.
#[derive(Debug, Default, Deserialize)]
pub struct CdefTexts {
    /// The text of each `cdef()`.
    pub cdefs: Vec<String>,
    /// Where the texts may be written, the builder first; relative to the project root.
    pub files: Vec<String>,
}

impl CdefTexts {
    /// Those of the module that a file is generated for; none where nobody wrote them down.
    pub fn of(generated_source: Option<&Path>) -> Self {
        generated_source.and_then(facts).unwrap_or_default()
    }

    /// Whether a cdef has the name.
    pub fn declare(&self, name: &str) -> bool {
        self.cdefs.iter().any(|cdef| words(cdef, name).next().is_some())
    }

    /// Where a file of the project declares the name, else where it first has it.
    pub fn place(&self, name: &str, root: &Path) -> Option<(Arc<SourceText>, Range<usize>)> {
        let texts = || self.cdefs.iter();
        let declared = texts().find_map(|cdef| Some((cdef, declaration(cdef, name)?)));
        let found = || texts().find_map(|cdef| Some((cdef, words(cdef, name).next()?)));
        let (cdef, own) = declared.or_else(found)?;
        let (source, begin) = self.written(cdef, root)?;
        Some((source, begin + own.start..begin + own.end))
    }

    /// The file that has a cdef word for word, and where it begins there.
    pub fn written(&self, cdef: &str, root: &Path) -> Option<(Arc<SourceText>, usize)> {
        self.files.iter().map(String::as_str).chain([PYPROJECT]).find_map(|file| {
            let source = small_text(&root.join(file), file)?;
            let begin = source.text.find(cdef)?;
            Some((Arc::new(source), begin))
        })
    }
}

/// What the file beside a generated one says.
pub fn facts<T: serde::de::DeserializeOwned>(generated_source: &Path) -> Option<T> {
    let mut path = generated_source.as_os_str().to_owned();
    path.push(ABOUT);
    serde_json::from_slice(&std::fs::read(PathBuf::from(path)).ok()?).ok()
}

/// A file of the user's, unless it is too large to be written by hand. What is no UTF-8 is replaced.
pub fn small_text(path: &Path, shown: &str) -> Option<SourceText> {
    let is_small = std::fs::metadata(path).is_ok_and(|found| found.len() <= LARGEST);
    let bytes = is_small.then(|| std::fs::read(path).ok()).flatten()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Some(SourceText { name: shown.to_owned(), text })
}

/// Where a cdef seems to declare a name, and does not only use it.
fn declaration(cdef: &str, name: &str) -> Option<Range<usize>> {
    words(cdef, name).find(|found| {
        let after = cdef[found.end..].trim_start();
        let is_macro = cdef[..found.start].trim_end().ends_with("define");
        is_macro || after.starts_with(['(', '{', ';', '[', '='])
    })
}

/// The places where a name of C stands by itself.
pub fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let is_part = |c: char| c == '_' || c == '$' || c.is_alphanumeric();
    text.match_indices(word).map(|(at, _)| at..at + word.len()).filter(move |found| {
        !text[..found.start].ends_with(is_part) && !text[found.end..].starts_with(is_part)
    })
}
