//! `scripts`, `data_files`, `headers`: other places of an installation.

use std::collections::BTreeMap;

use toml_edit::{InlineTable, Item, Table, Value};

use crate::migrate::draft::Draft;
use crate::migrate::migration::MoveVerdict;
use crate::migrate::toml_text::{set, strings};

/// Writes `[tool.officina.data]`.
pub fn write(draft: &mut Draft) {
    let old = draft.old;
    let mut data = Table::new();
    set(&mut data, "scripts", strings(&old.scripts));
    set(&mut data, "headers", strings(&old.headers));
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (folder, file) in &old.data_files {
        folders.entry(folder.trim_end_matches('/')).or_default().push(file);
    }
    let is_absolute = |folder: &&str| folder.starts_with('/') || folder.contains(':');
    if let Some(folder) = folders.keys().find(|folder| is_absolute(folder)) {
        let text =
            format!("data_files: a wheel cannot hold files of `{folder}`, which is absolute");
        draft.tell(MoveVerdict::NotPossible, "data_files", text);
    }
    let mut tables = InlineTable::new();
    for (folder, files) in folders.iter().filter(|(folder, _)| !is_absolute(folder)) {
        let list: Value = strings(files);
        // A folder of nothing is the environment itself.
        tables.insert(if folder.is_empty() { "." } else { folder }, list);
    }
    set(&mut data, "data", Value::InlineTable(tables));
    if !data.is_empty() {
        draft.settings.insert("data", Item::Table(data));
    }
    for keyword in ["scripts", "headers", "data_files"] {
        let is_there = match keyword {
            "scripts" => !old.scripts.is_empty(),
            "headers" => !old.headers.is_empty(),
            _ => !old.data_files.is_empty(),
        };
        if is_there {
            let key = keyword.trim_end_matches("_files");
            draft.tell(
                MoveVerdict::Same,
                keyword,
                format!("{keyword} -> tool.officina.data.{key}"),
            );
        }
    }
}
