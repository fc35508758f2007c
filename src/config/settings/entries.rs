//! `cffi_modules`: the entries, as text or as tables.

use crate::config::builder;
use crate::config::settings::condition::{self, IF};
use crate::config::toml::{TextOrTable, TomlTable};
use crate::error::{Error, Result};
use crate::model::{ModuleEntry, Spanned};

/// The keys of an entry that is a table.
pub const ENTRY: &str = "entry";
/// See [`ENTRY`].
pub const OPTIONAL: &str = "optional";

const SHAPE: &str = "write `{ entry = \"script:object\", optional = true }`";

/// Reads the entries of a table of settings, in order.
///
/// # Errors
/// Both spellings of the key are there, an entry is none, or one comes twice and nothing tells
/// when each of them counts.
pub(super) fn entries(table: &TomlTable) -> Result<Vec<Spanned<ModuleEntry>>> {
    let (name, alias) = ("cffi_modules", "cffi-modules");
    let key = match (table.item(name), table.item(alias)) {
        (Some(_), Some(second)) => {
            let message = format!("`{name}` and `{alias}` are the same setting");
            return Err(table.error(second.span, message).hint("keep one of them"));
        }
        (None, Some(_)) => alias,
        _ => name,
    };
    let is_text = table.item(key).is_some_and(|item| item.value.is_str());
    let found: Vec<Spanned<ModuleEntry>> = match is_text {
        true => {
            table.string(key)?.map(|text| plain(table, text)).into_iter().collect::<Result<_>>()
        }
        false => {
            let items = table.texts_and_tables(key)?.unwrap_or_default();
            items.into_iter().map(|item| entry(table, item)).collect()
        }
    }?;
    refuse_repeats(table, key, &found)?;
    Ok(found)
}

fn entry(table: &TomlTable, item: Spanned<TextOrTable>) -> Result<Spanned<ModuleEntry>> {
    let Spanned { value, span } = item;
    let inner = match value {
        TextOrTable::Text(text) => return plain(table, Spanned::new(text, span)),
        TextOrTable::Table(inner) => inner,
    };
    let known = [ENTRY, OPTIONAL, IF];
    condition::refuse_misplaced(&inner, &known)?;
    inner.refuse_unknown(&known)?;
    let Some(text) = inner.string(ENTRY)? else {
        let message = format!("`{}` has no `{ENTRY}`", inner.name);
        return Err(table.error(span, message).hint(SHAPE));
    };
    let condition = condition::read_if_any(&inner, span)?;
    let optional = inner.boolean(OPTIONAL)?.unwrap_or_default();
    let Spanned { value, span } = plain(table, text)?;
    Ok(Spanned::new(ModuleEntry { optional, condition, ..value }, span))
}

fn plain(table: &TomlTable, text: Spanned<String>) -> Result<Spanned<ModuleEntry>> {
    let Spanned { value, span } = text;
    match builder::parse(&value) {
        Ok(builder) => {
            Ok(Spanned::new(ModuleEntry { builder, optional: false, condition: None }, span))
        }
        Err(error) => Err(error.at(table.source, span)),
    }
}

/// The same entry may stand there for several conditions, but not twice for everywhere.
fn refuse_repeats(table: &TomlTable, key: &str, found: &[Spanned<ModuleEntry>]) -> Result<()> {
    let is_same = |one: &ModuleEntry, other: &ModuleEntry| {
        one.builder == other.builder && (one.condition == other.condition)
    };
    for (index, Spanned { value, span }) in found.iter().enumerate() {
        if found[..index].iter().any(|earlier| is_same(&earlier.value, value)) {
            let message = format!("`{}` is listed twice in `{key}`", value.builder);
            return Err(Error::new(message).at(table.source, span.clone()));
        }
    }
    Ok(())
}
