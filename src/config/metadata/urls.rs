//! `urls`: labelled addresses.

use crate::config::metadata::text;
use crate::config::toml::TomlTable;
use crate::error::Result;

/// The longest label that core metadata allows.
const LONGEST: usize = 32;

/// The labelled addresses in the order written; empty if absent.
///
/// # Errors
/// A label is too long, or could not be told from the address in `label, address`.
pub(super) fn read(project: &TomlTable<'_>) -> Result<Vec<(String, String)>> {
    let Some(table) = project.table("urls")? else { return Ok(Vec::new()) };
    let mut urls = Vec::new();
    for (label, address) in text::pairs(&table)? {
        let complaint = if label.value.chars().count() > LONGEST {
            Some("is longer than 32 characters")
        } else if label.value.contains(',') {
            Some("holds a comma")
        } else if label.value.trim().is_empty() || label.value.trim() != label.value {
            Some("begins or ends with a space, or is empty")
        } else {
            None
        };
        if let Some(complaint) = complaint {
            return Err(table
                .error(label.span, format!("the label `{}` {complaint}", label.value))
                .hint("use a short label such as `Homepage`, `Source` or `Changelog`"));
        }
        urls.push((label.value, address.value.trim().to_owned()));
    }
    Ok(urls)
}
