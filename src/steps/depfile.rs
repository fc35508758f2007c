//! What a compiler says it read: the rules for make that GCC and clang write (`-MD`), and the JSON
//! of Microsoft's (`/sourceDependencies`). Pure.

use std::path::PathBuf;

use serde_json::Value;

/// The target of the rule that we ask for, so that it is known where the prerequisites begin.
pub const TARGET: &str = "read";

/// The files of a rule for make, in the order in which they were read.
/// <https://gcc.gnu.org/onlinedocs/gcc/Preprocessor-Options.html#index-MQ>: a space is escaped with
/// a backslash, a `#` too, and a `$` is doubled. A backslash is itself everywhere else, as in
/// Windows' paths.
pub fn from_make(text: &str) -> Vec<PathBuf> {
    let rule = text.strip_prefix(TARGET).and_then(|rest| rest.trim_start().strip_prefix(':'));
    let mut files = Vec::new();
    let mut name = String::new();
    let mut letters = rule.unwrap_or_default().chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(' ' | '#')) => name.extend(letters.next()),
            ('\\', Some('\n' | '\r')) => {} // the line goes on; its end parts names below
            ('$', Some('$')) => name.extend(letters.next()),
            (' ' | '\t' | '\r', _) => push(&mut files, &mut name),
            // A line that does not go on ends the rule; `-MP` would have others follow.
            ('\n', Some(' ' | '\t')) => push(&mut files, &mut name),
            ('\n', _) => break,
            _ => name.push(letter),
        }
    }
    push(&mut files, &mut name);
    files
}

fn push(files: &mut Vec<PathBuf>, name: &mut String) {
    if !name.is_empty() {
        files.push(PathBuf::from(std::mem::take(name)));
    }
}

/// The files of `/sourceDependencies`:
/// <https://learn.microsoft.com/en-us/cpp/build/reference/sourcedependencies>.
pub fn from_microsoft(text: &str) -> Vec<PathBuf> {
    let Ok(value) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        return Vec::new();
    };
    let data = &value["Data"];
    let includes = data["Includes"].as_array().into_iter().flatten();
    let files = std::iter::once(&data["Source"]).chain(includes);
    files.filter_map(Value::as_str).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_make() {
        let table: [(&str, &[&str]); 8] = [
            ("read: a.c\n", &["a.c"]),
            (
                "read: a.c /usr/include/x.h \\\n  b\\ c.h \\\n d.h\n",
                &["a.c", "/usr/include/x.h", "b c.h", "d.h"],
            ),
            ("read: a.c \\\r\n  b.h\r\n", &["a.c", "b.h"]),
            ("read: d$$1.h e\\#2.h f\\g.h\n", &["d$1.h", "e#2.h", "f\\g.h"]),
            ("read: C:\\src\\a.c C:\\my\\ dir\\b.h\n", &["C:\\src\\a.c", "C:\\my dir\\b.h"]),
            ("read: a.c b.h\n\nb.h:\n", &["a.c", "b.h"]),
            ("read: caf\u{e9}.h", &["caf\u{e9}.h"]),
            ("other: a.c\n", &[]),
        ];
        for (text, expected) in table {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(from_make(text), expected, "{text}");
        }
    }

    #[test]
    fn json_of_microsoft() {
        let text = r#"{"Version": "1.2", "Data": {"Source": "c:\\p\\a.c", "ProvidedModule": "",
            "Includes": ["c:\\p\\b.h", "c:\\sdk\\c.h"], "ImportedModules": []}}"#;
        let expected = ["c:\\p\\a.c", "c:\\p\\b.h", "c:\\sdk\\c.h"].map(PathBuf::from);
        assert_eq!(from_microsoft(text), expected);
        assert_eq!(from_microsoft("not JSON"), Vec::<PathBuf>::new());
    }
}
