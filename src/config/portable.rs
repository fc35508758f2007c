//! `pyproject.toml` in words that readers of TOML 1.0 understand. Pure.
//!
//! TOML 1.1 lets inline tables run over lines and end in a comma, strings hold `\e` and `\x41`, and
//! times go without seconds. Whoever installs from an sdist may have a frontend that refuses all
//! that, so an sdist says the same in the older form. What needs no change keeps its bytes.

use std::ops::Range;
use std::sync::Arc;

use toml_edit::{InlineTable, Item, Value};

use crate::config::toml;
use crate::error::Result;
use crate::model::SourceText;

/// The file's text for TOML 1.0, or `None` where it is that already.
///
/// # Errors
/// The text is not TOML at all.
pub fn toml_1_0(source: &Arc<SourceText>) -> Result<Option<String>> {
    let document = toml::parse(source)?;
    let mut changes = Vec::new();
    visit(document.as_item(), &source.text, &mut changes);
    if changes.is_empty() {
        return Ok(None);
    }
    changes.sort_by_key(|(span, _)| span.start);
    let mut text = source.text.clone();
    for (span, replacement) in changes.into_iter().rev() {
        text.replace_range(span, &replacement);
    }
    Ok(Some(text))
}

fn visit(item: &Item, text: &str, changes: &mut Vec<(Range<usize>, String)>) {
    match item {
        Item::None => {}
        Item::Value(value) => visit_value(value, text, changes),
        Item::Table(table) => table.iter().for_each(|(_, item)| visit(item, text, changes)),
        Item::ArrayOfTables(tables) => {
            for table in tables {
                table.iter().for_each(|(_, item)| visit(item, text, changes));
            }
        }
    }
}

fn visit_value(value: &Value, text: &str, changes: &mut Vec<(Range<usize>, String)>) {
    let Some(span) = value.span() else {
        // The table of a dotted key spans nothing itself.
        if let Value::InlineTable(table) = value {
            table.iter().for_each(|(_, value)| visit_value(value, text, changes));
        }
        return;
    };
    let spelled = &text[span.clone()];
    let is_new = match value {
        Value::InlineTable(table) => !table.is_dotted() && is_new_table(table, &span, text),
        Value::String(_) => has_new_escape(spelled),
        Value::Datetime(_) => spelled.matches(':').count() == 1 || lacks_seconds(spelled),
        _ => false,
    };
    match value {
        _ if is_new => changes.push((span, portable(value, text))),
        Value::Array(array) => array.iter().for_each(|value| visit_value(value, text, changes)),
        Value::InlineTable(table) => {
            table.iter().for_each(|(_, value)| visit_value(value, text, changes));
        }
        _ => {}
    }
}

/// Whether a table has a line end or a last comma of its own. Those of its values are older: strings
/// and arrays could always run over lines.
fn is_new_table(table: &InlineTable, span: &Range<usize>, text: &str) -> bool {
    let mut values: Vec<Range<usize>> =
        table.get_values().into_iter().filter_map(|(_, value)| value.span()).collect();
    values.sort_by_key(|value| value.start);
    let mut own = String::new();
    let mut end = span.start;
    for value in values {
        own.push_str(&text[end..value.start]);
        own.push('_');
        end = value.end;
    }
    own.push_str(&text[end..span.end]);
    let inside = own.strip_suffix('}').unwrap_or(&own);
    inside.contains('\n') || inside.trim_end().ends_with(',')
}

fn portable(value: &Value, text: &str) -> String {
    match value {
        Value::InlineTable(table) => portable_table(table, text),
        Value::Array(array) => {
            let items: Vec<String> = array.iter().map(|value| portable(value, text)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(string) if value.span().is_none_or(|span| has_new_escape(&text[span])) => {
            Value::from(string.value().as_str()).to_string()
        }
        Value::Datetime(time) => {
            let mut time = *time.value();
            if let Some(clock) = &mut time.time {
                clock.second = clock.second.or(Some(0));
            }
            time.to_string()
        }
        _ => value.span().map_or_else(|| value.to_string(), |span| text[span].to_owned()),
    }
}

fn portable_table(table: &InlineTable, text: &str) -> String {
    let pairs: Vec<String> = table
        .get_values()
        .into_iter()
        .map(|(keys, value)| {
            let keys: Vec<String> =
                keys.iter().map(|key| key.display_repr().into_owned()).collect();
            format!("{} = {}", keys.join("."), portable(value, text))
        })
        .collect();
    if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
}

/// Whether a string as it is spelled holds `\e` or `\x`. Literal strings have no escapes.
fn has_new_escape(spelled: &str) -> bool {
    if spelled.starts_with('\'') {
        return false;
    }
    let mut letters = spelled.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' && letters.next().is_some_and(|escaped| matches!(escaped, 'e' | 'x')) {
            return true;
        }
    }
    false
}

/// Whether a time with an offset, `10:30+02:00`, goes without seconds.
fn lacks_seconds(spelled: &str) -> bool {
    let clock = spelled.split(['T', 't', ' ']).next_back().unwrap_or_default();
    let local = clock.split(['+', '-', 'Z', 'z']).next().unwrap_or_default();
    local.matches(':').count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.into() });
        assert_eq!(toml_1_0(&source).unwrap().as_deref(), expected, "{text}");
    }

    #[test]
    fn older_toml_keeps_its_bytes() {
        check("[a] # c\nb = { c = 'x\\e', d.e = [\n  1,\n] }\nf = \"\"\"\n  two\n\"\"\"\n", None);
        check("a = { b = \"\"\"\n  two,\n\"\"\", c = { d = '''\n,''' } }\n", None);
        check("a = [\n  { b = 1 }, # kept\n]\nt = 10:30:00\ns = \"\\\\e\"\n", None);
    }

    #[test]
    fn newer_toml_is_said_in_the_older_form() {
        for (text, expected) in [
            ("a = {\n  b = 1,\n  c.d = 'x',\n}\n", "a = { b = 1, c.d = 'x' }\n"),
            ("a = [{ b = 1, }, 2]\n", "a = [{ b = 1 }, 2]\n"),
            ("a = { b = 1, }\nz = 1\n", "a = { b = 1 }\nz = 1\n"),
            ("a = \"\\x41\\e\"\n", "a = \"A\\u001B\"\n"),
            ("t = 10:30\n", "t = 10:30:00\n"),
            ("t = 2026-01-02T10:30+02:00\n", "t = 2026-01-02T10:30:00+02:00\n"),
        ] {
            check(text, Some(expected));
        }
    }
}
