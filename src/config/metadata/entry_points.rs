//! `scripts`, `gui-scripts` and `entry-points` -> `entry_points.txt`
//! (<https://packaging.python.org/en/latest/specifications/entry-points/>).

use crate::config::metadata::text;
use crate::config::toml::TomlTable;
use crate::error::{Error, Result};
use crate::model::{EntryPointGroup, Spanned, is_dotted_name};

/// What an entry point is for: a script becomes a file and calls its object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Script,
    Plugin,
}

/// All groups that are not empty.
///
/// # Errors
/// A group, a name or an object reference is not what the specification allows.
pub(super) fn read(project: &TomlTable<'_>) -> Result<Vec<EntryPointGroup>> {
    let mut groups = Vec::new();
    for (key, name) in [("scripts", "console_scripts"), ("gui-scripts", "gui_scripts")] {
        if let Some(table) = project.table(key)? {
            groups.push(group(&table, name, Purpose::Script)?);
        }
    }
    if let Some(table) = project.table("entry-points")? {
        for key in table.keys() {
            check_group(&table, &key)?;
            if let Some(entries) = table.table(&key.value)? {
                groups.push(group(&entries, &key.value, Purpose::Plugin)?);
            }
        }
    }
    groups.retain(|group| !group.entries.is_empty());
    Ok(groups)
}

/// The text of `entry_points.txt`; `None` without groups.
pub fn entry_points_txt(groups: &[EntryPointGroup]) -> Option<String> {
    let section = |group: &EntryPointGroup| {
        let lines: String =
            group.entries.iter().map(|(name, object)| format!("{name} = {object}\n")).collect();
        format!("[{}]\n{lines}", group.name)
    };
    let sections: Vec<_> = groups.iter().map(section).collect();
    (!sections.is_empty()).then(|| sections.join("\n"))
}

fn check_group(table: &TomlTable<'_>, key: &Spanned<String>) -> Result<()> {
    let refuse = |message: String| Err(table.error(key.span.clone(), message));
    let proper = match key.value.as_str() {
        "console_scripts" => Some("scripts"),
        "gui_scripts" => Some("gui-scripts"),
        _ => None,
    };
    if let Some(proper) = proper {
        let message = format!("`{}` belongs under `[project.{proper}]`", key.value);
        return refuse(message)
            .map_err(|e: Error| e.hint(format!("move its entries to `[project.{proper}]`")));
    }
    let is_word = |w: &str| !w.is_empty() && w.chars().all(|c| c == '_' || c.is_alphanumeric());
    if !key.value.split('.').all(is_word) {
        let shown = key.value.escape_debug();
        return refuse(format!("`{shown}` is not a valid entry point group")).map_err(
            |e: Error| e.hint("use letters, digits and `_`, with single dots between them"),
        );
    }
    Ok(())
}

fn group(table: &TomlTable<'_>, name: &str, purpose: Purpose) -> Result<EntryPointGroup> {
    refuse_nested(table)?;
    let mut entries = Vec::new();
    for (key, object) in text::pairs(table)? {
        check_name(table, &key, purpose)?;
        check_object(table, &key.value, &object, purpose)?;
        entries.push((key.value, object.value.trim().to_owned()));
    }
    Ok(EntryPointGroup { name: name.to_owned(), entries })
}

/// `[project.entry-points.a.b]` is a table in a table; a dot in a group's name wants quotes.
fn refuse_nested(table: &TomlTable<'_>) -> Result<()> {
    let nested = table.keys().into_iter().find(|key| {
        table.item(&key.value).is_some_and(|item| item.value.as_table_like().is_some())
    });
    let Some(nested) = nested else { return Ok(()) };
    let group = table.path(&nested.value);
    let error = table.error(nested.span, format!("`{group}` must be a string, not a table"));
    Err(match group.strip_prefix("project.entry-points.") {
        Some(group) => error.hint(format!(
            "a group with a dot in its name wants quotes: `[project.entry-points.\"{group}\"]`"
        )),
        None => error.hint("write `name = \"package.module:object\"`"),
    })
}

/// The file is read as an INI file: what would be a comment, a section or a delimiter is no name.
fn check_name(table: &TomlTable<'_>, key: &Spanned<String>, purpose: Purpose) -> Result<()> {
    let name = key.value.as_str();
    let is_path = name.contains(['/', '\\']) || matches!(name, "." | "..");
    let bad = name.is_empty()
        || name.trim() != name
        || name.contains('=')
        || name.starts_with(['[', '#', ';'])
        || (purpose == Purpose::Script && is_path);
    if bad {
        let shown = name.escape_debug();
        return Err(table
            .error(key.span.clone(), format!("`{shown}` is not a valid entry point name"))
            .hint("use letters, digits, `-`, `_` and `.`"));
    }
    Ok(())
}

fn check_object(
    table: &TomlTable<'_>,
    name: &str,
    object: &Spanned<String>,
    purpose: Purpose,
) -> Result<()> {
    let text = object.value.trim();
    let reference = match text.split_once('[') {
        // Extras after the reference are deprecated, and still read.
        Some((reference, extras)) if extras.ends_with(']') => reference.trim_end(),
        _ => text,
    };
    let dotted = |part: &str| is_dotted_name(part.trim());
    let (valid, has_object) = match reference.split_once(':') {
        Some((module, attribute)) => (dotted(module) && dotted(attribute), true),
        None => (dotted(reference), false),
    };
    let refuse = |message: String, hint: &str| {
        Err(table.error(object.span.clone(), message).hint(hint.to_owned()))
    };
    if !valid {
        let message = format!("`{}` = `{text}` is not an object reference", table.path(name));
        return refuse(message, "write `package.module:object`");
    }
    if purpose == Purpose::Script && !has_object {
        let message = format!("`{}` = `{text}` names no function to call", table.path(name));
        return refuse(message, &format!("name it after a colon: `{text}:main`"));
    }
    Ok(())
}
