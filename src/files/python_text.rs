//! The strings and imports that stand in a Python file, going by its text. Pure.

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

/// A statement that imports a module, or something of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The line that it begins in, counted from one.
    pub line: usize,
    /// Whether it stands behind a condition, in a function or in a `try`: it may never happen.
    pub is_indented: bool,
    /// The dots before the name: the levels up from the file, nothing for an absolute import.
    pub level: usize,
    /// The module's full name after those dots; empty in `from . import a`.
    pub module: String,
    /// What it takes from the module, which may be modules too: `b` and `c` of `from a import b, c`.
    pub members: Vec<String>,
}

impl Import {
    /// The full names of its members, or that of the module where it names none.
    pub fn names(&self) -> Vec<String> {
        if self.members.is_empty() {
            return vec![self.module.clone()];
        }
        let dot = if self.module.is_empty() { "" } else { "." };
        self.members.iter().map(|member| format!("{}{dot}{member}", self.module)).collect()
    }
}

/// The imports of a Python file, as they stand there. What strings and comments hold is no code.
pub fn imports(text: &str) -> Vec<Import> {
    let mut found = Vec::new();
    for Statement { line, is_indented, code } in statements(text) {
        let one = |level, module: &str, members| {
            let module = module.to_owned();
            Import { line, is_indented, level, module, members }
        };
        if let Some(modules) = code.strip_prefix("import ") {
            found.extend(words(modules).iter().map(|module| one(0, module, Vec::new())));
        }
        let from = code.strip_prefix("from").filter(|rest| rest.starts_with([' ', '.']));
        if let Some((module, members)) = from.and_then(|rest| rest.split_once(" import")) {
            let (module, members) = (module.trim(), words(members.trim().trim_start_matches('(')));
            let name = module.trim_start_matches('.');
            let level = module.len() - name.len();
            found.extend((!members.is_empty()).then(|| one(level, name, members)));
        }
    }
    found
}

/// The first word of each part between commas.
fn words(list: &str) -> Vec<String> {
    let parts = list.split([',', ')']);
    parts.filter_map(|part| part.split_whitespace().next()).map(str::to_owned).collect()
}

/// A statement, or the head of one that holds others, in one line. Quotes stand for its strings, and nothing for its
/// comments.
struct Statement {
    line: usize,
    is_indented: bool,
    code: String,
}

fn statements(text: &str) -> Vec<Statement> {
    let (mut found, mut current) = (Vec::new(), None);
    let (mut at, mut line, mut begin_of_line, mut depth) = (0, 1, 0, 0_usize);
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let (mut shown, mut next) = (letter, at + letter.len_utf8());
        match letter {
            '#' => next = at + rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => next = string(text.as_bytes(), at).2,
            '\\' => {
                let behind = rest[1..].strip_prefix('\r').unwrap_or(&rest[1..]);
                if behind.starts_with('\n') {
                    (shown, next) = (' ', text.len() - behind.len() + 1);
                }
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '\n' if depth > 0 => shown = ' ',
            _ => {}
        }
        match shown {
            '#' => {}
            '\n' => found.extend(current.take()),
            ';' if depth == 0 => found.extend(current.take()),
            _ if shown.is_whitespace() && current.is_none() => {}
            _ => {
                let is_indented = text[begin_of_line..].starts_with([' ', '\t']);
                let begun = || Statement { line, is_indented, code: String::new() };
                current.get_or_insert_with(begun).code.push(shown);
            }
        }
        let newlines = text[at..next].matches('\n').count();
        if newlines > 0 {
            (line, begin_of_line) = (line + newlines, next);
        }
        at = next;
    }
    found.extend(current);
    found
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
            ("from.a import b, \\\r\n  c", ".a.b .a.c"),
            ("(x\n)\nimport a", "a"),
        ] {
            let found = imports(text);
            let shown = found.iter().flat_map(|one| {
                let names = one.names().into_iter();
                names.map(|name| format!("{}{name}", ".".repeat(one.level)))
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{text}");
        }
    }

    #[test]
    fn imports_are_found_with_their_lines() {
        for (text, expected) in [
            ("import a.b as c, d", "1a.b 1d"),
            ("from a.b import (\n    c,\n)\nimport d", "1a.b 4d"),
            ("try:\n    import a\nexcept ImportError: import b", "2a?"),
            ("if x:\n\timport a; import b\nimport c", "2a? 2b? 3c"),
            ("f(a,\n  import_b)\nimport c", "3c"),
            ("'''\nimport a\n'''\nimport b # import c", "4b"),
            ("x = '''\n  import a\n'''; import b", "3b"),
            ("\"import a\"; import b", "1b"),
            ("x = '#'; import a\r\nimport b", "1a 2b"),
            ("important = 1\nfrom_here = 2", ""),
        ] {
            let found = imports(text).into_iter().map(|one| {
                format!("{}{}{}", one.line, one.module, if one.is_indented { "?" } else { "" })
            });
            assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[a\u{e9}'\"\\\\#\n;()]{0,40}") {
            literals(&text);
            imports(&format!("from {text}"));
            imports(&format!("import {text}"));
        }
    }
}
