//! Makes text harmless that others chose: names of files, keys, values, messages.

use std::borrow::Cow;
use std::fmt::Write;

/// Text as part of a line of ours: control characters, and those that turn the direction of writing
/// around, are written as escapes (`\n`, `\x1b`, `\u{202e}`). Else a file name could move the cursor,
/// pass for a line of ours, or show another name than it has.
pub fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter != '\t' && commands_a_terminal(letter), escape)
}

/// The same for a text whose own lines stay: each part of it went through [`one_line`].
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    let is_unsafe = |letter| !matches!(letter, '\t' | '\n') && commands_a_terminal(letter);
    escaped(text, is_unsafe, escape)
}

/// The same for JSON, which stays JSON of the same value: all such characters stand in strings.
pub fn json(text: &str) -> Cow<'_, str> {
    let is_unsafe = |letter| letter != '\n' && commands_a_terminal(letter);
    escaped(text, is_unsafe, |letter| format!("\\u{:04x}", u32::from(letter)))
}

/// The same with as many bytes as before, for text that offsets point into: a control character of
/// the C1 set becomes a dot. (What renders the text replaces all others.)
pub(super) fn same_length(text: &str) -> Cow<'_, str> {
    let is_c1 = |letter| matches!(letter, '\u{80}'..='\u{9f}');
    escaped(text, is_c1, |_| "\u{b7}".to_owned())
}

fn commands_a_terminal(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || turns || matches!(letter, '\u{2028}' | '\u{2029}')
}

fn escape(letter: char) -> String {
    match letter {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        _ if u32::from(letter) < 0x100 => format!("\\x{:02x}", u32::from(letter)),
        _ => letter.escape_unicode().to_string(),
    }
}

fn escaped(
    text: &str,
    is_unsafe: impl Fn(char) -> bool,
    escape: impl Fn(char) -> String,
) -> Cow<'_, str> {
    if !text.contains(&is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        let _ = match is_unsafe(letter) {
            true => safe.write_str(&escape(letter)),
            false => safe.write_char(letter),
        };
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_is_written_as_an_escape() {
        let table = [
            (
                "src/caf\u{e9}.c \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
                "src/caf\u{e9}.c \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
            ),
            ("a\tb", "a\tb"),
            ("\x1b[31mred", "\\x1b[31mred"),
            ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
            ("a\nerror: b\r", "a\\nerror: b\\r"),
            ("\u{9b}2J\x7f\0\x08", "\\x9b2J\\x7f\\x00\\x08"),
            ("\u{202e}c.h\u{2069}\u{2028}", "\\u{202e}c.h\\u{2069}\\u{2028}"),
        ];
        for (text, expected) in table {
            assert_eq!(one_line(text), expected);
            assert_eq!(lines(text).replace('\n', "\\n"), expected);
        }
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({ "a\u{9b}\x7f": "\x1b[1m\n\u{202e}\u{e9}" });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let safe = json(&text);
        assert!(!safe.contains(['\u{9b}', '\x7f', '\x1b', '\u{202e}']), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn offsets_stay_right() {
        assert_eq!(same_length("a\u{9b}b").len(), "a\u{9b}b".len());
    }
}
