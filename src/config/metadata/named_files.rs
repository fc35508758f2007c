//! Files of the project that `pyproject.toml` names.

use std::sync::Arc;

use crate::config::metadata::tree_access::TreeAccess;
use crate::config::paths;
use crate::config::toml::TomlTable;
use crate::error::{Error, Result, nearest};
use crate::model::{SourceText, Spanned};

/// Reads a file that `pyproject.toml` names.
///
/// # Errors
/// It lies outside of the project, or cannot be read; the error points at the name.
pub(super) fn source(
    table: &TomlTable<'_>,
    name: &Spanned<String>,
    tree: &TreeAccess<'_>,
) -> Result<Arc<SourceText>> {
    if paths::way_out(&name.value).is_some() {
        return Err(table
            .error(name.span.clone(), format!("`{}` is not inside the project", name.value))
            .hint("an sdist holds the project's folder only: name a file in it"));
    }
    (tree.read)(&paths::normal(&name.value)).map_err(|error| {
        let error = error.at(table.source, name.span.clone());
        with_nearest_file(error, &name.value, tree)
    })
}

fn with_nearest_file(error: Error, wanted: &str, tree: &TreeAccess<'_>) -> Error {
    let (folder, _) = wanted.rsplit_once('/').map_or(("", wanted), |(f, n)| (f, n));
    let glob = if folder.is_empty() { "*".to_owned() } else { format!("{folder}/*") };
    let present = (tree.files_matching)(&glob).unwrap_or_default();
    let present = present.iter().map(String::as_str).filter(|file| *file != wanted);
    match nearest(wanted, present) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if error.parts().hints.is_empty() => error.hint("name a file that the project has"),
        None => error,
    }
}

/// The same text on every system: no byte order mark, `\n` line ends.
pub(super) fn normal_lines(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n")
}

/// The text of a file that `pyproject.toml` names, with normal line ends.
///
/// # Errors
/// Those of [`source`].
pub(super) fn text(
    table: &TomlTable<'_>,
    name: &Spanned<String>,
    tree: &TreeAccess<'_>,
) -> Result<String> {
    Ok(normal_lines(&source(table, name, tree)?.text))
}
