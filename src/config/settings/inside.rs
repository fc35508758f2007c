//! Lists of paths and globs below the project root.

use crate::config::paths::{self, WayOut};
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::Spanned;

/// Reads a list of globs.
pub(super) fn globs(table: &TomlTable, key: &str) -> Result<Vec<Spanned<String>>> {
    let globs = table.strings(key)?.unwrap_or_default();
    for Spanned { value, span } in &globs {
        refuse_outside(table, key, value, span)?;
    }
    refuse_repeats(table, key, &globs)?;
    Ok(globs)
}

/// Refuses a path that leads out of the project.
pub(super) fn refuse_outside(
    table: &TomlTable,
    key: &str,
    path: &str,
    span: &std::ops::Range<usize>,
) -> Result<()> {
    let refused = |why: &str| {
        let message = format!("`{path}` in `{key}` {why}");
        table.error(span.clone(), message)
    };
    if path.is_empty() {
        return Err(table.error(span.clone(), format!("`{key}` holds an empty string")));
    }
    match paths::way_out(path) {
        None => Ok(()),
        Some(WayOut::Absolute) => Err(refused("is outside the project: it is an absolute path")
            .hint("write it relative to the folder of pyproject.toml")),
        Some(WayOut::Upwards) => Err(refused("is outside the project: it holds `..`")
            .hint("a wheel is made from files below the folder of pyproject.toml only")),
    }
}

/// Refuses a text that a list holds twice.
pub(super) fn refuse_repeats(
    table: &TomlTable,
    key: &str,
    values: &[Spanned<String>],
) -> Result<()> {
    for (index, Spanned { value, span }) in values.iter().enumerate() {
        if values[..index].iter().any(|earlier| earlier.value == *value) {
            return Err(table.error(span.clone(), format!("`{value}` is listed twice in `{key}`")));
        }
    }
    Ok(())
}
