//! Licence expressions: <https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/>.

use spdx::identifiers::{EXCEPTIONS, LICENSES};
use spdx::{Expression, ParseMode};

use crate::config::toml::TomlTable;
use crate::error::{Error, Result, nearest};
use crate::model::Spanned;

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
