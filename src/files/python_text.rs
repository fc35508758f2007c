//! The strings and imports that stand in a Python file, going by its text.

/// The string literals of a Python file with the lines that they begin in, counted from one. What
/// lies between the quotes comes as it was written, prefixes and escapes included.
pub(super) fn literals(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let (mut found, mut line, mut at) = (Vec::new(), 1, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => line += 1,
            b'#' => {
                let rest = bytes[at..].iter().position(|byte| *byte == b'\n');
                at += rest.unwrap_or(bytes.len() - at);
                continue;
            }
            b'"' | b'\'' => {
                let (start, end, next) = string(bytes, at);
                // Quotes are ASCII, so both ends lie between two letters.
                found.push((line, &text[start..end]));
                line += bytes[at..next].iter().filter(|byte| **byte == b'\n').count();
                at = next;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Where the text of the string whose quote is at `at` starts and ends, and where the code goes on.
/// A string that is not closed ends with its line, or with the file.
fn string(bytes: &[u8], at: usize) -> (usize, usize, usize) {
    let quote = bytes[at];
    let is_triple = bytes[at..].starts_with(&[quote; 3]);
    let closing = if is_triple { vec![quote; 3] } else { vec![quote] };
    let start = at + closing.len();
    let mut end = start;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 1,
            b'\n' if !is_triple => return (start, end, end),
            _ if bytes[end..].starts_with(&closing) => return (start, end, end + closing.len()),
            _ => {}
        }
        end += 1;
    }
    let start = start.min(bytes.len());
    (start, bytes.len(), bytes.len())
}

/// What a statement imports: a module, or a member of one, which may be a module too.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// The dots before the name: the levels up from the file, nothing for an absolute import.
    pub level: usize,
    /// Its full name after those dots.
    pub name: String,
}

/// The imports of a Python file, sorted as they stand there.
pub(super) fn imports(text: &str) -> Vec<Import> {
    let mut lines = text.lines().flat_map(|line| code(line).split(';').map(str::trim));
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if !line.starts_with("import ") && !line.starts_with("from ") {
            continue;
        }
        let mut statement = line.to_owned();
        while statement.ends_with('\\') || (statement.contains('(') && !statement.contains(')')) {
            let Some(next) = lines.next() else { break };
            statement = format!("{} {next}", statement.trim_end_matches('\\'));
        }
        found.extend(imported(&statement));
    }
    found
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split('#').next().unwrap_or_default()
}

fn imported(statement: &str) -> Vec<Import> {
    let names = |text: &str| -> Vec<String> {
        let words = text.trim().trim_start_matches('(').split([',', ')']);
        words.filter_map(|part| part.split_whitespace().next()).map(str::to_owned).collect()
    };
    if let Some(modules) = statement.strip_prefix("import ") {
        return names(modules).into_iter().map(|name| Import { level: 0, name }).collect();
    }
    let from = statement.strip_prefix("from ").and_then(|rest| rest.split_once(" import"));
    let Some((module, members)) = from else { return Vec::new() };
    let module = module.trim();
    let name = module.trim_start_matches('.');
    let level = module.len() - name.len();
    let member = |member: String| match name {
        "" => member,
        _ => format!("{name}.{member}"),
    };
    names(members).into_iter().map(|name| Import { level, name: member(name) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn strings_of_every_kind_are_found_with_their_lines() {
        let table: [(&str, &[(usize, &str)]); 8] = [
            ("a = 'x' + \"y\"", &[(1, "x"), (1, "y")]),
            ("# 'no'\n'yes' # \"no\"", &[(2, "yes")]),
            ("'''a\n'b'\n''' + 'c'", &[(1, "a\n'b'\n"), (3, "c")]),
            (r#"r"a\"b" '#'"#, &[(1, r#"a\"b"#), (1, "#")]),
            ("'' + \"\" + '''x'''", &[(1, ""), (1, ""), (1, "x")]),
            ("'open\n'next'", &[(1, "open"), (2, "next")]),
            ("\"\"\"open\n", &[(1, "open\n")]),
            ("'\u{e9}\\", &[(1, "\u{e9}\\")]),
        ];
        for (text, expected) in table {
            assert_eq!(literals(text), expected, "{text}");
        }
    }

    #[test]
    fn imports_of_every_kind_are_found() {
        for (text, expected) in [
            ("import a, b.c as d", "a b.c"),
            ("    import a; from b import c; f()", "a b.c"),
            ("from a import b as c, d", "a.b a.d"),
            ("from a import(b)", "a.b"),
            ("from .. import a", "..a"),
            ("from ...a.b import c  # why", "...a.b.c"),
            ("from a import (\n    b,  # why\n    c,\n)\nd", "a.b a.c"),
            ("from a import \\\n    b", "a.b"),
            ("importlib.find('a')\nfrom_file = 1\nfrom a", ""),
            ("from a import (b,", "a.b"),
        ] {
            let found = imports(text);
            let shown = found.iter().map(|one| format!("{}{}", ".".repeat(one.level), one.name));
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[a\u{e9}'\"\\\\#\n]{0,40}") {
            literals(&text);
            imports(&format!("from {text}"));
            imports(&format!("import {text}"));
        }
    }
}
