//! The file that tells a program its own version.

use std::str::FromStr;

use pep440_rs::{LocalSegment, PrereleaseKind, Version};

use crate::model::VcsVersion;

/// A commit as versions name it: `g` and nine digits of its digest.
pub fn commit(node: &str) -> String {
    let digits = node.char_indices().nth(9).map_or(node, |(end, _)| &node[..end]);
    format!("g{digits}")
}

/// What the file of this name says: a Python module with the names that setuptools_scm gives it, or the
/// version alone.
pub fn text_of(path: &str, version: &VcsVersion) -> String {
    let VcsVersion { version, commit } = version;
    if !path.ends_with(".py") {
        return version.clone();
    }
    let tuple = Version::from_str(version).map(|version| tuple(&version)).unwrap_or_default();
    let commit = commit.as_ref().map_or("None".to_owned(), |commit| format!("'{commit}'"));
    format!(
        "\
# Made by Officina for wheels and sdists, from what git says. It is not kept in git.
from __future__ import annotations

__all__ = [
    \"__commit_id__\",
    \"__version__\",
    \"__version_tuple__\",
    \"commit_id\",
    \"version\",
    \"version_tuple\",
]

version: str
__version__: str
version_tuple: tuple[int | str, ...]
__version_tuple__: tuple[int | str, ...]
commit_id: str | None
__commit_id__: str | None

__version__ = version = '{version}'
__version_tuple__ = version_tuple = ({tuple})
__commit_id__ = commit_id = {commit}
"
    )
}

/// The items of the version as a Python tuple: `1, 2, 'rc1', 'dev3', 'g29de93550'`.
fn tuple(version: &Version) -> String {
    let mut items = Vec::new();
    let quoted = |text: String| format!("'{text}'");
    if version.epoch() != 0 {
        items.push(quoted(format!("{}!", version.epoch())));
    }
    items.extend(version.release().iter().map(u64::to_string));
    if let Some(pre) = version.pre() {
        let kind = match pre.kind {
            PrereleaseKind::Alpha => "a",
            PrereleaseKind::Beta => "b",
            PrereleaseKind::Rc => "rc",
        };
        items.push(quoted(format!("{kind}{}", pre.number)));
    }
    items.extend(version.post().map(|post| quoted(format!("post{post}"))));
    items.extend(version.dev().map(|dev| quoted(format!("dev{dev}"))));
    if !version.local().is_empty() {
        let local: Vec<String> = version.local().iter().map(LocalSegment::to_string).collect();
        items.push(quoted(local.join(".")));
    }
    let end = if items.len() == 1 { "," } else { "" };
    items.join(", ") + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_has_the_names_of_setuptools_scm() {
        for (version, expected) in [
            ("1", "(1,)"),
            ("1.2rc1", "(1, 2, 'rc1')"),
            ("2!1.2.post3.dev4+g1.d2", "('2!', 1, 2, 'post3', 'dev4', 'g1.d2')"),
        ] {
            let commit = Some("g0123".to_owned());
            let made = VcsVersion { version: version.to_owned(), commit };
            let text = text_of("a/_version.py", &made);
            let line = format!("__version_tuple__ = version_tuple = {expected}\n");
            assert!(text.contains(&line), "{text}");
            assert!(text.contains(&format!("__version__ = version = '{version}'\n")), "{text}");
            assert!(text.ends_with("__commit_id__ = commit_id = 'g0123'\n"), "{text}");
            assert_eq!(text_of("a/VERSION.txt", &made), version);
        }
    }
}
