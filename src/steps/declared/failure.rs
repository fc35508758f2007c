//! What cffi does not understand in a declaration, with its place in the file that says it.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::error::Error;
use crate::fs;
use crate::model::{CdefPart, ImportedText, ModuleDeclaration, SourceText};
use crate::steps::cdef_complaint;

/// What cffi says.
pub struct CdefFailure<'a> {
    /// Which part of what it was told is wrong; `None`: cffi read it all, and cannot make a module.
    pub part: Option<usize>,
    /// The line there, counted from one; `None`: cffi names none.
    pub line: Option<usize>,
    /// Its words.
    pub message: &'a str,
}

/// The error about that.
pub fn error(
    declaration: &ModuleDeclaration,
    failure: &CdefFailure,
    root: &Path,
    pyproject: &Arc<SourceText>,
) -> Error {
    let (name, CdefFailure { part, line, message }) = (&declaration.name.value, failure);
    let complaint = part
        .and_then(|part| told(&declaration.cdef[part], root))
        .map(|text| cdef_complaint::explain(message, &text, *line))
        .unwrap_or_default();
    let words = &complaint.reason.unwrap_or_else(|| plain(message));
    let line = &complaint.line.or(*line);
    let error = Error::new(match part {
        Some(_) => format!("cffi cannot read the declarations of `{name}`: {words}"),
        None => format!("cffi cannot make the module `{name}`: {words}"),
    });
    let error = complaint.hint.into_iter().fold(error, Error::hint);
    let located = match part.and_then(|part| declaration.cdef.get(part)) {
        Some(CdefPart::File(file)) => in_file(error, &root.join(&file.value), &file.value, *line)
            .map_err(|error| error.at(pyproject, file.span.clone())),
        Some(CdefPart::Text(text)) => {
            let span = line_of_text(pyproject, &text.span, &text.value, *line);
            Ok(error.at(pyproject, span))
        }
        Some(CdefPart::Imported(imported)) => in_header(error, imported, *line, words, root),
        None => match declaration.cdef.iter().find_map(imported) {
            Some(imported) => in_header(error, imported, None, words, root),
            None => Err(error),
        },
    };
    located.unwrap_or_else(|error| match error.parts().location {
        Some(_) => error,
        None => error.at(pyproject, declaration.name.span.clone()),
    })
}

fn imported(part: &CdefPart) -> Option<&ImportedText> {
    match part {
        CdefPart::Imported(imported) => Some(imported),
        _ => None,
    }
}

/// What cffi was told in a part.
fn told(part: &CdefPart, root: &Path) -> Option<String> {
    match part {
        CdefPart::File(file) => std::fs::read_to_string(root.join(&file.value)).ok(),
        CdefPart::Text(text) => Some(text.value.clone()),
        CdefPart::Imported(imported) => Some(imported.text.clone()),
    }
}

/// Without the place, which is said better.
fn plain(message: &str) -> String {
    let words = message.lines().last().unwrap_or_default();
    let words = words.rsplit_once("<cdef source string>:").map_or(words, |(_, rest)| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':').trim_start()
    });
    match words.strip_prefix("before: ") {
        Some(word) => format!("it stops before `{word}`"),
        None => words.to_owned(),
    }
}

/// The error at the line of a header that a line for cffi comes from. Where cffi names no line, its
/// words may name what is declared there.
fn in_header(
    error: Error,
    imported: &ImportedText,
    line: Option<usize>,
    words: &str,
    root: &Path,
) -> Result<Error, Error> {
    let mut names = words.split(|c: char| c != '_' && !c.is_alphanumeric());
    let named =
        || names.find_map(|name| imported.origins.iter().position(|origin| origin.name == name));
    let Some(index) = line.and_then(|line| line.checked_sub(1)).or_else(named) else {
        return Err(error.hint("`except` leaves out what cffi cannot read"));
    };
    let Some(origin) = imported.origins.get(index) else { return Err(error) };
    let told = imported.text.lines().nth(index).unwrap_or_default();
    let error = error
        .note(format!("cffi was told: {}", told.trim()))
        .hint(format!("leave it out: except = [\"{}\"]", origin.name));
    in_file(error, &root.join(&origin.file), &origin.file, Some(origin.line))
}

/// The error with its line in a file, or as it is if that cannot be read.
fn in_file(error: Error, path: &Path, shown: &str, line: Option<usize>) -> Result<Error, Error> {
    match fs::read_source(path, shown) {
        Ok(source) => {
            let span = line_span(&source.text, 0..source.text.len(), line.unwrap_or(1));
            Ok(error.at(&Arc::new(source), span))
        }
        Err(_) => Err(error),
    }
}

/// The line of a text that stands in `pyproject.toml`; all of it where that spells it otherwise.
fn line_of_text(
    pyproject: &SourceText,
    span: &Range<usize>,
    text: &str,
    line: Option<usize>,
) -> Range<usize> {
    let spelled = pyproject.text.get(span.clone()).unwrap_or_default();
    match (line, spelled.find(text)) {
        (Some(line), Some(at)) => {
            let begin = span.start + at;
            line_span(&pyproject.text, begin..begin + text.len(), line)
        }
        _ => span.clone(),
    }
}

/// The bytes of a line within a range, without the blanks around them.
fn line_span(text: &str, range: Range<usize>, line: usize) -> Range<usize> {
    let mut begin = range.start;
    for (index, part) in text[range.clone()].split_inclusive('\n').enumerate() {
        if index + 1 == line {
            let word = part.trim();
            let blanks = part.len() - part.trim_start().len();
            return begin + blanks..begin + blanks + word.len().max(1);
        }
        begin += part.len();
    }
    range.start..range.start
}
