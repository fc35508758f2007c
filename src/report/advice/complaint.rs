//! What a compiler complains about, and where. Pure.

use std::path::PathBuf;

use crate::report::advice::line::{after, before, between, quoted, quoted_at_end};

/// An error that a compiler reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The file, as the compiler calls it.
    pub file: PathBuf,
    /// Counted from one.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
    /// What the message has in quotes.
    pub names: Vec<String>,
    /// The name that nothing declares, if it is about that.
    pub undeclared: Option<String>,
    /// The header that is not found, if it is about that.
    pub header: Option<String>,
}

/// The errors in a compiler's output, in its order: those of GCC, Clang and MSVC.
pub fn complaints(output: &str) -> Vec<Complaint> {
    let plain = anstream::adapter::strip_str(output).to_string();
    plain.lines().filter_map(complaint).collect()
}

fn complaint(line: &str) -> Option<Complaint> {
    let (place, message) = [": fatal error", ": error"]
        .iter()
        .filter_map(|word| line.split_once(word))
        .min_by_key(|(place, _)| place.len())?;
    // `: error: no such name`, `: error C2065: no such name`
    let (_number, message) = message.split_once(": ")?;
    let (file, line_number) = place_of(place.trim_end_matches(' '))?;
    let quotes = message.split(['\'', '`', '‘', '’', '"']).skip(1).step_by(2);
    Some(Complaint {
        file: file.into(),
        line: line_number,
        message: message.trim().to_owned(),
        names: quotes.map(str::to_owned).collect(),
        undeclared: undeclared(line).map(str::to_owned),
        header: missing_header(line).map(str::to_owned),
    })
}

/// `x.c:3:14`, `C:\x.c:3`, `x.c(3,14)`
fn place_of(place: &str) -> Option<(&str, usize)> {
    if let Some((file, numbers)) = place.strip_suffix(')').and_then(|place| place.rsplit_once('('))
    {
        return Some((file, numbers.split(',').next()?.parse().ok()?));
    }
    let (before_last, last) = place.rsplit_once(':')?;
    let last: usize = last.parse().ok()?;
    match before_last.rsplit_once(':') {
        Some((file, line)) if line.parse::<usize>().is_ok() => Some((file, line.parse().ok()?)),
        _ => Some((before_last, last)),
    }
}

/// GCC, Clang and MSVC: an `#include` that leads nowhere.
pub fn missing_header(line: &str) -> Option<&str> {
    let gcc = || between(line, ": fatal error: ", ": No such file or directory");
    let clang = || between(line, "fatal error: '", "' file not found");
    let msvc = || between(line, "Cannot open include file: '", "'");
    if line.starts_with("cc1") {
        return None; // that is the source file itself
    }
    gcc().or_else(clang).or_else(msvc).filter(|header| !header.contains(' '))
}

/// GCC and Clang, MSVC's C2065: a name that is used and was not declared.
pub fn undeclared(line: &str) -> Option<&str> {
    after(line, "implicit declaration of function ")
        .or_else(|| after(line, "call to undeclared function "))
        .or_else(|| after(line, "use of undeclared identifier "))
        .or_else(|| after(line, "unknown type name "))
        .and_then(quoted)
        .filter(|name| !is_cxx_word(name))
        .or_else(|| before(line, " undeclared").and_then(quoted_at_end))
        .or_else(|| before(line, ": undeclared identifier").and_then(quoted_at_end))
}

/// What C++ begins a declaration with, and no C does.
pub fn is_cxx_word(word: &str) -> bool {
    ["class", "namespace", "template", "using"].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_and_all_else_is_not() {
        let table = [
            ("c/a.c:3:14: error: ‘x’ undeclared (first use)", Some(("c/a.c", 3, "x", "x"))),
            ("a.c:3:1: error: unknown type name 'b_t'", Some(("a.c", 3, "b_t", "b_t"))),
            ("a.c:3:1: error: unknown type name 'class'", Some(("a.c", 3, "class", ""))),
            ("a.c:3: error: expected ';'", Some(("a.c", 3, ";", ""))),
            (
                r"C:\d\a.c:3:1: error: use of undeclared identifier 'y'",
                Some((r"C:\d\a.c", 3, "y", "y")),
            ),
            (
                r"C:\d\a.c(12): error C2065: 'z': undeclared identifier",
                Some((r"C:\d\a.c", 12, "z", "z")),
            ),
            (
                "a.c(12,5): fatal error C1083: Cannot open include file: 'b.h': No such file",
                Some(("a.c", 12, "b.h", "")),
            ),
            ("a.c:1:10: fatal error: b.h: No such file or directory", Some(("a.c", 1, "", ""))),
            ("a.c:1:10: warning: unused: error: no", None),
            ("a.c:1:10: note: each", None),
            ("collect2: error: ld returned 1 exit status", None),
            ("gcc: fatal error: no input files", None),
        ];
        for (line, expected) in table {
            let found = complaint(line);
            let shown = found.as_ref().map(|one| {
                let name = one.names.first().map_or("", String::as_str);
                let undeclared = one.undeclared.as_deref().unwrap_or_default();
                (one.file.to_str().unwrap(), one.line, name, undeclared)
            });
            assert_eq!(shown, expected, "{line}");
        }
    }
}
