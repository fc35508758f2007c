//! Typed access to the tables of `pyproject.toml`; every error points at the user's line.

use std::ops::Range;
use std::sync::Arc;

use toml_edit::{Item, TableLike};

use crate::config::toml_duplicates::{self, DuplicateKey};
use crate::config::toml_forms::{WantedType, form, in_quotes, item_form};
use crate::error::{Error, Result, nearest};
use crate::model::{SourceText, Spanned};

/// The parsed file. Spans of its items are byte ranges of the [`SourceText`].
pub type TomlDocument = toml_edit::Document<String>;

/// Parses the file.
///
/// # Errors
/// The text is not TOML; the error points at the place where it stops to be.
pub fn parse(source: &Arc<SourceText>) -> Result<TomlDocument> {
    TomlDocument::parse(source.text.clone()).map_err(|e| {
        let twice = e.span().filter(|_| e.message() == "duplicate key");
        if let Some((twice, span)) =
            twice.and_then(|span| Some((toml_duplicates::find(&source.text, &span)?, span)))
        {
            return duplicate(source, &twice, span);
        }
        let error = Error::new(format!("`{}` is not valid TOML: {}", source.name, e.message()));
        let Some(span) = e.span() else { return error };
        let unquoted = unquoted_text(&source.text, span.start);
        unquoted.into_iter().fold(error.at(source, span), Error::hint)
    })
}

fn duplicate(source: &Arc<SourceText>, twice: &DuplicateKey, span: Range<usize>) -> Error {
    let message =
        format!("`{}` is not valid TOML: the key `{}` is there twice", source.name, twice.name);
    let error = Error::new(message).at(source, span).hint(&twice.hint);
    match twice.first {
        Some(line) => error.note(format!("the first is in line {line}")),
        None => error,
    }
}

/// The hint for a value that reads as a number at first: `version = 0.3.1`.
fn unquoted_text(text: &str, at: usize) -> Option<String> {
    let begin = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let (key, value) = text[begin..].lines().next()?.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    let is_bare = value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !value.contains(['"', '\'', '[', '{', '#', ',']);
    (is_bare && begin + key.len() < at).then(|| in_quotes(key, value))
}

/// The dotted key whose value (or name) covers these bytes: the innermost one.
pub fn key_at(source: &Arc<SourceText>, span: &Range<usize>) -> Option<String> {
    let document = parse(source).ok()?;
    let mut table = TomlTable::root(source, &document);
    let mut path = None;
    while let Some(key) = table.key_covering(span) {
        path = Some(table.path(&key));
        match table.table(&key) {
            Ok(Some(inner)) => table = inner,
            _ => break,
        }
    }
    path
}

/// A table with its full name.
#[derive(Clone)]
pub struct TomlTable<'a> {
    /// The file it stands in.
    pub source: &'a Arc<SourceText>,
    /// The dotted name: `tool.officina`; empty for the root.
    pub name: String,
    items: &'a dyn TableLike,
}

impl<'a> TomlTable<'a> {
    /// The whole document.
    pub fn root(source: &'a Arc<SourceText>, document: &'a TomlDocument) -> Self {
        TomlTable { source, name: String::new(), items: document.as_table() }
    }

    /// The full name of one of its keys: `tool.officina.packages`.
    pub fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// The keys, with the bytes that spell them, in the order of the file.
    pub fn keys(&self) -> Vec<Spanned<String>> {
        self.items
            .iter()
            .filter_map(|(key, _)| self.items.get_key_value(key))
            .map(|(key, item)| {
                let span = key.span().or_else(|| item.span()).unwrap_or(0..0);
                Spanned::new(key.get().to_owned(), span)
            })
            .collect()
    }

    /// The raw item of a key, with the bytes of its value.
    pub fn item(&self, key: &str) -> Option<Spanned<&'a Item>> {
        let item = self.items.get(key)?;
        Some(Spanned::new(item, self.span_of(key, item)))
    }

    /// A table under this one, `None` if absent.
    ///
    /// # Errors
    /// The key holds something else.
    pub fn table(&self, key: &str) -> Result<Option<TomlTable<'a>>> {
        let Some(Spanned { value: item, span }) = self.item(key) else { return Ok(None) };
        match item.as_table_like() {
            Some(items) => Ok(Some(TomlTable { source: self.source, name: self.path(key), items })),
            None => Err(self.wrong_type(key, WantedType::Table, item, span)),
        }
    }

    /// A string, `None` if absent.
    ///
    /// # Errors
    /// The key holds something else.
    pub fn string(&self, key: &str) -> Result<Option<Spanned<String>>> {
        let Some(Spanned { value: item, span }) = self.item(key) else { return Ok(None) };
        match item.as_str() {
            Some(text) => Ok(Some(Spanned::new(text.to_owned(), span))),
            None => Err(self.wrong_type(key, WantedType::Text, item, span)),
        }
    }

    /// `true` or `false`, `None` if absent.
    ///
    /// # Errors
    /// The key holds something else.
    pub fn boolean(&self, key: &str) -> Result<Option<bool>> {
        let Some(Spanned { value: item, span }) = self.item(key) else { return Ok(None) };
        match item.as_bool() {
            Some(value) => Ok(Some(value)),
            None => Err(self.wrong_type(key, WantedType::Switch, item, span)),
        }
    }

    /// A list of strings, `None` if absent.
    ///
    /// # Errors
    /// The key holds something else, or the list does; the error points at the wrong element.
    pub fn strings(&self, key: &str) -> Result<Option<Vec<Spanned<String>>>> {
        let Some(Spanned { value: item, span }) = self.item(key) else { return Ok(None) };
        let Some(array) = item.as_array() else {
            return Err(self.wrong_type(key, WantedType::Texts, item, span));
        };
        let string = |value: &toml_edit::Value| {
            let place = value.span().unwrap_or_else(|| span.clone());
            match value.as_str() {
                Some(text) => Ok(Spanned::new(text.to_owned(), place)),
                None => Err(self.wrong_item(key, WantedType::Texts, value, place)),
            }
        };
        array.iter().map(string).collect::<Result<_>>().map(Some)
    }

    /// A list of tables in either spelling, inline or `[[...]]`; `None` if absent.
    ///
    /// # Errors
    /// The key holds something else, or the list does; the error points at the wrong element.
    pub fn tables(&self, key: &str) -> Result<Option<Vec<Spanned<TomlTable<'a>>>>> {
        let Some(Spanned { value: item, span }) = self.item(key) else { return Ok(None) };
        let named = |index: usize, items: &'a dyn TableLike, place: Option<Range<usize>>| {
            let name = format!("{}[{index}]", self.path(key));
            let table = TomlTable { source: self.source, name, items };
            Spanned::new(table, place.unwrap_or_else(|| span.clone()))
        };
        if let Some(array) = item.as_array_of_tables() {
            let tables = array.iter().enumerate();
            return Ok(Some(tables.map(|(i, table)| named(i, table, table.span())).collect()));
        }
        let Some(array) = item.as_array() else {
            return Err(self.wrong_type(key, WantedType::Tables, item, span));
        };
        let table = |(index, value): (usize, &'a toml_edit::Value)| match value.as_inline_table() {
            Some(items) => Ok(named(index, items, value.span())),
            None => {
                let place = value.span().unwrap_or_else(|| span.clone());
                Err(self.wrong_item(key, WantedType::Tables, value, place))
            }
        };
        array.iter().enumerate().map(table).collect::<Result<_>>().map(Some)
    }

    /// A list of strings and tables; `None` if absent.
    ///
    /// # Errors
    /// The key holds something else, or the list does; the error points at the wrong element.
    pub fn texts_and_tables(&self, key: &str) -> Result<Option<Vec<Spanned<TextOrTable<'a>>>>> {
        let Some(Spanned { value: item, span }) = self.item(key) else { return Ok(None) };
        if item.is_array_of_tables() {
            let tables = self.tables(key)?.unwrap_or_default().into_iter();
            let tables = tables.map(|one| Spanned::new(TextOrTable::Table(one.value), one.span));
            return Ok(Some(tables.collect()));
        }
        let Some(array) = item.as_array() else {
            return Err(self.wrong_type(key, WantedType::TextsAndTables, item, span));
        };
        let one = |(index, value): (usize, &'a toml_edit::Value)| {
            let place = value.span().unwrap_or_else(|| span.clone());
            match value {
                toml_edit::Value::String(text) => {
                    Ok(Spanned::new(TextOrTable::Text(text.value().clone()), place))
                }
                toml_edit::Value::InlineTable(items) => {
                    let name = format!("{}[{index}]", self.path(key));
                    let table = TomlTable { source: self.source, name, items };
                    Ok(Spanned::new(TextOrTable::Table(table), place))
                }
                other => {
                    let (path, kind) = (self.path(key), value_kind(other));
                    let message = format!("`{path}` must hold strings and tables only, not {kind}");
                    Err(self.error(place, message))
                }
            }
        };
        array.iter().enumerate().map(one).collect::<Result<_>>().map(Some)
    }

    /// Refuses keys that nobody reads, offering the nearest one that exists.
    ///
    /// # Errors
    /// There is such a key.
    pub fn refuse_unknown(&self, known: &[&str]) -> Result<()> {
        for key in self.keys() {
            if known.contains(&key.value.as_str()) {
                continue;
            }
            let error =
                self.error(key.span.clone(), format!("unknown key `{}`", self.path(&key.value)));
            return Err(match nearest(&key.value, known.iter().copied()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("known keys: {}", known.join(", "))),
            });
        }
        Ok(())
    }

    /// An error that points into this file.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> Error {
        Error::new(message).at(self.source, span)
    }

    fn wrong_type(&self, key: &str, wanted: WantedType, item: &Item, span: Range<usize>) -> Error {
        let found = item.as_value().map_or("a table", value_kind);
        let found = if item.is_array_of_tables() { "a list" } else { found };
        let spelled = self.source.text.get(span.clone()).unwrap_or_default();
        let (path, words) = (self.path(key), wanted.words());
        let error = self.error(span, format!("`{path}` must be {words}, not {found}"));
        form(wanted, &path, key, item, spelled).into_iter().fold(error, Error::hint)
    }

    fn wrong_item(
        &self,
        key: &str,
        wanted: WantedType,
        value: &toml_edit::Value,
        span: Range<usize>,
    ) -> Error {
        let kinds = if wanted == WantedType::Texts { "strings" } else { "tables" };
        let (path, found) = (self.path(key), value_kind(value));
        let spelled = self.source.text.get(span.clone()).unwrap_or_default();
        let error = self.error(span, format!("`{path}` must hold {kinds} only, not {found}"));
        item_form(wanted, &path, key, value, spelled).into_iter().fold(error, Error::hint)
    }

    fn key_covering(&self, span: &Range<usize>) -> Option<String> {
        let covers = |place: Range<usize>| place.start <= span.start && span.end <= place.end;
        // A `[table]` that only has sub-tables spans nothing itself.
        let within = |item: &Item| match item.as_table_like() {
            Some(items) => {
                let inner = TomlTable { source: self.source, name: String::new(), items };
                inner.key_covering(span).is_some()
            }
            None => false,
        };
        self.items.iter().find_map(|(key, item)| {
            let spelled = self.items.get_key_value(key).and_then(|(key, _)| key.span());
            let found = spelled.is_some_and(covers) || item.span().is_some_and(covers);
            (found || within(item)).then(|| key.to_owned())
        })
    }

    fn span_of(&self, key: &str, item: &Item) -> Range<usize> {
        item.span()
            .or_else(|| self.items.get_key_value(key).and_then(|(key, _)| key.span()))
            .unwrap_or(0..0)
    }
}

/// An item of a list that holds both.
pub enum TextOrTable<'a> {
    /// A string.
    Text(String),
    /// A table.
    Table(TomlTable<'a>),
}

fn value_kind(value: &toml_edit::Value) -> &'static str {
    match value {
        toml_edit::Value::String(_) => "a string",
        toml_edit::Value::Integer(_) => "an integer",
        toml_edit::Value::Float(_) => "a float",
        toml_edit::Value::Boolean(_) => "a boolean",
        toml_edit::Value::Datetime(_) => "a date",
        toml_edit::Value::Array(_) => "a list",
        toml_edit::Value::InlineTable(_) => "a table",
    }
}

#[cfg(test)]
mod tests;
