//! Where a compiler looked for headers in vain: a header that appears there comes first next time.
//!
//! Dep files name what was found, not what was looked for. So for each header that was read, every
//! folder that may be searched before is asked for the same name. Too many lookups do no harm: a
//! step runs once more than it need.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::steps::compile_words::CompileWords;

/// Where a compiler searches for headers.
#[derive(Debug, Default)]
pub struct HeaderSearch {
    folders: Vec<SearchFolder>,
    /// Folders whose headers nobody edits: the system's and Python's.
    foreign: BTreeSet<PathBuf>,
}

/// A folder that is searched for headers.
#[derive(Debug)]
struct SearchFolder {
    path: PathBuf,
    /// The same without links, where that is another path: GCC names headers of the system so.
    real: Option<PathBuf>,
    /// Folders with a smaller number come before it; those with the same one may.
    rank: usize,
}

impl HeaderSearch {
    /// The folders of a compile that read `files`: those of its words, those of the files, which
    /// `#include "..."` searches, and those of the system. `python` are the folders of Python's
    /// headers.
    pub fn of(
        words: &CompileWords,
        files: &BTreeSet<PathBuf>,
        root: &Path,
        python: &[PathBuf],
    ) -> Self {
        let named = words.searched.iter().chain(&words.quoted).chain(&words.after);
        let named: Vec<&Path> = named.map(PathBuf::as_path).chain([root]).collect();
        let system = system_folders(files, &named);
        let foreign: BTreeSet<PathBuf> = python.iter().cloned().chain(system.clone()).collect();
        let mut search = HeaderSearch { folders: Vec::new(), foreign };
        let beside = files.iter().filter(|file| !search.is_foreign(file));
        let beside: BTreeSet<PathBuf> =
            beside.filter_map(|file| Some(file.parent()?.to_owned())).collect();
        let working = words.includes.then(|| root.to_owned());
        search.add(0, beside.into_iter().chain(working).chain(words.quoted.iter().cloned()));
        for (index, folder) in words.searched.iter().enumerate() {
            search.add(1 + index, [folder.clone()]);
        }
        let rank = 1 + words.searched.len();
        search.add(rank, system);
        search.add(rank + 1, words.after.iter().cloned());
        search
    }

    fn add(&mut self, rank: usize, folders: impl IntoIterator<Item = PathBuf>) {
        for path in folders {
            let real = std::fs::canonicalize(&path).ok().filter(|real| *real != path);
            self.folders.push(SearchFolder { path, real, rank });
        }
    }

    /// Whether a file is none of the project's or its libraries'.
    pub fn is_foreign(&self, file: &Path) -> bool {
        file.ancestors().skip(1).any(|folder| self.foreign.contains(folder))
    }

    /// Where a name may be found, in no order.
    pub fn candidates(&self, name: &str) -> BTreeSet<PathBuf> {
        self.folders.iter().map(|folder| folder.path.join(name)).collect()
    }

    /// The lookups that failed, or may have: paths that lead to nothing today. Where a whole folder
    /// is not there, its path stands for all that could be in it.
    pub fn failed_lookups<'a>(
        &self,
        headers: impl IntoIterator<Item = &'a Path>,
    ) -> BTreeSet<PathBuf> {
        let mut names = BTreeSet::new();
        for header in headers {
            names.extend(self.names_of(header));
        }
        let mut exists = HashMap::new();
        let mut failed = BTreeSet::new();
        for (name, rank) in names {
            for folder in self.folders.iter().filter(|folder| folder.rank <= rank) {
                failed.extend(first_missing(&folder.path, name, &mut exists));
            }
        }
        failed
    }

    /// The names under which a header may have been included, with the rank at which it was found.
    fn names_of<'a>(&'a self, header: &'a Path) -> Vec<(&'a Path, usize)> {
        let below = |folder: &'a SearchFolder| {
            let real = folder.real.as_deref().into_iter();
            let mut paths = std::iter::once(folder.path.as_path()).chain(real);
            Some((paths.find_map(|path| header.strip_prefix(path).ok())?, folder.rank))
        };
        let found: Vec<_> = self.folders.iter().filter_map(below).collect();
        if !found.is_empty() {
            return found;
        }
        header.file_name().map(|name| (Path::new(name), usize::MAX)).into_iter().collect()
    }
}

/// The folders of the system, told from the headers that were found in them: no compiler is asked.
fn system_folders(files: &BTreeSet<PathBuf>, named: &[&Path]) -> BTreeSet<PathBuf> {
    let is_named = |file: &Path| named.iter().any(|folder| file.starts_with(folder));
    let parents = files.iter().filter(|file| !is_named(file)).filter_map(|file| file.parent());
    let parents: BTreeSet<&Path> = parents.collect();
    let mut found: BTreeSet<PathBuf> = parents
        .iter()
        .flat_map(|folder| folder.ancestors())
        .filter(|folder| is_searched(folder))
        .map(Path::to_owned)
        .collect();
    if cfg!(unix) && !found.is_empty() {
        found.insert("/usr/local/include".into());
    }
    found
}

/// `include`, `include/x86_64-linux-gnu`, `include/c++/12`, `include/c++/12/backward`.
fn is_searched(folder: &Path) -> bool {
    let mut names = folder.iter().rev().map(|name| name.to_string_lossy());
    let (Some(last), Some(before)) = (names.next(), names.next()) else { return false };
    let is_triplet = last.split('-').count() > 2;
    let is_cxx = names.next().is_some_and(|name| name == "c++");
    matches!(&*last, "include" | "include-fixed")
        || before == "include" && is_triplet
        || before == "c++"
        || is_cxx && (last == "backward" || is_triplet)
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

    /// What is looked for in vain, from the root, by a compile with these words.
    fn lookups(root: &Path, read: &[&str], line: &str) -> Vec<String> {
        let files: BTreeSet<PathBuf> = read.iter().map(|file| root.join(file)).collect();
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let words = CompileWords::of(&words, &crate::model::Environment::default(), root);
        let search = HeaderSearch::of(&words, &files, root, &[]);
        let found = search.failed_lookups(files.iter().map(PathBuf::as_path));
        let inside = found.iter().filter_map(|path| path.strip_prefix(root).ok());
        inside.map(|path| path.to_str().unwrap().replace('\\', "/")).collect()
    }

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        root
    }

    #[test]
    fn a_header_is_looked_for_in_every_folder_that_comes_before() {
        let root = tree(&["src/a.c", "a/lib/y.h", "b/lib/x.h", "b/x.def"]);
        for (read, line, expected, never) in [
            ("src/a.c b/lib/x.h", "-Ia -Ib", "a/lib/x.h src/lib", ""),
            ("src/a.c b/lib/x.h", "-Igone -I b -Ia", "gone src/lib", "a/lib/x.h"),
            ("src/a.c a/lib/y.h", "-Ia -Ib", "src/lib", "b/lib/y.h"),
            ("src/a.c b/x.def", "-isystem b -idirafter c -Ia", "a/x.def src/x.def", "c"),
            ("src/a.c b/x.def", "-idirafter b -iquote a -Isrc", "a/x.def src/x.def", ""),
            ("src/a.c b/x.def", "-include x.def -Ib", "src/x.def x.def", "a/x.def"),
        ] {
            let read: Vec<&str> = read.split(' ').collect();
            let found = lookups(root.path(), &read, line);
            let is_found = |path: &&str| found.iter().any(|found| found == path);
            assert!(expected.split(' ').all(|path| is_found(&path)), "{line}: {found:?}");
            assert!(!is_found(&never), "{line}: {found:?}");
        }
    }

    #[test]
    fn a_header_of_the_system_is_looked_for_in_all_its_folders() {
        let root = tree(&["p/inc/z.h"]);
        let header = Path::new("/nowhere/include/x86_64-linux-gnu/bits/types.h");
        let files = BTreeSet::from([header.to_owned(), "/nowhere/include/c++/12/vector".into()]);
        let words = ["-Ip/inc".to_owned()];
        let words = CompileWords::of(&words, &crate::model::Environment::default(), root.path());
        let search = HeaderSearch::of(&words, &files, root.path(), &[]);
        assert!(search.is_foreign(header) && !search.is_foreign(&root.path().join("p/inc/z.h")));
        let found = search.failed_lookups([header]);
        for path in [&root.path().join("p/inc/bits"), &root.path().join("p/inc/x86_64-linux-gnu")] {
            assert!(found.contains(path), "{found:?}");
        }
        let system: Vec<&PathBuf> = search.folders.iter().map(|folder| &folder.path).collect();
        for folder in ["/nowhere/include", "/nowhere/include/c++/12", "/usr/local/include"] {
            assert!(!cfg!(unix) || system.contains(&&PathBuf::from(folder)), "{system:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_has_the_names_of_its_links_too() {
        let root = tree(&["src/a.c", "real/x.h", "first/y.h"]);
        let root = root.path().canonicalize().unwrap();
        std::os::unix::fs::symlink(root.join("real"), root.join("link-to-headers")).unwrap();
        let found = lookups(&root, &["src/a.c", "real/x.h"], "-Ifirst -isystem link-to-headers");
        assert!(found.contains(&"first/x.h".to_owned()), "{found:?}");
    }
}
