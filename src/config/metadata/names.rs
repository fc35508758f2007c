//! Names of distributions and extras, and their normal form.

use crate::config::metadata::keys::missing;
use crate::config::metadata::text;
use crate::config::toml::TomlTable;
use crate::error::Result;

/// Whether a name is one at all: ASCII letters, digits, `-`, `_`, `.`, with a letter or a digit
/// at both ends.
pub(super) fn is_valid(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// `project.name`.
///
/// # Errors
/// It is missing or not a valid name.
pub(super) fn project_name(root: &TomlTable<'_>, project: &TomlTable<'_>) -> Result<String> {
    let Some(name) = text::string(project, "name")? else {
        return Err(missing(root, "name").hint("add `name = \"my-package\"`"));
    };
    if !is_valid(&name.value) {
        return Err(project
            .error(name.span, format!("`{}` is not a valid project name", name.value))
            .hint(SHAPE));
    }
    Ok(name.value)
}

/// What a valid name looks like, for hints.
pub(super) const SHAPE: &str = "use ASCII letters, digits, `-`, `_` and `.`, \
     with a letter or a digit at both ends";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_and_end_with_a_letter_or_digit() {
        for good in ["a", "7", "a-b", "A.b_c", "zope.interface"] {
            assert!(is_valid(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a b", "_a", "a.", "naïve", "a/b", "a\n"] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
