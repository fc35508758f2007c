//! Where a compiler looked for headers in vain: a header that appears there comes first next time.
//!
//! Dep files name what was found, not what was looked for. So for each header that was read, every
//! folder that may be searched before is asked for the same name. Too many lookups do no harm: a
//! step runs once more than it need.

use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

/// The lookups that failed, or may have: paths that lead to nothing today. Where a whole folder is
/// not there, its path stands for all that could be in it. `headers` are the files that were read,
/// `folders` those that are searched for headers, the folders of including files among them.
pub fn failed_lookups<'a>(
    headers: impl IntoIterator<Item = &'a Path>,
    folders: &BTreeSet<PathBuf>,
) -> BTreeSet<PathBuf> {
    let mut names = BTreeSet::new();
    for header in headers {
        names.extend(names_of(header, folders));
    }
    let mut exists = HashMap::new();
    let lookups = folders.iter().flat_map(|folder| names.iter().map(move |name| (folder, name)));
    lookups.filter_map(|(folder, name)| first_missing(folder, name, &mut exists)).collect()
}

/// The names under which a header may have been included.
fn names_of<'a>(header: &'a Path, folders: &'a BTreeSet<PathBuf>) -> Vec<&'a Path> {
    let below: Vec<&Path> = header
        .ancestors()
        .skip(1)
        .filter(|folder| folders.contains(*folder))
        .filter_map(|folder| header.strip_prefix(folder).ok())
        .collect();
    if !below.is_empty() {
        return below;
    }
    // One of the system's: below a folder of the name `include`, at whatever depth.
    let is_include = |part: &Component| part.as_os_str() == "include";
    let mut parts = header.components();
    if !parts.by_ref().any(|part| is_include(&part)) {
        return header.file_name().map(Path::new).into_iter().collect();
    }
    std::iter::successors(Some(parts.as_path()), |rest| {
        let mut parts = rest.components();
        parts.next();
        Some(parts.as_path()).filter(|rest| !rest.as_os_str().is_empty())
    })
    .collect()
}

/// The first part of a path below a folder that leads to nothing; `None` if all of it is there.
fn first_missing(
    folder: &Path,
    name: &Path,
    exists: &mut HashMap<PathBuf, bool>,
) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    let mut parts = name.components();
    loop {
        let is_there = match exists.get(&path) {
            Some(known) => *known,
            None => *exists.entry(path.clone()).or_insert(path.exists()),
        };
        if !is_there {
            return Some(path);
        }
        path.push(parts.next()?);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookups(root: &Path, headers: &[&str], folders: &[&str]) -> Vec<String> {
        let headers: Vec<PathBuf> = headers.iter().map(|header| root.join(header)).collect();
        let folders = folders.iter().map(|folder| root.join(folder)).collect();
        let found = failed_lookups(headers.iter().map(PathBuf::as_path), &folders);
        let seen = |path: &PathBuf| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        found.iter().map(seen).collect()
    }

    #[test]
    fn a_header_is_looked_for_in_every_folder() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for folder in ["a/lib", "b/lib", "src"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in ["b/lib/x.h", "a/lib/y.h"] {
            std::fs::write(root.join(file), "").unwrap();
        }
        let found = lookups(root, &["b/lib/x.h"], &["a", "b", "src", "gone"]);
        assert_eq!(found, ["a/lib/x.h", "gone", "src/lib"]);
        assert_eq!(lookups(root, &["a/lib/y.h"], &["a"]), Vec::<String>::new());
    }

    #[test]
    fn a_header_of_the_system_may_have_been_included_by_any_part_of_its_path() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("inc")).unwrap();
        let folders = BTreeSet::from([root.path().join("inc")]);
        let header = Path::new("/usr/include/x86_64-linux-gnu/bits/types.h");
        let found = failed_lookups([header], &folders);
        let expected =
            ["bits", "types.h", "x86_64-linux-gnu"].map(|name| root.path().join("inc").join(name));
        assert_eq!(found, BTreeSet::from(expected));
    }
}
