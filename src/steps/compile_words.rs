//! What the words and variables of a compile name besides its source: folders that are searched for
//! headers, and files that decide how it compiles.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::model::Environment;
use crate::toolchain::command_line::{Quoting, split, values_of};

/// Folders that `#include "..."` alone searches.
const QUOTED: &[&str] = &["-iquote"];
/// Folders that every `#include` searches, in this order.
const ALL: &[&str] = &["-I", "--include-directory=", "/I", "--embed-dir="];
/// Folders that are searched after those.
const SYSTEM: &[&str] = &["-isystem", "-cxx-isystem", "-imsvc", "/imsvc", "/external:I"];
/// Folders that are searched after the system's own.
const AFTER: &[&str] = &["-idirafter"];
/// Headers that are read before the source, looked for in the working directory first.
const INCLUDED: &[&str] = &["-include", "-imacros", "/FI"];
/// Files that decide how it compiles.
const FILES: &[&str] = &[
    "-specs=",
    "--specs=",
    "--config=",
    "-include-pch",
    "-load",
    "-fplugin=",
    "-fpass-plugin=",
    "-fprofile-use=",
    "-fprofile-instr-use=",
    "-fprofile-sample-use=",
    "-fprofile-list=",
    "-fauto-profile=",
    "-fsanitize-blacklist=",
    "-fsanitize-ignorelist=",
    "-fmodule-map-file=",
    "-fmodule-file=",
    "-ivfsoverlay",
    "-fthinlto-index=",
];
/// Words for files whose names the compiler itself decides.
const UNNAMED: &[&str] =
    &["-fprofile-use", "-fprofile-instr-use", "-fauto-profile", "-fbranch-probabilities"];
/// Words that hand the next one to a part of the compiler.
const PASSED_ON: &[&str] = &["-Xpreprocessor", "-Xclang", "-Xassembler"];

/// Variables with folders that are searched like those of `-I`.
const LIKE_ALL: &[&str] = &["CPATH"];
/// Variables with folders that are searched like those of `-isystem`.
const LIKE_SYSTEM: &[&str] =
    &["C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "INCLUDE", "EXTERNAL_INCLUDE"];

/// What words and variables name. Paths are absolute.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CompileWords {
    /// Folders for `#include "..."` alone.
    pub quoted: Vec<PathBuf>,
    /// Folders for every `#include`, in the order in which they are searched.
    pub searched: Vec<PathBuf>,
    /// Folders that come after those of the system.
    pub after: Vec<PathBuf>,
    /// Whether a word includes a header.
    pub includes: bool,
    /// Files that decide how it compiles.
    pub files: BTreeSet<PathBuf>,
    /// A word for a file that nobody can name.
    pub unknown: Option<String>,
}

impl CompileWords {
    /// Takes a command apart; reads the files of words (`@file`) that it has.
    pub fn of(words: &[String], environment: &Environment, root: &Path) -> Self {
        let mut found = CompileWords::default();
        let words = found.plain(words, root, 0);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let named = |options| values_of(&words, options).map(|name| root.join(name));
        let listed = |names: &[&str]| -> Vec<PathBuf> {
            names.iter().flat_map(|name| folders_of(environment, name, root)).collect()
        };
        found.quoted.extend(named(QUOTED));
        found.searched.extend(named(ALL));
        found.searched.extend(listed(LIKE_ALL));
        found.searched.extend(named(SYSTEM));
        found.searched.extend(listed(LIKE_SYSTEM));
        found.searched.extend(named(&["-B"]).map(|prefix| prefix.join("include")));
        found.after.extend(named(AFTER));
        found.includes = named(INCLUDED).next().is_some();
        for (word, path) in values_of(&words, FILES).map(|name| (name, root.join(name))) {
            // A plugin, or a file of specs, may be found in the compiler's own folders.
            if !path.is_file() {
                found.unknown = Some(word.to_owned());
            }
            found.files.insert(path);
        }
        if let Some(word) = words.iter().find(|word| UNNAMED.contains(word)) {
            found.unknown = Some((*word).to_owned());
        }
        found
    }

    /// The words that the parts of the compiler see.
    fn plain(&mut self, words: &[String], root: &Path, depth: usize) -> Vec<String> {
        let mut plain = Vec::with_capacity(words.len());
        for word in words {
            match word.strip_prefix('@').map(|name| root.join(name)) {
                Some(file) if file.is_file() && depth < MOST_NESTED => {
                    let text = std::fs::read(&file).unwrap_or_default();
                    self.files.insert(file);
                    let inner = split(&String::from_utf8_lossy(&text), Quoting::HERE);
                    let inner = self.plain(&inner.unwrap_or_default(), root, depth + 1);
                    plain.extend(inner);
                }
                _ if PASSED_ON.contains(&word.as_str()) => {}
                _ => match word.strip_prefix("-Wp,").or_else(|| word.strip_prefix("-Wa,")) {
                    Some(list) => plain.extend(list.split(',').map(str::to_owned)),
                    None => plain.push(word.clone()),
                },
            }
        }
        plain
    }
}

/// A file of words that names itself has no end.
const MOST_NESTED: usize = 10;

/// The folders of a variable; nothing between two separators is the working directory.
fn folders_of(environment: &Environment, name: &str, root: &Path) -> Vec<PathBuf> {
    let value = environment.0.get(OsStr::new(name)).filter(|value| !value.is_empty());
    let folders = value.into_iter().flat_map(std::env::split_paths);
    folders.map(|folder| root.join(folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(line: &str, variables: &[(&str, &str)], root: &Path) -> CompileWords {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        CompileWords::of(&words, &variables.collect(), root)
    }

    #[test]
    fn folders_come_in_the_order_in_which_they_are_searched() {
        let root = Path::new("/p");
        let variables = [("CPATH", "cpath:"), ("C_INCLUDE_PATH", "/c"), ("INCLUDE", "")];
        for (line, quoted, searched, after) in [
            ("gcc -Ia -I b -c x.c", "", "/p/a /p/b", ""),
            ("gcc -isystem a -Ib -idirafter c -iquote/q", "/q", "/p/b /p/a", "/p/c"),
            ("gcc -Wp,-I,a -Wp,-Ib -Xclang -isystem -Xclang c", "", "/p/a /p/b /p/c", ""),
            ("clang --include-directory=a -Wa,-Ib", "", "/p/a /p/b", ""),
            ("cl /Ia /external:I b", "", "/p/a /p/b", ""),
        ] {
            let list = |paths: &[PathBuf]| {
                let paths = paths.iter().map(|path| path.display().to_string().replace('\\', "/"));
                paths.collect::<Vec<_>>().join(" ")
            };
            let found = words_of(line, &[], root);
            assert_eq!(list(&found.quoted), quoted, "{line}");
            assert_eq!(list(&found.searched), searched, "{line}");
            assert_eq!(list(&found.after), after, "{line}");
        }
        if cfg!(unix) {
            let found = words_of("gcc -isystem s -Ia", &variables, root);
            let expected = ["/p/a", "/p/cpath", "/p/", "/p/s", "/c"].map(PathBuf::from);
            assert_eq!(found.searched, expected);
        }
    }

    #[test]
    fn files_of_words_are_read_and_what_cannot_be_named_is_unknown() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        std::fs::create_dir(root.join("profiles")).unwrap();
        for (name, text) in [
            ("flags", "-Ia '-I b' @more @gone"),
            ("more", "-isystem c @flags"),
            ("x.specs", ""),
            ("plugin.so", ""),
        ] {
            std::fs::write(root.join(name), text).unwrap();
        }
        let found = words_of("gcc @flags", &[], root);
        assert_eq!(found.files, ["flags", "more"].map(|name| root.join(name)).into());
        assert!(found.searched.contains(&root.join("c")), "{found:?}");
        for (line, files, unknown) in [
            ("gcc -specs=x.specs", "x.specs", false),
            ("clang -Xclang -load -Xclang plugin.so", "plugin.so", false),
            ("gcc -fplugin=plugin.so -O2", "plugin.so", false),
            ("gcc -fplugin=named", "named", true),
            ("gcc -specs=nano.specs", "nano.specs", true),
            ("gcc -fprofile-use=profiles", "profiles", true),
            ("gcc -fprofile-use", "", true),
            ("gcc -fprofile-generate -O2", "", false),
        ] {
            let found = words_of(line, &[], root);
            let expected: BTreeSet<PathBuf> =
                files.split_whitespace().map(|name| root.join(name)).collect();
            assert_eq!((found.files, found.unknown.is_some()), (expected, unknown), "{line}");
        }
    }
}
