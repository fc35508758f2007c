//! Where the project's files hold a line of a text that cffi or a compiler was given.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::binary::cdef_texts::small_text;
use crate::model::SourceText;

/// How many lines around one are compared, in each direction.
const AROUND: usize = 20;

/// Finds a line of `text`, counted from one, in `files`, the likeliest first: where several lines are like
/// it, the one whose neighbours are too. The files are relative to the root.
pub fn of_line(
    text: &str,
    number: usize,
    files: &[String],
    root: &Path,
) -> Option<(Arc<SourceText>, Range<usize>)> {
    let given: Vec<&str> = text.lines().map(str::trim).collect();
    let at =
        number.checked_sub(1).filter(|at| given.get(*at).is_some_and(|line| !line.is_empty()))?;
    let mut best: Option<(usize, Arc<SourceText>, Range<usize>)> = None;
    for file in files {
        let Some(source) = small_text(&root.join(file), file) else { continue };
        let source = Arc::new(source);
        let lines: Vec<&str> = source.text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let Some(column) = line.find(given[at]) else { continue };
            let score = equal_neighbours(&given, at, &lines, index);
            if best.as_ref().is_none_or(|(highest, ..)| score > *highest) {
                let begin = offset(&source.text, line) + column;
                best = Some((score, Arc::clone(&source), begin..begin + given[at].len()));
            }
        }
    }
    let is_telling = |score: usize| score > 0 || given[at].len() > 3;
    best.filter(|(score, ..)| is_telling(*score)).map(|(_, source, span)| (source, span))
}

/// Where a file first has a word in quotes.
pub fn of_word(word: &str, file: &str, root: &Path) -> Option<(Arc<SourceText>, Range<usize>)> {
    let source = small_text(&root.join(file), file)?;
    let quoted = ['"', '\''].map(|quote| format!("{quote}{word}{quote}"));
    let begin = quoted.iter().filter_map(|quoted| source.text.find(quoted)).min()? + 1;
    Some((Arc::new(source), begin..begin + word.len()))
}

/// A line of a file, counted from one, without the blanks around it.
pub fn line(source: &SourceText, number: usize) -> Option<Range<usize>> {
    let line = source.text.lines().nth(number.checked_sub(1)?)?;
    let begin = offset(&source.text, line) + line.len() - line.trim_start().len();
    Some(begin..begin + line.trim().len().max(1))
}

/// How many lines in a row before and after two lines are the same in both texts.
fn equal_neighbours(given: &[&str], at: usize, lines: &[&str], index: usize) -> usize {
    let before = given[..at].iter().rev().zip(lines[..index].iter().rev());
    let after = given[at + 1..].iter().zip(&lines[index + 1..]);
    let equal = |(given, line): &(&&str, &&str)| **given == line.trim();
    before.take(AROUND).take_while(equal).count() + after.take(AROUND).take_while(equal).count()
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_where_its_neighbours_are() {
        let folder = tempfile::tempdir().unwrap();
        let builder =
            "ffi.cdef(\"int a;\nint b;\")\nffi.cdef(\"\"\"\n  int b;\n  int c;\n\"\"\")\n";
        std::fs::write(folder.path().join("build.py"), builder).unwrap();
        std::fs::write(folder.path().join("api.h"), "int d;\n}\n").unwrap();
        let files = ["gone.h", "build.py", "api.h"].map(str::to_owned);
        let cases = [
            ("int a;\nint b;", 2, Some(("build.py", 2))),
            ("\nint b;\nint c;\n", 2, Some(("build.py", 4))),
            ("int c;", 1, Some(("build.py", 5))),
            ("int d;\n}", 1, Some(("api.h", 1))),
            ("}", 1, None),
            ("int e;", 1, None),
            ("int a;", 0, None),
            ("int a;", 7, None),
        ];
        for (text, number, expected) in cases {
            let found = of_line(text, number, &files, folder.path());
            let found =
                found.map(|(source, span)| (source.name.clone(), source.line_at(span.start)));
            let expected = expected.map(|(file, line)| (file.to_owned(), line));
            assert_eq!(found, expected, "{text:?} {number}");
        }
    }
}
