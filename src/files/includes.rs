//! The `#include` lines of a text. Pure.

/// An `#include`.
pub(super) struct Include<'a> {
    /// The path that stands there.
    pub name: &'a str,
    /// `"x.h"` is looked for beside the file first, `<x.h>` is not.
    pub is_quoted: bool,
}

/// The includes of a text with their lines. In a builder they stand in strings, perhaps after
/// other words of the same line, and their quotes may have backslashes.
pub(super) fn includes(text: &str) -> impl Iterator<Item = (usize, Include<'_>)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let (before, after) = line.split_once('#')?;
        let name = after.trim_start().strip_prefix("include")?.trim_start();
        let name = name.strip_prefix('\\').unwrap_or(name);
        let is_comment = before.contains("//") || before.contains("/*");
        let (name, is_quoted) = match (name.strip_prefix('"'), name.strip_prefix('<')) {
            (Some(rest), _) => (rest.split(['"', '\\']).next()?, true),
            (_, Some(rest)) => (rest.split_once('>')?.0, false),
            _ => return None,
        };
        (!is_comment).then_some((index + 1, Include { name, is_quoted }))
    })
}
