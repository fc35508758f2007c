//! Where the project's files hold a line of a text that cffi or a compiler was given.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::binary::cdef_texts::small_text;
use crate::model::SourceText;

/// How many lines around one are compared, in each direction.
const AROUND: usize = 20;

/// How many neighbours of a line are equal, and whether it stands behind the call.
type LineScore = (usize, bool);

/// Finds a line of `text`, counted from one, in `files`, the likeliest first: where several lines are like
/// it, the one whose neighbours are too. The files are relative to the root.
pub fn of_line(
    text: &str,
    number: usize,
    files: &[String],
    root: &Path,
) -> Option<(Arc<SourceText>, Range<usize>)> {
    of_line_after(text, number, files, root, None)
}

/// The same where it is known at which byte of which file the text was handed over: of lines that are
/// equally like it, the first one from there on.
pub fn of_line_after(
    text: &str,
    number: usize,
    files: &[String],
    root: &Path,
    call: Option<(String, usize)>,
) -> Option<(Arc<SourceText>, Range<usize>)> {
    let given: Vec<&str> = text.lines().map(str::trim).collect();
    let at =
        number.checked_sub(1).filter(|at| given.get(*at).is_some_and(|line| !line.is_empty()))?;
    let mut best: Option<(LineScore, Arc<SourceText>, Range<usize>)> = None;
    for file in files {
        let Some(source) = small_text(&root.join(file), file) else { continue };
        let source = Arc::new(source);
        let lines: Vec<&str> = source.text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let Some(column) = line.find(given[at]) else { continue };
            let begin = offset(&source.text, line) + column;
            let is_after =
                call.as_ref().is_some_and(|(name, at)| source.name == *name && begin >= *at);
            let score = (equal_neighbours(&given, at, &lines, index), is_after);
            if best.as_ref().is_none_or(|(highest, ..)| score > *highest) {
                best = Some((score, Arc::clone(&source), begin..begin + given[at].len()));
            }
        }
    }
    let is_telling = |(score, _): LineScore| score > 0 || given[at].len() > 3;
    best.filter(|(score, ..)| is_telling(*score)).map(|(_, source, span)| (source, span))
}

/// Where a file first has a word in quotes.
pub fn of_word(word: &str, file: &str, root: &Path) -> Option<(Arc<SourceText>, Range<usize>)> {
    let source = small_text(&root.join(file), file)?;
    // In Python and TOML, a backslash may be written as two.
    let spelled = [word.to_owned(), word.replace('\\', "\\\\")];
    spelled.iter().find_map(|word| {
        let quoted = ['"', '\''].map(|quote| format!("{quote}{word}{quote}"));
        let begin = quoted.iter().filter_map(|quoted| source.text.find(quoted)).min()? + 1;
        Some((Arc::new(source.clone()), begin..begin + word.len()))
    })
}

/// Where a TOML file has a word in quotes in the list of a key: `libraries = ["z"]`.
pub fn of_item(
    word: &str,
    key: &str,
    file: &str,
    root: &Path,
) -> Option<(Arc<SourceText>, Range<usize>)> {
    let source = small_text(&root.join(file), file)?;
    let is_of_key = |at: usize| {
        let before = source.text[..at].rsplit_once('=').map_or("", |(before, _)| before);
        let last = before.trim_end().rsplit(['\n', ' ', '.', '{', ',']).next();
        last == Some(key)
    };
    let quoted = ['"', '\''].map(|quote| format!("{quote}{word}{quote}"));
    let found = quoted.iter().flat_map(|quoted| source.text.match_indices(quoted.as_str()));
    let begin = found.map(|(at, _)| at).filter(|at| is_of_key(*at)).min()? + 1;
    let span = begin..begin + word.len();
    Some((Arc::new(source), span))
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

    #[test]
    fn of_equal_lines_the_one_behind_the_call_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let builder = "ffi.cdef('int a;')\nffi.cdef('int a;')\nffi.cdef('int a;')\n";
        std::fs::write(folder.path().join("build.py"), builder).unwrap();
        let files = ["build.py".to_owned()];
        for (at, expected) in [(None, 1), (Some(0), 1), (Some(19), 2), (Some(38), 3)] {
            let call = at.map(|at| ("build.py".to_owned(), at));
            let found = of_line_after("int a;", 1, &files, folder.path(), call);
            let line = found.map(|(source, span)| source.line_at(span.start));
            assert_eq!(line, Some(expected), "{at:?}");
        }
    }

    #[test]
    fn an_item_is_found_in_the_list_of_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let text = "name = \"q\"\npackages = [\"q\"]\nlibraries = [\n  \"m\",\n  \"q\",\n]\nx.libraries=['z']\n";
        std::fs::write(folder.path().join("a.toml"), text).unwrap();
        for (word, expected) in [("q", Some(5)), ("m", Some(4)), ("z", Some(7)), ("x", None)] {
            let found = of_item(word, "libraries", "a.toml", folder.path());
            let line = found.map(|(source, span)| source.line_at(span.start));
            assert_eq!(line, expected, "{word}");
        }
    }
}
