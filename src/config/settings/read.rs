//! `[tool.officina]` -> [`DeclaredSettings`].

use crate::config::settings::keys::{KEYS, Key};
use crate::config::settings::table::{sdist, settings_in, written};
use crate::config::settings::{foreign_keys, modules, native, overrides};
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::DeclaredSettings;

/// Reads `[tool.officina]` from the root of the document. Without the table, all is default.
///
/// # Errors
/// An unknown key, a value of the wrong type or shape, a repeated entry, or a path that leads out
/// of the project; each error points at its place.
pub fn read(root: &TomlTable) -> Result<DeclaredSettings> {
    let Some(table) = root.table("tool")?.map(|tool| tool.table("officina")).transpose()?.flatten()
    else {
        return Ok(DeclaredSettings::default());
    };
    let known: Vec<&str> = KEYS.iter().flat_map(Key::names).collect();
    foreign_keys::refuse_unknown(&table, &known)?;
    foreign_keys::refuse_finder(&table)?;
    table.table("dynamic")?;
    let mut base = settings_in(&table)?;
    base.modules = modules::read(&table)?;
    base.sdist = sdist(&table)?;
    base.native = native::read(&table)?;
    let overrides = overrides::read(&table)?;
    Ok(DeclaredSettings { base, written: written(&table)?, overrides })
}
