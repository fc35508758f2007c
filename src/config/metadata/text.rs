//! Strings that become one line of `METADATA` or `entry_points.txt`: none may start a second one.

use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::Spanned;

/// Whether a string would span lines, in the eyes of any reader of the format: Python's
/// `str.splitlines` knows more line ends than `\n`.
pub(super) fn breaks_line(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// A string of one line, `None` if absent.
///
/// # Errors
/// The key holds something else.
pub(super) fn string(table: &TomlTable<'_>, key: &str) -> Result<Option<Spanned<String>>> {
    let text = table.string(key)?;
    if let Some(text) = &text {
        check(table, &table.path(key), text)?;
    }
    Ok(text)
}

/// A list of strings of one line each; empty if absent.
///
/// # Errors
/// The key holds something else.
pub(super) fn strings(table: &TomlTable<'_>, key: &str) -> Result<Vec<Spanned<String>>> {
    let list = table.strings(key)?.unwrap_or_default();
    list.iter().try_for_each(|text| check(table, &table.path(key), text))?;
    Ok(list)
}

/// A table of strings, as pairs in the order written; keys and values are of one line.
///
/// # Errors
/// A value is something else.
pub(super) fn pairs(table: &TomlTable<'_>) -> Result<Vec<(Spanned<String>, Spanned<String>)>> {
    let mut pairs = Vec::new();
    for key in table.keys() {
        check(table, &format!("{}` key `{}", table.name, key.value.escape_debug()), &key)?;
        if let Some(value) = string(table, &key.value)? {
            pairs.push((key, value));
        }
    }
    Ok(pairs)
}

fn check(table: &TomlTable<'_>, what: &str, text: &Spanned<String>) -> Result<()> {
    if breaks_line(&text.value) {
        let message = format!("`{what}` holds a line break or a control character");
        return Err(table.error(text.span.clone(), message).hint("write it on one line"));
    }
    Ok(())
}
