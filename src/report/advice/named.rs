//! What compilers and linkers name in their complaints: libraries that are not found, fields that are
//! not there. Pure.

use crate::report::advice::known_libraries;
use crate::report::advice::line::{after, between, quoted, word};

/// The libraries that a linker did not find, by the names that it was given.
pub fn missing_libraries(output: &str) -> Vec<String> {
    let plain = anstream::adapter::strip_str(output).to_string();
    plain.lines().filter_map(missing_library).map(str::to_owned).collect()
}

/// GNU ld, gold, lld, mold, Apple's old and new ld, and MSVC: no such library.
pub(super) fn missing_library(line: &str) -> Option<&str> {
    let flagged = || {
        let starts = ["cannot find -l", "unable to find library -l", "library not found for -l"];
        starts.iter().find_map(|start| Some(word(after(line, start)?)))
    };
    let named = || {
        between(line, "library '", "' not found")
            .or_else(|| after(line, "library not found: ").map(word))
            .or_else(|| between(line, "cannot open input file '", ".lib'"))
            .or_else(|| between(line, "LNK1104: cannot open file '", ".lib'"))
    };
    flagged().or_else(named)
}

/// Whether a compiler says that a struct has no such field.
pub fn lacks_member(output: &str) -> bool {
    let plain = anstream::adapter::strip_str(output).to_string();
    plain.lines().any(|line| missing_member(line).is_some())
}

/// GCC, Clang and MSVC.
pub(super) fn missing_member(line: &str) -> Option<&str> {
    let named = after(line, "no member named ").and_then(quoted);
    named.or_else(|| between(line, "C2039: '", "': is not a member of"))
}

/// The name that is meant by a flag, `-lz`, or by a file, `libz.so.1`.
pub(super) fn bare_name(name: &str) -> Option<&str> {
    let ends = [".so", ".a", ".dylib", ".dll", ".lib", ".tbd"];
    let is_version = |rest: &str| rest.is_empty() || rest.starts_with('.');
    let of_file = |end: &&str| {
        let (stem, rest) = name.split_once(*end)?;
        is_version(rest).then(|| stem.strip_prefix("lib").unwrap_or(stem))
    };
    let known =
        || name.strip_prefix("lib").filter(|bare| known_libraries::by_library(bare).is_some());
    name.strip_prefix("-l")
        .or_else(|| ends.iter().find_map(of_file))
        .or_else(known)
        .filter(|bare| !bare.is_empty())
}
