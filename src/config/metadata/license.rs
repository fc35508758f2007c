//! `license` and `license-files` (PEP 639), and the older tables of `license`.

use std::collections::BTreeSet;

use crate::config::license_expression::license_expression_at;
use crate::config::metadata::named_files::{normal_lines, source};
use crate::config::metadata::text;
use crate::config::metadata::tree_access::TreeAccess;
use crate::config::paths;
use crate::config::toml::TomlTable;
use crate::error::{Error, Result};
use crate::model::{License, Spanned};

/// `project.license`, `None` if absent.
///
/// # Errors
/// It is no SPDX expression, or a table without exactly one of `text` and `file`.
pub(super) fn read(
    project: &TomlTable<'_>,
    tree: &TreeAccess<'_>,
) -> Result<Option<Spanned<License>>> {
    let Some(item) = project.item("license") else { return Ok(None) };
    let license = if item.value.as_table_like().is_some() {
        let Some(table) = project.table("license")? else { return Ok(None) };
        table.refuse_unknown(&["text", "file"])?;
        match (table.string("text")?, text::string(&table, "file")?) {
            (Some(text), None) => License::Text { text: normal_lines(&text.value), file: None },
            (None, Some(name)) => License::Text {
                text: normal_lines(&source(&table, &name, tree)?.text),
                file: Some(paths::normal(&name.value)),
            },
            _ => {
                return Err(table
                    .error(item.span, "`project.license` must have either `text` or `file`")
                    .hint("better: `license = \"MIT\"`, an SPDX expression"));
            }
        }
    } else {
        let Some(written) = text::string(project, "license")? else { return Ok(None) };
        License::Expression(license_expression_at(project, &written)?)
    };
    Ok(Some(Spanned::new(license, item.span)))
}

/// Where nothing is said, PEP 639 suggests to look for these.
const USUAL_NAMES: [&str; 4] = ["LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*"];

/// The files that the wheel and the sdist carry for the lawyers: sorted, each once.
///
/// # Errors
/// A glob is not allowed or matches nothing, or `license` is a table and has a file of its own.
pub(super) fn files(
    project: &TomlTable<'_>,
    license: Option<&Spanned<License>>,
    tree: &TreeAccess<'_>,
) -> Result<Vec<String>> {
    let legacy = license.and_then(|license| match &license.value {
        License::Text { file, .. } => Some(file),
        License::Expression(_) => None,
    });
    let mut files = BTreeSet::new();
    let Some(globs) = project.strings("license-files")? else {
        for glob in USUAL_NAMES {
            files.extend((tree.files_matching)(glob)?);
        }
        files.extend(legacy.cloned().flatten());
        return Ok(files.into_iter().collect());
    };
    if let (Some(_), Some(item)) = (legacy, project.item("license-files")) {
        return Err(project
            .error(item.span, "`project.license-files` cannot stand beside a `license` table")
            .hint("write `license = \"MIT\"`, an SPDX expression"));
    }
    for glob in globs {
        check_glob(project, &glob)?;
        let matches = (tree.files_matching)(&paths::normal(&glob.value))
            .map_err(|error| error.at(project.source, glob.span.clone()))?;
        if matches.is_empty() {
            let message = format!("`{}` in `project.license-files` matches no file", glob.value);
            return Err(no_match(project.error(glob.span, message), tree));
        }
        files.extend(matches);
    }
    Ok(files.into_iter().collect())
}

/// <https://packaging.python.org/en/latest/specifications/glob-patterns/>
fn check_glob(project: &TomlTable<'_>, glob: &Spanned<String>) -> Result<()> {
    let pattern = glob.value.as_str();
    let shown = pattern.escape_debug();
    let refuse = |message: String, hint: &str| {
        Err(project.error(glob.span.clone(), message).hint(hint.to_owned()))
    };
    if paths::way_out(pattern).is_some() {
        return refuse(
            format!("`{shown}` in `project.license-files` leaves the project"),
            "name files inside the project, relative to `pyproject.toml`",
        );
    }
    let allowed = |c: char| c.is_alphanumeric() || "_-./*?[]".contains(c);
    let bad = pattern.chars().find(|c| !allowed(*c));
    if let Some(bad) = bad {
        return refuse(
            format!("`{shown}` in `project.license-files` holds `{}`", bad.escape_debug()),
            "globs are made of letters, digits, `_`, `-`, `.`, `/` and `*`, `**`, `?`, `[...]`",
        );
    }
    let mut open = false;
    let balanced = pattern.chars().all(|c| match c {
        '[' if open => false,
        ']' if !open => false,
        '/' if open => false,
        '[' | ']' => {
            open = !open;
            true
        }
        _ => true,
    });
    let star_runs = pattern.split('/').all(|part| part == "**" || !part.contains("**"));
    if pattern.is_empty() || !balanced || open || !star_runs {
        let message = format!("`{shown}` in `project.license-files` is not a valid glob");
        return refuse(message, "`[` wants its `]`, and `**` stands alone between slashes");
    }
    Ok(())
}

fn no_match(error: Error, tree: &TreeAccess<'_>) -> Error {
    let mut present = Vec::new();
    for glob in USUAL_NAMES {
        present.extend((tree.files_matching)(glob).unwrap_or_default());
    }
    match present.as_slice() {
        [] => error.hint("add the file, or remove the glob"),
        files => error.hint(format!("these files look like it: `{}`", files.join("`, `"))),
    }
}
