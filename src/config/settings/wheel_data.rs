//! `[tool.officina.data]` and `[tool.officina.files]`: what a wheel holds at other places than the
//! tree does.

use crate::config::paths;
use crate::config::settings::inside::{globs, refuse_outside, refuse_outside_of};
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::{DataRule, Renaming, Scheme, Spanned};

/// Reads `data`.
///
/// # Errors
/// A key is unknown, or a path or a glob leads out of the project or out of the scheme.
pub(super) fn data(table: &TomlTable) -> Result<Vec<DataRule>> {
    let Some(data) = table.table("data")? else { return Ok(Vec::new()) };
    data.refuse_unknown(&Scheme::ALL.map(Scheme::as_str))?;
    let mut rules = Vec::new();
    for scheme in Scheme::ALL {
        let key = scheme.as_str();
        let is_table = data.item(key).is_some_and(|item| item.value.is_table_like());
        match (scheme, is_table) {
            (Scheme::Data, _) | (Scheme::Headers, true) => {
                if let Some(folders) = data.table(key)? {
                    rules.extend(in_folders(scheme, &folders)?);
                }
            }
            (Scheme::Headers, false) | (Scheme::Scripts, _) => {
                let globs = globs(&data, key)?;
                if !globs.is_empty() {
                    rules.push(DataRule { scheme, folder: String::new(), globs });
                }
            }
        }
    }
    Ok(rules)
}

/// `"share/man/man1" = ["man/*.1"]`
fn in_folders(scheme: Scheme, table: &TomlTable) -> Result<Vec<DataRule>> {
    let rule = |Spanned { value: folder, span }: Spanned<String>| {
        refuse_outside_of(table, place_of(scheme), &folder, &span)?;
        let globs = globs(table, &folder)?;
        Ok(DataRule { scheme, folder: paths::normal(&folder), globs })
    };
    table.keys().into_iter().map(rule).collect()
}

/// What the folders of a scheme are relative to.
fn place_of(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Data => "`sys.prefix`, the folder of the environment",
        Scheme::Headers => "the project's folder for headers in the environment",
        Scheme::Scripts => "the folder of the environment's programs",
    }
}

/// Reads `files`.
///
/// # Errors
/// A path leads out of the project or out of the wheel, or into a folder that installers treat in
/// another way.
pub(super) fn files(table: &TomlTable) -> Result<Vec<Renaming>> {
    let Some(files) = table.table("files")? else { return Ok(Vec::new()) };
    let rename = |Spanned { value: wheel_path, span }: Spanned<String>| {
        refuse_outside_of(&files, "the top of the wheel", &wheel_path, &span)?;
        let path = paths::normal(&wheel_path);
        let top = path.split('/').next().unwrap_or_default();
        if let Some(end) = [".data", ".dist-info"].iter().find(|end| top.ends_with(*end)) {
            let message = format!("`{wheel_path}` in `files` lies in a `{end}` folder");
            let error = files.error(span, message);
            return Err(match *end {
                ".data" => error.hint("set `[tool.officina.data]`"),
                _ => error.hint("that folder is for the metadata"),
            });
        }
        let Some(source) = files.string(&wheel_path)? else {
            return Err(files.error(span, format!("`{}` is gone", files.path(&wheel_path))));
        };
        refuse_outside(&files, "files", &source.value, &source.span)?;
        let source = Spanned::new(paths::normal(&source.value), source.span);
        Ok(Renaming { wheel_path: path, source })
    };
    files.keys().into_iter().map(rename).collect()
}
