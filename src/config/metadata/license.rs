//! `license` and `license-files` (PEP 639), and the older tables of `license`.

use std::collections::BTreeSet;

use spdx::identifiers::{EXCEPTIONS, LICENSES};
use spdx::{Expression, ParseMode};

use crate::config::metadata::named_files::{normal_lines, source};
use crate::config::metadata::text;
use crate::config::metadata::tree_access::TreeAccess;
use crate::config::paths;
use crate::config::toml::TomlTable;
use crate::error::{Error, Result, nearest};
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

/// A licence expression with every word in its official spelling; `None` if the text is none.
pub fn license_expression(text: &str) -> Option<String> {
    expression(text).ok()
}

/// A licence expression of a table, with every word in its official spelling.
///
/// # Errors
/// It is none; what may have been meant is offered.
pub fn license_expression_at(table: &TomlTable, written: &Spanned<String>) -> Result<String> {
    expression(&written.value).map_err(|wrong| {
        let message = format!("`{}` is not a licence expression: {}", written.value, wrong.0);
        with_hints(table.error(written.span.clone(), message), wrong.1)
    })
}

/// What is wrong with an expression, and what may have been meant.
struct ExpressionError(String, Option<String>);

/// The expression with every word in its official spelling.
fn expression(written: &str) -> Result<String, ExpressionError> {
    let spaced = written.replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<String> = Vec::new();
    for word in spaced.split_whitespace() {
        let word = match word.to_ascii_lowercase().as_str() {
            "and" | "or" | "with" => word.to_ascii_uppercase(),
            "(" | ")" => word.to_owned(),
            _ if words.last().is_some_and(|last| last == "WITH") => exception(word)?,
            _ => identifier(word, written)?,
        };
        words.push(word);
    }
    let normal = words.join(" ").replace("( ", "(").replace(" )", ")");
    // Identifiers are known to be good by now, so only the grammar is left to complain about.
    let grammar =
        ParseMode { allow_postfix_plus_on_gpl: true, allow_deprecated: true, ..ParseMode::STRICT };
    match Expression::parse_mode(&normal, grammar) {
        Ok(_) => Ok(normal),
        Err(error) => Err(ExpressionError(error.reason.to_string(), None)),
    }
}

fn identifier(word: &str, written: &str) -> Result<String, ExpressionError> {
    const OWN: &str = "LicenseRef-";
    if let Some((prefix, name)) = word.split_at_checked(OWN.len())
        && prefix.eq_ignore_ascii_case(OWN)
    {
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        return match !name.is_empty() && name.chars().all(valid) {
            true => Ok(format!("{OWN}{name}")),
            false => Err(ExpressionError(
                format!("`{word}` may hold letters, digits, `-` and `.` only"),
                None,
            )),
        };
    }
    let (bare, plus) = match word.strip_suffix('+') {
        Some(bare) => (bare, "+"),
        None => (word, ""),
    };
    let is_meant = |known: &&spdx::License| known.name.eq_ignore_ascii_case(bare);
    // The crate lists these two words beside the licences; they are not in the SPDX list.
    let is_licence = |known: &&spdx::License| !matches!(known.name, "NOASSERTION" | "NONE");
    if let Some(known) = LICENSES.iter().filter(is_licence).find(is_meant) {
        return Ok(format!("{}{plus}", known.name));
    }
    // What this knows may be the start of the text only, so not the words of an expression.
    let is_expression =
        written.split_whitespace().any(|word| matches!(word, "AND" | "OR" | "WITH"));
    let nickname = |text: &str| spdx::imprecise_license_id(text).map(|(id, _)| id.name);
    let meant = (!is_expression)
        .then(|| nickname(written))
        .flatten()
        .or_else(|| nickname(bare))
        .or_else(|| nearest(bare, LICENSES.iter().map(|known| known.name)));
    Err(ExpressionError(
        format!("`{word}` is not an SPDX licence identifier"),
        meant.map(str::to_owned),
    ))
}

fn exception(word: &str) -> Result<String, ExpressionError> {
    let known = EXCEPTIONS.iter().find(|known| known.name.eq_ignore_ascii_case(word));
    known.map(|known| known.name.to_owned()).ok_or_else(|| {
        let meant = nearest(word, EXCEPTIONS.iter().map(|known| known.name));
        ExpressionError(
            format!("`{word}` is not an SPDX licence exception"),
            meant.map(str::to_owned),
        )
    })
}

fn with_hints(error: Error, meant: Option<String>) -> Error {
    let error = match meant {
        Some(meant) => error.hint(format!("did you mean `{meant}`?")),
        None => error,
    };
    error.hint(
        "identifiers are listed at https://spdx.org/licenses/; \
         a licence of your own is `LicenseRef-Name`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_get_their_official_spelling() {
        let table = [
            ("mit", "MIT"),
            ("MIT or apache-2.0", "MIT OR Apache-2.0"),
            ("mit and(apache-2.0 or bsd-2-clause)", "MIT AND (Apache-2.0 OR BSD-2-Clause)"),
            (
                "gpl-3.0-or-later with classpath-EXCEPTION-2.0",
                "GPL-3.0-or-later WITH Classpath-exception-2.0",
            ),
            ("GPL-2.0+", "GPL-2.0+"),
            ("apache-2.0+", "Apache-2.0+"),
            ("licenseref-My.Own-1", "LicenseRef-My.Own-1"),
            ("(MIT)", "(MIT)"),
        ];
        for (written, expected) in table {
            assert_eq!(expression(written).ok().as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for bad in [
            "",
            " ",
            "MIT License",
            "Apache 2.0",
            "BSD",
            "MIT OR",
            "OR MIT",
            "(MIT",
            "MIT)",
            "MIT Apache-2.0",
            "MIT WITH MIT",
            "MIT / Apache-2.0",
            "LicenseRef-",
            "LicenseRef-a_b",
            "LicenseRef-a+",
            "DocumentRef-a:LicenseRef-b",
            "MIT, Apache-2.0",
            "()",
            "WITH",
            "MIT WITH Classpath-exception-2.0 WITH Classpath-exception-2.0",
            "MIT ++",
            "NOASSERTION",
            "none",
            "GPL",
        ] {
            assert!(expression(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_common_name_is_led_to_its_identifier() {
        let meant = |text| expression(text).err().and_then(|wrong| wrong.1);
        assert_eq!(meant("Apache 2.0").as_deref(), Some("Apache-2.0"));
        assert_eq!(meant("Apache License 2.0").as_deref(), Some("Apache-2.0"));
        assert_eq!(meant("MIT License").as_deref(), Some("MIT"));
    }
}
