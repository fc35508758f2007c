//! How commands name files, so that neither the folder of the project nor that of the build gets into
//! what compilers make.
//!
//! A compiler cache knows a command by its words, and each isolated build lies in another folder. So
//! commands name what lies in the project relative to its root, and the root itself only where it
//! could get into an object otherwise.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// The folders of a build that no product may hold.
#[derive(Debug, Clone, Copy)]
pub struct PathMapping<'a> {
    /// The project root, where every program runs.
    pub root: &'a Path,
    /// The build folder, where everything is made.
    pub build_dir: &'a Path,
    /// How else both may be spelled.
    pub spellings: &'a FolderSpellings,
}

/// Every spelling of the folders that no product may hold: as the user said it, and without links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderSpellings {
    /// Of the project root.
    pub root: Vec<PathBuf>,
    /// Of the build folder.
    pub build_dir: Vec<PathBuf>,
}

impl FolderSpellings {
    /// Looks at the disk for them.
    pub fn of(root: &Path, build_dir: &Path) -> Self {
        FolderSpellings { root: spellings(root), build_dir: spellings(build_dir) }
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

impl PathMapping<'_> {
    /// The folder of the objects of a module or a library.
    pub fn objects_of(&self, name: &str) -> PathBuf {
        self.build_dir.join("objects").join(name)
    }

    /// A path as commands name it.
    pub fn in_command(&self, path: &Path) -> PathBuf {
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

    /// Flags as commands hold them.
    pub fn flags_in_command(&self, flags: &[String]) -> Vec<OsString> {
        let mut is_path = false;
        let mut said = Vec::with_capacity(flags.len());
        for flag in flags {
            let option = HEADER_OPTIONS.iter().find(|option| flag.starts_with(**option));
            said.push(match option.map(|option| flag.split_at(option.len())) {
                _ if is_path => self.in_command(Path::new(flag)).into(),
                Some((option, path)) if Path::new(path).is_absolute() => {
                    joined(option, &self.in_command(Path::new(path)))
                }
                _ => flag.into(),
            });
            is_path = !is_path && HEADER_OPTIONS.contains(&flag.as_str());
        }
        said
    }

    /// What makes `__FILE__` and debug information the same wherever the build runs, for the folders
    /// of which `is_named` says that they could get in. Compilers take the last map that fits: the
    /// build folder may lie in the project.
    pub fn prefix_maps(&self, option: &str, is_named: impl Fn(&str) -> bool) -> Vec<OsString> {
        let FolderSpellings { root, build_dir } = self.spellings;
        let whole = |folder: &PathBuf| (folder.clone().into_os_string(), ".");
        let mut maps: Vec<(OsString, &str)> = root.iter().chain(build_dir).map(whole).collect();
        maps.dedup();
        // From the root it is a short name, which others may begin with.
        let short = self.in_command(self.build_dir);
        if short.is_relative() {
            maps.push((short.join("").into(), "./"));
        }
        maps.retain(|(folder, _)| is_named(&folder.to_string_lossy()));
        let word = |(folder, name): (OsString, &str)| {
            let mut word = joined(option, Path::new(&folder));
            word.push("=");
            word.push(name);
            word
        };
        maps.into_iter().map(word).collect()
    }
}

/// An option and the path that follows it without a space.
pub fn joined(option: &str, path: &Path) -> OsString {
    let mut word = OsString::from(option);
    word.push(path);
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled() -> FolderSpellings {
        FolderSpellings {
            root: vec![here("/link/p").into(), here("/real/p").into()],
            build_dir: vec![here("/link/p/build/x").into(), here("/real/p/build/x").into()],
        }
    }

    /// The text with absolute paths of this system.
    fn here(text: &str) -> String {
        let drive = if cfg!(windows) { "C:" } else { "" };
        ["/link", "/real"]
            .iter()
            .fold(text.to_owned(), |text, path| text.replace(path, &format!("{drive}{path}")))
    }

    /// The words with `/` alone, and with absolute paths as in the tables.
    fn shown(words: &[OsString]) -> Vec<String> {
        let drive = if cfg!(windows) { "C:" } else { "" };
        let shown = |word: &OsString| {
            word.to_string_lossy().replace('\\', "/").replace(&format!("{drive}/"), "/")
        };
        words.iter().map(shown).collect()
    }

    fn mapping(spellings: &FolderSpellings) -> PathMapping<'_> {
        let (root, build_dir) = (&spellings.root[0], &spellings.build_dir[0]);
        PathMapping { root, build_dir, spellings }
    }

    #[test]
    fn what_lies_in_the_project_is_named_from_its_root() {
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
            let found = mapping(&spellings).in_command(Path::new(&here(path)));
            assert_eq!(found, Path::new(&here(said)), "{path}");
        }
    }

    #[test]
    fn folders_of_headers_in_flags_are_named_from_the_root_and_nothing_else_is() {
        let spellings = spelled();
        for (flags, said) in [
            ("-I/link/p/a -isystem /real/p/b -I c -O2", "-Ia -isystem b -I c -O2"),
            ("-include /link/p/a.h -include/link/p/b.h", "-include a.h -includeb.h"),
            ("-DX=/link/p/a -Wl,-rpath,/link/p/a", "-DX=/link/p/a -Wl,-rpath,/link/p/a"),
            ("-I -I/link/p/a /link/p/b -I", "-I -I/link/p/a /link/p/b -I"),
        ] {
            let flags: Vec<String> = here(flags).split(' ').map(str::to_owned).collect();
            let found = shown(&mapping(&spellings).flags_in_command(&flags));
            assert_eq!(found.join(" "), said, "{flags:?}");
        }
    }

    #[test]
    fn folders_are_mapped_where_they_are_named() {
        let spellings = spelled();
        let maps = |told: &str| {
            let told = here(told);
            let is_told = |folder: &str| told.contains(&folder.replace('\\', "/"));
            shown(&mapping(&spellings).prefix_maps("-m=", is_told))
        };
        assert!(maps("-Isrc -c build/y/a.c").is_empty());
        assert_eq!(maps("-c build/x/a.c"), ["-m=build/x/=./"]);
        assert_eq!(maps("-I/real/p/y"), ["-m=/real/p=."]);
        let both = ["-m=/link/p=.", "-m=/link/p/build/x=.", "-m=build/x/=./"];
        assert_eq!(maps("/link/p/build/x/a.c"), both);
    }
}
