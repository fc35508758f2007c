//! The files of a product in their order, each with a path of its own. Pure.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};
use crate::model::{Content, Manifest, ManifestEntry};

/// Sorts by path, with one folder last, and refuses two entries for one path.
pub fn sorted(mut entries: Vec<ManifestEntry>, last_folder: &str) -> Result<Manifest> {
    let is_last =
        |path: &str| path.strip_prefix(last_folder).is_some_and(|rest| rest.starts_with('/'));
    entries.sort_by(|a, b| (is_last(&a.path), &a.path).cmp(&(is_last(&b.path), &b.path)));
    let mut seen: HashMap<String, &ManifestEntry> = HashMap::new();
    for entry in &entries {
        // Names that differ in their Unicode composition alone are one file on macOS.
        if let Some(first) = seen.insert(entry.path.nfc().collect(), entry) {
            return Err(Error::new(format!("two files for the path `{}`", entry.path))
                .note(format!("one is {}", origin(first)))
                .note(format!("the other is {}", origin(entry)))
                .hint("rename one of them, or leave one out with `exclude`"));
        }
    }
    Ok(Manifest { entries })
}

fn origin(entry: &ManifestEntry) -> String {
    match &entry.content {
        Content::File(path) => format!("`{}`", path.display()),
        Content::Text(_) => "made by the build".to_owned(),
    }
}
