//! Lists of texts: of words for programs, of packages, and of globs below the project root.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::config::paths::{self, WayOut};
use crate::config::settings::condition;
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::Condition;
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

/// Reads a list of words that programs are given.
pub(super) fn texts(table: &TomlTable, key: &str) -> Result<Vec<Spanned<String>>> {
    let list = table.strings(key)?.unwrap_or_default();
    let refused = |why: &str, span: &Range<usize>| {
        table.error(span.clone(), format!("`{}` holds {why}", table.path(key)))
    };
    for Spanned { value, span } in &list {
        if value.is_empty() {
            return Err(refused("an empty string", span).hint("remove it"));
        }
        if value.contains('\0') {
            return Err(refused("a NUL character", span).hint("no program can be given one"));
        }
    }
    Ok(list)
}

/// Reads a list of packages that pkg-config knows.
pub(super) fn packages(table: &TomlTable, key: &str) -> Result<Vec<Spanned<String>>> {
    let packages = texts(table, key)?;
    match packages.iter().find(|package| package.value.starts_with('-')) {
        None => Ok(packages),
        Some(Spanned { value, span }) => Err(table
            .error(span.clone(), format!("`{value}` in `{key}` is an option, not a package"))
            .hint("write its name, perhaps with a version: \"libgit2 >= 1.7\"")),
    }
}

/// The text of a key that has to be there.
pub(super) fn required(
    table: &TomlTable,
    key: &str,
    place: &Range<usize>,
    hint: &str,
) -> Result<Spanned<String>> {
    let missing =
        || table.error(place.clone(), format!("`{}` has no `{key}`", table.name)).hint(hint);
    table.string(key)?.ok_or_else(missing)
}

/// A list of texts.
pub(super) fn words(table: &TomlTable, key: &str) -> Result<Vec<String>> {
    Ok(texts(table, key)?.into_iter().map(|one| one.value).collect())
}

/// `env`
pub(super) fn variables(table: &TomlTable) -> Result<BTreeMap<String, Spanned<String>>> {
    let Some(variables) = table.table("env")? else { return Ok(BTreeMap::new()) };
    let one = |name: Spanned<String>| {
        let text = variables.string(&name.value)?;
        Ok(text.map(|text| (name.value, text)))
    };
    variables.keys().into_iter().filter_map(|name| one(name).transpose()).collect()
}

/// Without an `if` it counts everywhere.
pub(super) fn condition_of(table: &TomlTable, place: Range<usize>) -> Result<Condition> {
    Ok(condition::read_if_any(table, place)?.unwrap_or_default())
}

/// Refuses a path that leads out of the project.
pub(super) fn refuse_outside(
    table: &TomlTable,
    key: &str,
    path: &str,
    span: &Range<usize>,
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

/// Refuses the name of a place in what is installed, if it leads out of it. `place` says what it is
/// relative to.
pub(super) fn refuse_outside_of(
    table: &TomlTable,
    place: &str,
    path: &str,
    span: &Range<usize>,
) -> Result<()> {
    let refused = |why: &str| {
        let message = format!("`{path}` in `{}` {why}", table.name);
        table.error(span.clone(), message)
    };
    match paths::way_out(path) {
        _ if path.is_empty() => {
            Err(table.error(span.clone(), format!("`{}` has an empty key", table.name)))
        }
        None => Ok(()),
        Some(WayOut::Upwards) => Err(refused("leads out of its place: it holds `..`")
            .hint(format!("it is relative to {place}"))),
        Some(WayOut::Absolute) => {
            let inner = path.trim_start_matches(['/', '\\']);
            let error = refused("is an absolute path");
            Err(match paths::way_out(inner) {
                None if !inner.is_empty() => error.hint(format!(
                    "write `{}`: it is relative to {place}",
                    inner.replace('\\', "/")
                )),
                _ => error.hint(format!("it is relative to {place}")),
            })
        }
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
