//! Values and tables of TOML as a person would write them.

use toml_edit::{Array, InlineTable, Item, Table, Value};

/// The widest line that an array is written into.
const WIDTH: usize = 88;

/// An array of strings: in one line, or with a line for each.
pub(super) fn strings<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Value {
    array(items.into_iter().map(|item| Value::from(item.as_ref())))
}

/// An array: in one line if it fits, else with a line for each item.
pub(super) fn array(items: impl IntoIterator<Item = Value>) -> Value {
    let mut array = Array::new();
    for item in items {
        array.push(item);
    }
    if array.to_string().len() > WIDTH {
        for item in array.iter_mut() {
            item.decor_mut().set_prefix("\n    ");
        }
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    Value::Array(array)
}

/// Sets a key, unless the value holds nothing.
pub(super) fn set(table: &mut Table, key: &str, value: impl Into<Value>) {
    let value = value.into();
    let is_empty = match &value {
        Value::Array(array) => array.is_empty(),
        Value::InlineTable(table) => table.is_empty(),
        _ => false,
    };
    if !is_empty {
        table.insert(key, Item::Value(value));
    }
}

/// A table of strings under a heading of its own.
pub(super) fn text_table<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Item {
    let mut table = Table::new();
    for (key, value) in entries {
        table.insert(key, toml_edit::value(value));
    }
    Item::Table(table)
}

/// A table of `[tool]` or of the root, made if it is not there.
pub(super) fn table_of<'a>(parent: &'a mut Table, key: &str) -> Option<&'a mut Table> {
    parent.entry(key).or_insert_with(|| Item::Table(Table::new())).as_table_mut()
}

/// A text with the line breaks of the file that it takes the place of; toml_edit writes `\n` alone.
pub fn with_line_breaks_of(before: &str, text: String) -> String {
    match before.contains("\r\n") {
        true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => text,
    }
}

/// `{ file = "README.md", content-type = "text/x-rst" }`
pub(super) fn inline(entries: &[(&str, Value)]) -> InlineTable {
    let mut table = InlineTable::new();
    for (key, value) in entries {
        table.insert(*key, value.clone());
    }
    table
}
