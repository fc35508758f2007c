//! Versions and version specifiers (PEP 440).

use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifier, VersionSpecifiers};

use crate::config::metadata::dynamic::Dynamic;
use crate::config::metadata::keys::missing;
use crate::config::metadata::tree_access::TreeAccess;
use crate::config::toml::TomlTable;
use crate::error::{Error, Result};
use crate::model::Spanned;

/// `project.version`, or where `[tool.officina.dynamic]` says it is.
///
/// # Errors
/// It is missing, or no version; the error points at the file that holds it.
pub(super) fn read(
    root: &TomlTable<'_>,
    project: &TomlTable<'_>,
    dynamic: &Dynamic<'_>,
    tree: &TreeAccess<'_>,
) -> Result<Version> {
    let written = match project.string("version")? {
        Some(version) => Some((Arc::clone(project.source), version)),
        None => dynamic.version(root, tree)?,
    };
    let Some((source, Spanned { value, span })) = written else {
        return Err(missing(root, "version").hint(
            "add `version = \"0.1.0\"`, or list it in `project.dynamic` and say where it is \
             under `[tool.officina.dynamic]`",
        ));
    };
    Version::from_str(value.trim()).map_err(|reason| {
        let shown = value.escape_debug();
        Error::new(format!("`{shown}` is not a valid version: {reason}"))
            .at(&source, span)
            .hint("versions look like `1.2.3`, `1.2rc1` or `1.2.post1` (PEP 440)")
    })
}

/// Version specifiers separated by commas; a comma at the end is forgiven, as `packaging` does.
///
/// # Errors
/// One is not valid; the error is the reason in words.
pub(super) fn specifiers(text: &str) -> Result<VersionSpecifiers, String> {
    let text = text.trim_matches([' ', '\t']);
    if text.is_empty() {
        return Ok(VersionSpecifiers::empty());
    }
    let text = text.strip_suffix(',').unwrap_or(text);
    text.split(',')
        .map(|one| match one.trim() {
            "" => Err("nothing stands before or between commas".to_owned()),
            one => specifier(one),
        })
        .collect()
}

fn specifier(text: &str) -> Result<VersionSpecifier, String> {
    let specifier = VersionSpecifier::from_str(text).map_err(|e| format!("`{text}`: {e}"))?;
    // Its normal form would mean something else.
    let written = specifier.version().to_string();
    match text.strip_prefix("===") {
        Some(wanted) if wanted.trim() != written => Err(format!(
            "`{text}`: `===` compares letter by letter, and no version is written so: use `==`"
        )),
        _ => Ok(specifier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::normal_specifiers;

    #[test]
    fn specifiers_have_one_normal_form() {
        for text in [">=1.0RC1,<2", "<2 , >= 1.0.rc.1", ">=1.0rc1,<2,"] {
            assert_eq!(normal_specifiers(&specifiers(text).unwrap()), ">=1.0rc1,<2", "{text}");
        }
    }

    #[test]
    fn identity_is_of_the_text() {
        assert_eq!(normal_specifiers(&specifiers("=== 1.0.post1").unwrap()), "===1.0.post1");
        assert!(specifiers("===1.0post1").unwrap_err().contains("letter by letter"));
    }

    #[test]
    fn broken_specifiers_are_refused() {
        for text in ["3.9", ">=3.9.*", "~=3", ">=a", "=>3", ">=3,,<4", ",>=3", ">=1.0+local", ","] {
            assert!(specifiers(text).is_err(), "{text}");
        }
    }
}
