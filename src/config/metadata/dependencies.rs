//! `dependencies` and `optional-dependencies`.

use crate::config::metadata::cursor::ParseError;
use crate::config::metadata::{names, text};
use crate::config::toml::TomlTable;
use crate::error::{Error, Result};
use crate::model::{Extra, Requirement, Spanned, normalize_name};

/// `project.dependencies`; empty if absent.
///
/// # Errors
/// An entry is no dependency specifier.
pub(super) fn read(project: &TomlTable<'_>) -> Result<Vec<Requirement>> {
    requirements(project, "dependencies")
}

/// `project.optional-dependencies`; empty if absent.
///
/// # Errors
/// An entry is no dependency specifier, a name is no name, or two names are the same extra.
pub(super) fn read_optional(project: &TomlTable<'_>) -> Result<Vec<Extra>> {
    let Some(table) = project.table("optional-dependencies")? else { return Ok(Vec::new()) };
    let mut extras: Vec<Extra> = Vec::new();
    for key in table.keys() {
        if !names::is_valid(&key.value) {
            let shown = key.value.escape_debug();
            let message = format!("`{shown}` is not a valid name of an extra");
            return Err(table.error(key.span, message).hint(names::SHAPE));
        }
        let name = normalize_name(&key.value);
        if extras.iter().any(|extra| extra.name == name) {
            let message = format!("`{}` is the extra `{name}` a second time", key.value);
            return Err(table.error(key.span, message).hint(
                "upper and lower case, `-`, `_` and `.` make no difference in names of extras: \
                 keep one of them",
            ));
        }
        extras.push(Extra { name, requirements: requirements(&table, &key.value)? });
    }
    Ok(extras)
}

fn requirements(table: &TomlTable<'_>, key: &str) -> Result<Vec<Requirement>> {
    let entries = table.strings(key)?.unwrap_or_default();
    entries.iter().map(|entry| requirement(table, key, entry)).collect()
}

fn requirement(table: &TomlTable<'_>, key: &str, entry: &Spanned<String>) -> Result<Requirement> {
    if text::breaks_line(&entry.value) {
        let message = format!("`{}` holds a line break or a control character", table.path(key));
        return Err(table.error(entry.span.clone(), message).hint("write it on one line"));
    }
    entry.value.parse().map_err(|wrong| refused(table, entry, &wrong))
}

fn refused(table: &TomlTable<'_>, entry: &Spanned<String>, wrong: &ParseError) -> Error {
    let shown = entry.value.escape_debug();
    let message = format!("`{shown}` is not a valid dependency: {}", wrong.reason);
    // Without escapes and with single quotes around it, the text stands in the file as it is.
    let span = entry.span.clone();
    let span = match span.len() == entry.value.len() + 2 {
        true => span.start + 1 + wrong.at..span.end - usize::from(wrong.at < entry.value.len()),
        false => span,
    };
    table
        .error(span, message)
        .hint("write it like `cffi>=1.17; python_version < \"3.14\"` (PEP 508)")
}
