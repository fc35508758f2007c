//! Circles in a graph of files.

use std::collections::{BTreeMap, BTreeSet};

/// What each file imports.
pub(super) type Imports<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The strongly connected components of more than one file: in each of them, every file imports
/// every other one, directly or through others.
pub(super) fn circles<'a>(imports: &Imports<'a>) -> Vec<BTreeSet<&'a str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|file| (*file, reachable(file, imports))).collect();
    let mut circles = Vec::new();
    let mut seen = BTreeSet::new();
    for (file, ahead) in &reached {
        let is_back = |other: &&&str| reached.get(**other).is_some_and(|set| set.contains(file));
        let circle: BTreeSet<&str> = ahead.iter().filter(is_back).copied().collect();
        if circle.len() > 1 && seen.insert(*file) {
            seen.extend(&circle);
            circles.push(circle);
        }
    }
    circles
}

/// What a file imports, directly or through others; itself only if that leads back to it.
fn reachable<'a>(file: &str, imports: &Imports<'a>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&str> = imports.get(file).into_iter().flatten().copied().collect();
    while let Some(file) = next.pop() {
        if found.insert(file) {
            next.extend(imports.get(file).into_iter().flatten());
        }
    }
    found
}
