//! `include`, `exclude` and `files`: what makes the files of a wheel, or of an sdist, the old ones.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Item, Table, Value};

use crate::migrate::toml_text::{inline, set, strings};

/// Files of a wheel or of an sdist: path in it -> path in the tree.
pub type Files = BTreeMap<String, String>;

/// What the keys say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ContentKeys {
    /// Paths and globs.
    pub include: Vec<String>,
    /// Paths and globs.
    pub exclude: Vec<String>,
    /// Path in the wheel, path in the tree.
    pub files: Vec<(String, String)>,
}

/// The keys that turn the files of `new` into those of `old`. `omitted` is what else the tree has.
pub fn keys(old: &Files, new: &Files, omitted: &BTreeSet<String>) -> ContentKeys {
    let missing = old.iter().filter(|(path, source)| new.get(*path) != Some(source));
    let (mut include, mut files) = (BTreeSet::new(), Vec::new());
    for (path, source) in missing {
        if source.ends_with(path.as_str()) {
            include.insert(source.clone());
        } else {
            files.push((path.clone(), source.clone()));
        }
    }
    let moved: BTreeSet<&String> = files.iter().map(|(_, source)| source).collect();
    let extra = new
        .iter()
        .filter(|(path, source)| old.get(*path) != Some(source) && !moved.contains(source));
    let exclude: BTreeSet<String> = extra.map(|(_, source)| source.clone()).collect();
    let wanted: BTreeSet<String> = old.values().cloned().collect();
    let unwanted: BTreeSet<String> =
        omitted.iter().filter(|one| !wanted.contains(*one)).cloned().collect();
    ContentKeys { include: kinds(&include, &unwanted), exclude: globs(&exclude, &wanted), files }
}

/// The paths, written as globs where these match none of `others`.
pub fn globs(paths: &BTreeSet<String>, others: &BTreeSet<String>) -> Vec<String> {
    let mut rest = paths.clone();
    let mut found = Vec::new();
    for folder in folders(paths) {
        let below = format!("{folder}/");
        let inside: Vec<String> =
            rest.iter().filter(|one| one.starts_with(&below)).cloned().collect();
        if inside.len() > 2 && !others.iter().any(|one| one.starts_with(&below)) {
            inside.iter().for_each(|one| {
                rest.remove(one);
            });
            found.push(format!("{below}**"));
        }
    }
    found.extend(kinds(&rest, others));
    found.sort();
    found
}

/// The same without whole folders: what is made there later on may be something else.
fn kinds(paths: &BTreeSet<String>, others: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut kinds: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for path in paths {
        kinds.entry(kind(path)).or_default().push(path.clone());
    }
    for ((folder, suffix), paths) in kinds {
        let is_exact = !suffix.is_empty()
            && !others.iter().any(|other| kind(other) == (folder.clone(), suffix.clone()));
        if paths.len() > 2 && is_exact {
            found.push(format!("{folder}*.{suffix}"));
        } else {
            found.extend(paths.iter().map(|path| literal(path)));
        }
    }
    found.sort();
    found
}

/// The folders above the paths, the outermost first; not the root.
fn folders(paths: &BTreeSet<String>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for path in paths {
        for (end, _) in path.match_indices('/') {
            found.insert(path[..end].to_owned());
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|one| one.matches('/').count());
    found
}

/// `a/b/c.txt` -> `a/b/`, `txt`
fn kind(path: &str) -> (String, String) {
    let name = path.rfind('/').map_or(0, |at| at + 1);
    let suffix = path[name..].rsplit_once('.').map(|(_, suffix)| suffix).unwrap_or_default();
    (path[..name].to_owned(), suffix.to_owned())
}

/// A path in which nothing stands for something else.
fn literal(path: &str) -> String {
    let mut text = String::new();
    for letter in path.chars() {
        if matches!(letter, '*' | '?' | '[' | ']' | '{' | '}') {
            text.push_str(&format!("[{letter}]"));
        } else {
            text.push(letter);
        }
    }
    text
}

/// Writes the keys for a wheel.
pub fn write(settings: &mut Table, keys: &ContentKeys) {
    set(settings, "include", strings(&keys.include));
    set(settings, "exclude", strings(&keys.exclude));
    if !keys.files.is_empty() {
        let mut table = Table::new();
        for (path, source) in &keys.files {
            table.insert(path, toml_edit::value(source));
        }
        settings.insert("files", Item::Table(table));
    }
}

/// Writes the keys for an sdist.
pub fn write_sdist(settings: &mut Table, include: &[String], exclude: &[String]) {
    let mut entries: Vec<(&str, Value)> = Vec::new();
    if !include.is_empty() {
        entries.push(("include", strings(include)));
    }
    if !exclude.is_empty() {
        entries.push(("exclude", strings(exclude)));
    }
    if !entries.is_empty() {
        let table = inline(&entries).into_table();
        settings.insert("sdist", Item::Table(table));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_of(paths: &[&str]) -> BTreeSet<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn paths_become_globs_that_match_no_other_file() {
        let table: &[(&[&str], &[&str], &[&str])] = &[
            (&["a/x.c"], &[], &["a/x.c"]),
            (&["a/x.h", "a/y.h", "a/z.h"], &["a/b.py"], &["a/*.h"]),
            (&["a/x.h", "a/y.h", "a/z.h"], &["a/b.h"], &["a/x.h", "a/y.h", "a/z.h"]),
            (&["a/t/x.c", "a/t/y.h", "a/t/u/z"], &["a/b.py"], &["a/t/**"]),
            (&["a/x[1].c"], &[], &["a/x[[]1[]].c"]),
        ];
        for (paths, others, wanted) in table {
            assert_eq!(globs(&set_of(paths), &set_of(others)), *wanted, "{paths:?}");
        }
    }
}
