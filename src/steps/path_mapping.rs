//! The folders of a build, and how commands speak of what lies in them.
//!
//! A cache of compilers knows a command by its words, and each isolated build has another folder. So
//! what lies below the project root is said from there, and the root itself is not said at all unless
//! something could get into an object otherwise.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::model::ExtensionSpec;
use crate::steps::compile_line::joined;

/// The folders of a build.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The project root, where every program runs.
    pub root: &'a Path,
    /// Where everything is made.
    pub scratch: &'a Path,
    /// How else both may be spelled.
    pub spellings: &'a Spellings,
}

/// Every spelling of the folders that no product may hold: as the user said it, and without links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spellings {
    /// Of the project root.
    pub root: Vec<PathBuf>,
    /// Of the folder where everything is made.
    pub scratch: Vec<PathBuf>,
}

impl Spellings {
    /// Looks at the disk for them.
    pub fn of(root: &Path, scratch: &Path) -> Self {
        Spellings { root: spellings(root), scratch: spellings(scratch) }
    }
}

fn spellings(folder: &Path) -> Vec<PathBuf> {
    let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mut found = vec![folder.to_owned(), real];
    found.retain(|folder| folder.parent().is_some());
    found.dedup();
    found
}

/// Options that a path to headers follows, in the same word or in the next.
const HEADER_OPTIONS: [&str; 7] =
    ["-isystem", "-idirafter", "-iquote", "-include", "-imacros", "-I", "/I"];

impl Places<'_> {
    /// Where the objects of a module lie.
    pub fn objects(&self, spec: &ExtensionSpec) -> PathBuf {
        self.scratch.join("objects").join(spec.name.as_str())
    }

    /// A path as commands say it.
    pub fn said(&self, path: &Path) -> PathBuf {
        let inside = |root: &PathBuf| path.strip_prefix(root).ok();
        let Some(relative) = self.spellings.root.iter().find_map(inside) else {
            return path.to_owned();
        };
        match relative.components().next() {
            None => ".".into(),
            // A file may have the name of an option.
            Some(Component::Normal(name)) if name.to_string_lossy().starts_with(['-', '@']) => {
                Path::new(".").join(relative)
            }
            Some(_) => relative.to_owned(),
        }
    }

    /// Flags as commands say them.
    pub fn said_flags(&self, flags: &[String]) -> Vec<OsString> {
        let mut is_path = false;
        let mut said = Vec::with_capacity(flags.len());
        for flag in flags {
            let option = HEADER_OPTIONS.iter().find(|option| flag.starts_with(**option));
            said.push(match option.map(|option| flag.split_at(option.len())) {
                _ if is_path => self.said(Path::new(flag)).into(),
                Some((option, path)) if Path::new(path).is_absolute() => {
                    joined(option, &self.said(Path::new(path)))
                }
                _ => flag.into(),
            });
            is_path = !is_path && HEADER_OPTIONS.contains(&flag.as_str());
        }
        said
    }

    /// What makes `__FILE__` and debug information the same wherever the build runs, for the folders
    /// that `is_told` says could get in. Compilers take the last map that fits: the scratch folder
    /// may lie in the project.
    pub fn prefix_maps(&self, option: &str, is_told: impl Fn(&str) -> bool) -> Vec<OsString> {
        let Spellings { root, scratch } = self.spellings;
        let whole = |folder: &PathBuf| (folder.clone().into_os_string(), ".");
        let mut maps: Vec<(OsString, &str)> = root.iter().chain(scratch).map(whole).collect();
        maps.dedup();
        // From the root it is a short name, which others may begin with.
        let said = self.said(self.scratch);
        if said.is_relative() {
            maps.push((said.join("").into(), "./"));
        }
        maps.retain(|(folder, _)| is_told(&folder.to_string_lossy()));
        let word = |(folder, name): (OsString, &str)| {
            let mut word = joined(option, Path::new(&folder));
            word.push("=");
            word.push(name);
            word
        };
        maps.into_iter().map(word).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled() -> Spellings {
        Spellings {
            root: vec!["/link/p".into(), "/real/p".into()],
            scratch: vec!["/link/p/build/x".into(), "/real/p/build/x".into()],
        }
    }

    fn places(spellings: &Spellings) -> Places<'_> {
        let (root, scratch) = (&spellings.root[0], &spellings.scratch[0]);
        Places { root, scratch, spellings }
    }

    #[test]
    fn what_lies_in_the_project_is_said_from_its_root() {
        let spellings = spelled();
        for (path, said) in [
            ("/link/p/src/a.c", "src/a.c"),
            ("/real/p/src/a.c", "src/a.c"),
            ("/link/p", "."),
            ("/link/p/../q", "../q"),
            ("/link/p/-a.c", "./-a.c"),
            ("/link/pq/a.c", "/link/pq/a.c"),
            ("src/a.c", "src/a.c"),
        ] {
            assert_eq!(places(&spellings).said(Path::new(path)), Path::new(said), "{path}");
        }
    }

    #[test]
    fn folders_of_headers_in_flags_are_said_from_the_root_and_nothing_else_is() {
        let spellings = spelled();
        for (flags, said) in [
            ("-I/link/p/a -isystem /real/p/b -I c -O2", "-Ia -isystem b -I c -O2"),
            ("-include /link/p/a.h -include/link/p/b.h", "-include a.h -includeb.h"),
            ("-DX=/link/p/a -Wl,-rpath,/link/p/a", "-DX=/link/p/a -Wl,-rpath,/link/p/a"),
            ("-I -I/link/p/a /link/p/b -I", "-I -I/link/p/a /link/p/b -I"),
        ] {
            let flags: Vec<String> = flags.split(' ').map(str::to_owned).collect();
            let expected: Vec<OsString> = said.split(' ').map(Into::into).collect();
            assert_eq!(places(&spellings).said_flags(&flags), expected, "{flags:?}");
        }
    }

    #[test]
    fn folders_are_mapped_where_they_are_told() {
        let spellings = spelled();
        let maps = |told: &str| {
            let maps = places(&spellings).prefix_maps("-m=", |folder| told.contains(folder));
            maps.iter().map(|map| map.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert!(maps("-Isrc -c build/y/a.c").is_empty());
        assert_eq!(maps("-c build/x/a.c"), ["-m=build/x/=./"]);
        assert_eq!(maps("-I/real/p/y"), ["-m=/real/p=."]);
        let both = ["-m=/link/p=.", "-m=/link/p/build/x=.", "-m=build/x/=./"];
        assert_eq!(maps("/link/p/build/x/a.c"), both);
    }
}
