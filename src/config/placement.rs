//! Settings that stand where nobody reads them. Without this, `[tool.offcina]` makes a wheel
//! without modules, and says that it worked.

use crate::config::settings::keys::KEYS;
use crate::config::toml::TomlTable;
use crate::error::{Error, Result};
use crate::model::Spanned;

/// The tables that `pyproject.toml` may hold at its top. Others are reserved for specifications to
/// come: <https://packaging.python.org/en/latest/specifications/pyproject-toml/>.
const TOP: [&str; 4] = ["build-system", "project", "tool", "dependency-groups"];

const OURS: &str = "officina";

/// Refuses a table whose name is almost one that somebody reads, and a setting of `[tool.officina]`
/// that stands in a table of others.
///
/// # Errors
/// At the misplaced key.
pub fn check(root: &TomlTable) -> Result<()> {
    for key in root.keys() {
        if TOP.contains(&key.value.as_str()) {
            continue;
        }
        if is_slip(&key.value, OURS) {
            return Err(unread(root, &key, "tool.officina"));
        }
        if let Some(near) = TOP.into_iter().find(|name| is_slip(&key.value, name)) {
            return Err(unread(root, &key, near));
        }
    }
    misspelled_tool(root)?;
    let others = ["build-system", "project"].map(|name| root.table(name));
    for table in others {
        table?.as_ref().map_or(Ok(()), settings_of_ours)?;
    }
    settings_of_ours(root)
}

/// Next to a `[tool.officina]`, a similar name is another tool's.
fn misspelled_tool(root: &TomlTable) -> Result<()> {
    let Some(tool) = root.table("tool")? else { return Ok(()) };
    let keys = tool.keys();
    if keys.iter().any(|key| key.value == OURS) {
        return Ok(());
    }
    match keys.iter().find(|key| is_slip(&key.value, OURS)) {
        Some(key) => Err(unread(&tool, key, "tool.officina")),
        None => Ok(()),
    }
}

/// Nearer than the guesses of other errors: what is merely similar may be somebody else's.
fn is_slip(written: &str, name: &str) -> bool {
    strsim::osa_distance(&written.to_lowercase().replace('_', "-"), name) <= 2
}

fn unread(table: &TomlTable, key: &Spanned<String>, meant: &str) -> Error {
    table
        .error(key.span.clone(), format!("nobody reads `{}`", table.path(&key.value)))
        .hint(format!("did you mean `{meant}`?"))
}

fn settings_of_ours(table: &TomlTable) -> Result<()> {
    let is_ours = |name: &str| KEYS.iter().any(|key| key.names().any(|own| own == name));
    // `project.dynamic` is a key of its own.
    match table.keys().iter().find(|key| key.value != "dynamic" && is_ours(&key.value)) {
        Some(key) => Err(table
            .error(key.span.clone(), format!("unknown key `{}`", table.path(&key.value)))
            .hint(format!("`{}` is a setting of `[tool.officina]`: move it there", key.value))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::toml;
    use crate::model::SourceText;
    use std::sync::Arc;

    fn checked(text: &str) -> Result<()> {
        let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.into() });
        check(&TomlTable::root(&source, &toml::parse(&source).unwrap()))
    }

    #[test]
    fn what_nobody_would_read_is_refused() {
        let entry = "cffi_modules = \"b.py:ffi\"";
        for (text, message, hint) in [
            ("[officina]\n", "nobody reads `officina`", "`tool.officina`?"),
            ("[offcina]\n", "nobody reads `offcina`", "`tool.officina`?"),
            ("[tools.officina]\n", "nobody reads `tools`", "`tool`?"),
            ("[tool.offcina]\n", "nobody reads `tool.offcina`", "`tool.officina`?"),
            ("[tool.Officina]\n", "nobody reads `tool.Officina`", "`tool.officina`?"),
            ("[dependency_groups]\n", "nobody reads `dependency_groups`", "`dependency-groups`?"),
            (entry, "unknown key `cffi_modules`", "`[tool.officina]`: move it there"),
            (&format!("[project]\n{entry}"), "unknown key `project.cffi_modules`", "move it there"),
            ("[project]\npy-modules = []", "unknown key `project.py-modules`", "move it there"),
            (&format!("[build-system]\n{entry}"), "`build-system.cffi_modules`", "move it there"),
        ] {
            let error = checked(text).expect_err(text);
            let parts = error.parts();
            assert!(parts.message.contains(message), "{text}: {parts:?}");
            assert!(parts.hints[0].contains(hint), "{text}: {parts:?}");
            assert!(parts.location.is_some(), "{text}");
        }
    }

    #[test]
    fn what_others_read_is_left_to_them() {
        for text in [
            "",
            "[project]\ndynamic = []\n[build-system]\nrequires = []\n[dependency-groups]\n",
            "[tool.officina]\n[tool.offcina]\n",
            "[tool.ruff]\n[tool.mypy]\n",
            "[poetry]\n[pytest]\n[packaging]\n[build]\n",
        ] {
            assert_eq!(checked(text), Ok(()), "{text}");
        }
    }
}
