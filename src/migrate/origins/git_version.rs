//! A version that a plugin of the backend takes from git.

use std::sync::Arc;

use toml_edit::Item;

use crate::config::metadata::{Carried, carried};
use crate::config::toml::{self, TomlTable};
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::origins::origin_draft::{OriginDraft, texts};
use crate::migrate::toml_text;
use crate::model::{PYPROJECT, SourceText};

/// This plugin writes over the version that poetry has; it is off unless it is told.
const OF_POETRY: &str = "poetry-dynamic-versioning";

/// The plugin, where `[project]` leaves the version to it.
pub fn find(draft: &OriginDraft) -> Option<Carried> {
    let text = draft.tree.pyproject.clone();
    let source = Arc::new(SourceText { name: PYPROJECT.to_owned(), text });
    let parsed = toml::parse(&source).ok()?;
    let found = carried(&TomlTable::root(&source, &parsed))?;
    let tool = draft.document.get("tool");
    let is_wanted = match found.tool {
        OF_POETRY => {
            let enable = tool.and_then(|tool| tool.get(OF_POETRY)?.get("enable")?.as_bool());
            enable == Some(true)
        }
        _ => !draft.project.is_empty() && !draft.project.contains_key("version"),
    };
    is_wanted.then_some(found)
}

/// Has Officina ask git.
pub fn write(draft: &mut OriginDraft) {
    let Some(carried) = draft.git_version.clone() else { return };
    let Some(dynamic) = toml_text::table_of(&mut draft.settings, "dynamic") else { return };
    dynamic.insert("version", toml_edit::value(carried.value()));
    let Carried { tool, table, left, .. } = carried;
    draft.project.remove("version");
    let mut fields = draft.project.get("dynamic").map(texts).unwrap_or_default();
    if !fields.iter().any(|field| field == "version") {
        fields.push("version".to_owned());
        draft.project.insert("dynamic", toml_edit::value(toml_text::strings(fields)));
    }
    if let Some((tools, table)) =
        draft.document.get_mut("tool").and_then(Item::as_table_like_mut).zip(table)
        && table != draft.origin.table()
    {
        tools.remove(table);
    }
    let text = format!(
        "the version, which `{tool}` asks git for -> `version` of `[tool.officina.dynamic]`"
    );
    draft.find(MoveFinding::new(MoveVerdict::Same, text).at(PYPROJECT));
    for option in left {
        let text = format!("`{option}` of `{tool}` is not known here");
        draft.find(MoveFinding::new(MoveVerdict::YouDecide, text).at(PYPROJECT));
    }
}
