//! The strings that stand in a Python file, going by its text.

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

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[a\u{e9}'\"\\\\#\n]{0,40}") {
            literals(&text);
        }
    }
}
