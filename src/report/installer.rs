//! Commands in the words of whoever installs here.

use std::borrow::Cow;
use std::ffi::OsStr;

/// How our texts spell it.
const PIP: &str = "python -m pip install";
const UV: &str = "uv pip install";

/// A text for a person who uses uv, which says to each program that it runs where it is (`UV`); else as it is.
pub fn in_words_of<'t>(uv: Option<&OsStr>, text: &'t str) -> Cow<'t, str> {
    match uv {
        Some(_) if text.contains(PIP) => Cow::Owned(text.replace(PIP, UV)),
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_those_of_the_installer_that_is_there() {
        let table = [
            (
                None,
                "reinstall it: python -m pip install x",
                "reinstall it: python -m pip install x",
            ),
            (
                Some("/usr/bin/uv"),
                "reinstall it: python -m pip install x",
                "reinstall it: uv pip install x",
            ),
            (Some("/usr/bin/uv"), "set `packages`", "set `packages`"),
        ];
        for (uv, hint, expected) in table {
            assert_eq!(in_words_of(uv.map(OsStr::new), hint), expected);
        }
    }
}
