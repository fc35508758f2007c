//! `import-names` and `import-namespaces` (PEP 794).

use std::collections::BTreeMap;

use crate::config::metadata::text;
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::{ImportNames, Spanned, is_identifier, is_keyword};

/// Reads both lists.
///
/// # Errors
/// A name cannot be imported, stands in both lists, or its parent stands in none.
pub(super) fn read(project: &TomlTable<'_>) -> Result<ImportNames> {
    let mut all = BTreeMap::new();
    let names = list(project, "import-names", &mut all)?;
    let namespaces = list(project, "import-namespaces", &mut all)?;
    for (name, place) in &all {
        let Some((parent, _)) = name.rsplit_once('.') else { continue };
        if !all.contains_key(parent) {
            let message = format!("`{name}` is listed, but its package `{parent}` is not");
            return Err(project.error(place.span.clone(), message).hint(format!(
                "add `{parent}` to `import-names`, or to `import-namespaces` if other \
                 projects put modules into it"
            )));
        }
    }
    Ok(ImportNames { names, namespaces })
}

fn list(
    project: &TomlTable<'_>,
    key: &'static str,
    all: &mut BTreeMap<String, Spanned<&'static str>>,
) -> Result<Option<Vec<String>>> {
    if project.item(key).is_none() {
        return Ok(None);
    }
    let mut list = Vec::new();
    for entry in text::strings(project, key)? {
        let (name, written) = checked(project, key, &entry)?;
        if all.get(&name).is_some_and(|place| place.value != key) {
            let message = format!("`{name}` is in both `import-names` and `import-namespaces`");
            return Err(project.error(entry.span, message).hint("keep one of the two"));
        }
        all.insert(name, Spanned::new(key, entry.span));
        list.push(written);
    }
    Ok(Some(list))
}

/// The bare name, and the entry in normal form.
fn checked(
    project: &TomlTable<'_>,
    key: &str,
    entry: &Spanned<String>,
) -> Result<(String, String)> {
    let refuse = |message: String, hint: &str| {
        Err(project.error(entry.span.clone(), message).hint(hint.to_owned()))
    };
    let (name, tag) = match entry.value.split_once(';') {
        Some((name, tag)) => (name.trim_end(), Some(tag.trim())),
        None => (entry.value.as_str(), None),
    };
    if let Some(tag) = tag.filter(|tag| *tag != "private") {
        let message = format!("`{tag}` is not a tag of `{}`", project.path(key));
        return refuse(message, "the only tag is `; private`");
    }
    if let Some(bad) = name.split('.').find(|p| !is_identifier(p) || is_keyword(p)) {
        let message = format!("`{name}` cannot be imported: `{bad}` is not an identifier");
        return refuse(message, "list names as they stand after `import`");
    }
    let written = if tag.is_some() { format!("{name}; private") } else { name.to_owned() };
    Ok((name.to_owned(), written))
}
