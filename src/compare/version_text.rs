//! Files that say a version and nothing else, which each tool for versions words in its own way.

use std::collections::BTreeMap;

use crate::config::metadata::without_comments;

/// Whether both texts say this version, and the new one has all that the old one offers.
pub fn says_the_same(path: &str, before: &str, after: &str, version: &str) -> bool {
    if version.is_empty() {
        return false;
    }
    if !path.ends_with(".py") {
        return before.trim() == version && after.trim() == version;
    }
    let (Some(before), Some(after)) = (Constants::of(before), Constants::of(after)) else {
        return false;
    };
    let is_version = |value: &&String| **value == format!("'{version}'");
    before.0.values().any(|value| is_version(&value))
        && before.0.iter().all(|(name, value)| match after.0.get(name) {
            Some(other) => value == other || is_worded_freely(name),
            None => false,
        })
}

/// What tools make of a version as they like: its parts, and its commit.
fn is_worded_freely(name: &str) -> bool {
    ["tuple", "info", "commit"].iter().any(|part| name.to_lowercase().contains(part))
}

/// The names that a module gives values to, with the texts of these.
struct Constants(BTreeMap<String, String>);

impl Constants {
    /// `None` if the module does something else too.
    fn of(text: &str) -> Option<Self> {
        let mut found = BTreeMap::new();
        for statement in statements(&without_comments(text)) {
            let (first, rest) = statement.split_once([' ', ':', '=']).unwrap_or((&statement, ""));
            match first {
                _ if statement.starts_with(['"', '\'']) => {}
                // For type checkers: what stands in the two branches are names of types.
                "if" | "else" if matches!(rest.trim(), "TYPE_CHECKING:" | "") => {}
                "from" if rest.trim_start().starts_with("__future__ ") => {}
                "__all__" | "TYPE_CHECKING" => {}
                _ => assignment(&statement, &mut found)?,
            }
        }
        Some(Constants(found))
    }
}

/// `a = b = 'x'`, `a: str = 'x'`, and `a: str`, which offers nothing.
fn assignment(statement: &str, found: &mut BTreeMap<String, String>) -> Option<()> {
    let mut parts: Vec<&str> = statement.split('=').map(str::trim).collect();
    let value = if parts.len() > 1 { parts.pop()? } else { "" };
    for target in parts {
        let (name, kind) = target.split_once(':').unwrap_or((target, ""));
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        if !name.trim().chars().all(is_name) || (value.is_empty() && kind.is_empty()) {
            return None;
        }
        if !value.is_empty() {
            // In a text with both, one is not what ends it.
            let has_both = value.contains('"') && value.contains('\'');
            let value = if has_both { value.to_owned() } else { value.replace('"', "'") };
            found.insert(name.trim().to_owned(), value);
        }
    }
    Some(())
}

/// The lines at the left edge, each with those that belong to it, where these are of brackets.
fn statements(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let open = found.last_mut().filter(|last| last.contains(['(', '[']) && is_open(last));
        match open {
            Some(last) => last.push_str(line.trim()),
            None if line.starts_with([' ', '\t']) => {}
            None => found.push(line.trim_end().to_owned()),
        }
    }
    found
}

fn is_open(text: &str) -> bool {
    let count = |brackets: &str| text.chars().filter(|c| brackets.contains(*c)).count();
    count("([") > count(")]")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCM: &str = "# made by a tool\n__all__ = [\n    \"version\",\n]\n\nTYPE_CHECKING = False\n\
        if TYPE_CHECKING:\n    from typing import Tuple\n    VERSION_TUPLE = Tuple[str, ...]\nelse:\n    \
        VERSION_TUPLE = object\n\nversion: str\n\n__version__ = version = '1.5'\n\
        __version_tuple__ = version_tuple = (1, 5)\ncommit_id = None\n";
    const OURS: &str = "from __future__ import annotations\n\n__all__ = [\n    \"version\",\n]\n\n\
        version: str\n__version__ = version = '1.5'\n\
        __version_tuple__ = version_tuple = (\n    1,\n    5,\n)\n__commit_id__ = commit_id = 'g12'\n";

    #[test]
    fn a_version_may_be_said_in_other_words_and_nothing_else() {
        let table = [
            ("p/_version.py", SCM, OURS, true),
            ("p/_version.py", "v = '1.5'\n", "v: str = \"1.5\"  # now\n", true),
            ("p/_version.py", "v = '1.5'\n", "version = '1.5'\n", false),
            ("p/_version.py", "v = '1.5'\n", "v = '1.6'\nw = '1.5'\n", false),
            ("p/_version.py", "v = '1.5'\nABI = 3\n", "v = '1.5'\nABI = 4\n", false),
            ("p/conversion.py", "x = 1  # as of 1.5\n", "x = 2  # as of 1.5\n", false),
            ("p/v.py", "v = '1.5'\nC = 'a #1'\n", "v = '1.5'\nC = 'a #2'\n", false),
            ("p/v.py", "v = '1.5'\nC = \"a' #1\"\n", "v = '1.5'\nC = \"a' #2\"\n", false),
            ("p/v.py", "v = '1.5'\nC = ('a', # b\n 2)\n", "v = '1.5'\nC = ('a',\n2) # c\n", true),
            ("p/v.py", "v = '1.5'\nC = ('a #', 1)\n", "v = '1.5'\nC = ('a #', 2)\n", false),
            ("p/v.py", "v = '1.5'#1\nC = 'a #1'#2\n", "v = '1.5'\nC = \"a #1\"\n", true),
            ("p/v.py", "v = '1.5'\nC = '\\' #1'\n", "v = '1.5'\nC = '\\' #2'\n", false),
            ("p/v.py", "v = '1.5'\nC = 'a\"b'\n", "v = '1.5'\nC = \"a'b\"\n", false),
            ("p/v.py", "# 'v\nv = '1.5'\n", "v = '1.5' # it's\n", true),
            (
                "p/version.py",
                "v = '1.5'\ndef f():\n    return 1\n",
                "v = '1.5'\ndef f():\n    pass\n",
                false,
            ),
            ("p/version.py", "v = '1.5'\nprint(v)\n", "v = '1.5'\n", false),
            ("p/VERSION.txt", "1.5\n\n", "1.5", true),
            ("p/versions.txt", "1.5\n1.4\n", "1.5\n", false),
        ];
        for (path, before, after, expected) in table {
            let found = says_the_same(path, before, after, "1.5");
            assert_eq!(found, expected, "{path}: {before} -> {after}");
            assert!(!says_the_same(path, before, after, ""), "{path}");
        }
    }
}
