//! `sbom` -> [`Sbom`], and `[[tool.officina.sbom.vendored]]` -> [`Vendored`].

use std::ops::Range;

use crate::config::license_expression::license_expression_at;
use crate::config::settings::condition;
use crate::config::settings::inside::{condition_of, globs, required};
use crate::config::settings::key::Key;
use crate::config::settings::keys;
use crate::config::settings::native_keys::VENDORED;
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::{Sbom, SettingKind, Spanned, Vendored};

const KEY: &str = "sbom";

/// Reads the switch; a table says what such a file holds, and so that there is one.
///
/// # Errors
/// It is neither a switch nor a table.
pub(super) fn switch(table: &TomlTable) -> Result<Option<Sbom>> {
    let Some(Spanned { value: item, span }) = table.item(KEY) else { return Ok(None) };
    if item.as_table_like().is_some() {
        return Ok(Some(Sbom::Written));
    }
    let Some(switch) = item.as_bool() else {
        let spelled = table.source.text.get(span.clone()).unwrap_or_default();
        let message = format!("`{}` cannot be {spelled}", table.path(KEY));
        return Err(table.error(span, message).hint(keys::hint(SettingKind::Sbom)));
    };
    Ok(Some(Sbom::of(switch)))
}

/// Reads what is said to be vendored.
///
/// # Errors
/// An unknown key, one that is missing, or a value that means nothing.
pub(super) fn vendored(table: &TomlTable) -> Result<Vec<Vendored>> {
    let is_table = table.item(KEY).is_some_and(|item| item.value.as_table_like().is_some());
    let Some(sbom) = (if is_table { table.table(KEY)? } else { None }) else {
        return Ok(Vec::new());
    };
    sbom.refuse_unknown(&["vendored"])?;
    let tables = sbom.tables("vendored")?.unwrap_or_default();
    tables.into_iter().map(|Spanned { value, span }| one(&value, span)).collect()
}

fn one(table: &TomlTable, place: Range<usize>) -> Result<Vendored> {
    let names: Vec<&str> = VENDORED.iter().flat_map(Key::names).collect();
    condition::refuse_misplaced(table, &names)?;
    table.refuse_unknown(&names)?;
    let text = |key, hint| {
        let text = required(table, key, &place, hint)?;
        match text.value.is_empty() {
            true => Err(table.error(text.span, format!("`{key}` is empty")).hint(hint)),
            false => Ok(text.value),
        }
    };
    let paths = globs(table, "paths")?;
    if paths.is_empty() {
        return Err(table
            .error(place.clone(), format!("`{}` has no `paths`", table.name))
            .hint("name its files or its folder: `paths = [\"vendor/foo\"]`"));
    }
    Ok(Vendored {
        name: text("name", "how the project is called: `name = \"zlib\"`")?,
        version: text("version", "which version lies there: `version = \"1.3.1\"`")?,
        license: license(table)?,
        purl: purl(table)?,
        paths,
        condition: condition_of(table, place)?,
    })
}

fn license(table: &TomlTable) -> Result<Option<String>> {
    let Some(written) = table.string("license")? else { return Ok(None) };
    license_expression_at(table, &written).map(Some)
}

fn purl(table: &TomlTable) -> Result<Option<String>> {
    let Some(Spanned { value, span }) = table.string("purl")? else { return Ok(None) };
    if is_purl(&value) {
        return Ok(Some(value));
    }
    let message = format!("`{value}` is not a package URL");
    Err(table.error(span, message).hint(
        "write `pkg:type/name@version`: `pkg:github/madler/zlib@1.3.1`, `pkg:generic/foo@1.0`",
    ))
}

/// Whether a text has the parts that none can do without (<https://github.com/package-url/purl-spec>).
fn is_purl(text: &str) -> bool {
    let Some((kind, rest)) = text.strip_prefix("pkg:").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    let name = rest.split(['@', '?', '#']).next().unwrap_or_default();
    kind.starts_with(|c: char| c.is_ascii_alphabetic())
        && kind.chars().all(is_letter)
        && name.split('/').all(|part| !part.is_empty())
        && text.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_have_a_type_and_a_name() {
        for (text, expected) in [
            ("pkg:github/madler/zlib@1.3.1", true),
            ("pkg:generic/foo", true),
            ("pkg:deb/debian/zlib1g@1%3A1.2.13?arch=amd64", true),
            ("pkg:generic", false),
            ("pkg:generic/", false),
            ("pkg:/foo", false),
            ("pkg:2d/foo", false),
            ("pkg:generic/a b", false),
            ("https://zlib.net", false),
            ("", false),
        ] {
            assert_eq!(is_purl(text), expected, "{text}");
        }
    }
}
