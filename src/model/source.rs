//! Texts of the user, and places in them.

use std::ops::Range;
use std::sync::Arc;

/// A text file as it was read, kept for as long as errors may point into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// How the file is called in messages: relative to the project where it lies inside.
    pub name: String,
    /// The whole content.
    pub text: String,
}

impl SourceText {
    /// The line of a byte, counted from one.
    pub fn line_at(&self, offset: usize) -> usize {
        line_at(&self.text, offset)
    }
}

/// The line of a byte of a text, counted from one.
pub fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// A value and the bytes of its file that spell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The parsed value.
    pub value: T,
    /// Byte range in the [`SourceText`] it was read from.
    pub span: Range<usize>,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Range<usize>) -> Self {
        Spanned { value, span }
    }
}

/// A place in one of the user's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file, with its text.
    pub source: Arc<SourceText>,
    /// The bytes to underline.
    pub span: Range<usize>,
    /// The dotted key that the bytes belong to, where that is known: `project.version`.
    pub key: Option<String>,
}
