//! Names of distributions and extras, and their normal form.

use crate::config::metadata::{missing, text};
use crate::config::toml::Table;
use crate::error::Result;

/// The normal form of a distribution's or an extra's name: lower case, every run of `-`, `_` and
/// `.` a single `-` (<https://packaging.python.org/en/latest/specifications/name-normalization/>).
pub fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            letter => normal.push(letter.to_ascii_lowercase()),
        }
    }
    normal
}

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
pub(super) fn project_name(root: &Table<'_>, project: &Table<'_>) -> Result<String> {
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
    fn names_have_one_normal_form() {
        for name in ["foo-bar", "Foo_Bar", "foo.bar", "FOO-_.bar"] {
            assert_eq!(normalize(name), "foo-bar", "{name}");
        }
    }

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
