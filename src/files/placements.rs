//! Files that a wheel holds at other places than the tree does: in the schemes of its `.data` folder,
//! and under names that `files` gives them. Pure.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::files::globs::{self, Globs};
use crate::files::kinds;
use crate::model::{
    DataRule, GlobRule, Leftover, Renaming, Scheme, Settings, SourceText, Tree, WheelReason,
};

/// A place of a file in the wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placement {
    /// The scheme of the `.data` folder that it is in; `None`: beside the packages.
    pub scheme: Option<Scheme>,
    /// The path in there, with `/`.
    pub path: String,
    /// Which setting says so.
    pub why: WheelReason,
}

/// The rules of `data` and `files`.
pub(super) struct Placements<'a> {
    data: Vec<(&'a DataRule, Globs)>,
    renamed: Vec<(&'a Renaming, Arc<GlobRule>)>,
}

impl<'a> Placements<'a> {
    /// # Errors
    /// Something is not a glob.
    pub(super) fn new(settings: &'a Settings, pyproject: &Arc<SourceText>) -> Result<Self> {
        let data = settings
            .data
            .iter()
            .map(|rule| Ok((rule, globs::unchecked(&key(rule), &rule.globs, pyproject)?)));
        let renamed = settings.files.iter().map(|rename| {
            let rule = GlobRule { key: "files".into(), glob: rename.source.value.clone() };
            (rename, Arc::new(rule))
        });
        Ok(Placements { data: data.collect::<Result<_>>()?, renamed: renamed.collect() })
    }

    /// The places that settings name for a file of the tree. What a glob takes without naming it must
    /// not be a secret, nor what tools leave behind.
    pub(super) fn of(&self, path: &str, is_secret: &dyn Fn(&str) -> bool) -> Vec<Placement> {
        if self.data.is_empty() && self.renamed.is_empty() {
            return Vec::new();
        }
        let is_unwanted = is_litter(path) || is_secret(path);
        let data = self.data.iter().filter_map(|(rule, globs)| {
            let why = globs.rule(path).filter(|why| !is_unwanted || why.glob == path)?;
            let below = match rule.scheme {
                Scheme::Scripts => path.rsplit('/').next().unwrap_or(path),
                Scheme::Headers | Scheme::Data => below_fixed_part(&why.glob, path),
            };
            let path = joined(&rule.folder, below);
            let why = WheelReason::Include(Arc::clone(why));
            Some(Placement { scheme: Some(rule.scheme), path, why })
        });
        let renamed = self.renamed.iter().filter_map(|(rename, why)| {
            let below = below(&rename.source.value, path)?;
            let is_named = below.is_empty();
            let path = joined(&rename.wheel_path, below);
            let why = WheelReason::Include(Arc::clone(why));
            (is_named || !is_unwanted).then_some(Placement { scheme: None, path, why })
        });
        data.chain(renamed).collect()
    }

    /// Whether `files` gives a file another path, so that the wheel does not hold it at its own.
    pub(super) fn renames(&self, path: &str) -> bool {
        self.renamed.iter().any(|(rename, _)| below(&rename.source.value, path).is_some())
    }

    /// # Errors
    /// A glob that matches nothing, or a path that leads to nothing.
    pub(super) fn refuse_missing(&self, tree: &Tree, pyproject: &Arc<SourceText>) -> Result<()> {
        for (rule, globs) in &self.data {
            globs.refuse_unmatched(&key(rule), &rule.globs, tree, pyproject)?;
        }
        for (rename, _) in &self.renamed {
            let source = &rename.source;
            let is_there = |path: &str| below(&source.value, path).is_some();
            if !globs::paths(tree).any(is_there) {
                let message = format!("there is no `{}`, which `files` names", source.value);
                let error = Error::new(message).at(pyproject, source.span.clone());
                return Err(match globs::nearest_place(&source.value, tree) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint("paths are relative to the folder of pyproject.toml"),
                });
            }
        }
        Ok(())
    }
}

/// `data.scripts`
fn key(rule: &DataRule) -> String {
    format!("data.{}", rule.scheme)
}

fn is_litter(path: &str) -> bool {
    matches!(kinds::litter(path), Some(Leftover::Bytecode | Leftover::Tool))
        || kinds::is_version_controls(path)
}

/// A path as seen from a file or a folder: empty for itself; `None` if it lies elsewhere.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder)?;
    match rest.is_empty() || folder.is_empty() {
        true => Some(rest),
        false => rest.strip_prefix('/'),
    }
}

/// A path without the folders that the glob spells out: of `docs/**/*.html`, `docs`; of a folder, the
/// folder; of a file, the folder that it is in.
fn below_fixed_part<'p>(glob: &str, path: &'p str) -> &'p str {
    let is_fixed = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
    let parts = glob.split('/').filter(|part| !matches!(*part, "" | "."));
    let fixed = parts.take_while(is_fixed).count();
    let mut rest = path;
    for _ in 0..fixed {
        rest = rest.split_once('/').map_or(rest, |(_, rest)| rest);
    }
    rest
}

fn joined(folder: &str, below: &str) -> String {
    match (folder, below) {
        ("", _) => below.to_owned(),
        (_, "") => folder.to_owned(),
        _ => format!("{folder}/{below}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_the_folders_that_its_glob_leaves_open() {
        for (glob, path, expected) in [
            ("man/*.1", "man/a.1", "a.1"),
            ("man/a.1", "man/a.1", "a.1"),
            ("a.1", "a.1", "a.1"),
            ("docs", "docs/b/c.html", "b/c.html"),
            ("./docs/", "docs/c.html", "c.html"),
            ("docs/**/*.html", "docs/b/c.html", "b/c.html"),
            ("locale/*/LC_MESSAGES/*.mo", "locale/de/LC_MESSAGES/x.mo", "de/LC_MESSAGES/x.mo"),
            (".", "a/b", "a/b"),
            ("{a,b}/x", "a/x", "a/x"),
        ] {
            assert_eq!(below_fixed_part(glob, path), expected, "{glob}");
        }
    }

    #[test]
    fn a_path_is_seen_from_a_file_and_from_a_folder() {
        for (folder, path, expected) in [
            ("a/b", "a/b", Some("")),
            ("a", "a/b", Some("b")),
            ("a", "ab", None),
            ("", "a/b", Some("a/b")),
        ] {
            assert_eq!(below(folder, path), expected, "{folder} {path}");
        }
    }
}
