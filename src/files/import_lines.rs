//! Which modules a Python file imports, and in which lines: going by its text. Pure.

use std::collections::BTreeSet;

use crate::files::python_text;

/// An import of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLine {
    /// The first part of the module's name.
    pub module: String,
    /// The line, counted from one.
    pub line: usize,
    /// Whether it stands behind a condition, in a function or in a `try`: it may never happen.
    pub is_indented: bool,
}

/// The imports of a file, but for those of its own package.
pub fn import_lines(text: &str) -> Vec<ImportLine> {
    let inside = lines_of_strings(text);
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(at, _)| !inside.contains(&(at + 1))) {
        for statement in line.split('#').next().unwrap_or_default().split(';') {
            let is_indented = line.starts_with([' ', '\t']);
            for module in modules(statement.trim()) {
                found.push(ImportLine { module, line: at + 1, is_indented });
            }
        }
    }
    found
}

/// The lines behind the first of each string, which are text and no code.
fn lines_of_strings(text: &str) -> BTreeSet<usize> {
    let strings = python_text::literals(text).into_iter();
    let lines = strings.flat_map(|(line, string)| line + 1..=line + string.matches('\n').count());
    lines.collect()
}

fn modules(statement: &str) -> Vec<String> {
    let first = |name: &str| {
        let name = name.split_whitespace().next()?.split('.').next()?;
        (!name.is_empty()).then(|| name.to_owned())
    };
    if let Some(names) = statement.strip_prefix("import ") {
        return names.split(',').filter_map(first).collect();
    }
    let from = statement.strip_prefix("from ").filter(|rest| rest.contains(" import"));
    from.and_then(first).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_with_their_lines() {
        for (text, expected) in [
            ("import a.b as c, d", "1a 1d"),
            ("from a.b import (\n    c,\n)\nimport d", "1a 4d"),
            ("try:\n    import a\nexcept ImportError: import b", "2a?"),
            ("from . import a\nfrom .b import c", ""),
            ("'''\nimport a\n'''\nimport b # import c", "4b"),
            ("\"import a\"; import b", "1b"),
            ("important = 1\nfrom_here = 2", ""),
        ] {
            let found = import_lines(text).into_iter().map(|one| {
                format!("{}{}{}", one.line, one.module, if one.is_indented { "?" } else { "" })
            });
            assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{text}");
        }
    }
}
