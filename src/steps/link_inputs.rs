//! Which files a link may read, as its words tell.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Words whose value is a library folder: `-L`, with the value joined or in the next word.
const FOLDER: [&str; 3] = ["-L", "--library-path=", "/LIBPATH:"];
/// Words whose value is the name of a library.
const LIBRARY: [&str; 2] = ["-l", "--library="];
/// Words whose value is a file that decides what is linked or exported.
const FILE: [&str; 9] = [
    "-T",
    "--script=",
    "--version-script=",
    "--dynamic-list=",
    "--retain-symbols-file=",
    "-exported_symbols_list",
    "-force_load",
    "/DEF:",
    "@",
];
/// Words whose next word is a file that the linker writes.
const WRITTEN: [&str; 5] = ["-o", "-Map", "-map", "--out-implib", "-MF"];

/// The files that a link command may mean. A library that is not there counts too: it would be found
/// before another, were it made.
pub fn named_files(words: &[String], root: &Path, system: &[PathBuf]) -> BTreeSet<PathBuf> {
    let words: Vec<&str> = words.iter().flat_map(|word| parts(word)).collect();
    let folders: Vec<PathBuf> =
        FOLDER.iter().flat_map(|flag| values(&words, flag)).map(|name| root.join(name)).collect();
    let mut files = BTreeSet::new();
    for name in LIBRARY.iter().flat_map(|flag| values(&words, flag)) {
        for file in library_files(name) {
            files.extend(folders.iter().map(|folder| folder.join(&file)));
            let found = system.iter().map(|folder| folder.join(&file));
            files.extend(found.filter(|path| path.is_file()));
        }
    }
    for word in words.iter().filter(|word| word.ends_with(".lib") || word.ends_with(".def")) {
        files.extend(folders.iter().map(|folder| folder.join(word)));
    }
    let read = FILE.iter().flat_map(|flag| values(&words, flag)).chain(plain(&words));
    files.extend(read.map(|word| root.join(word)).filter(|path| path.is_file()));
    files
}

/// The words that the linker itself gets of a driver's word.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    word.strip_prefix("-Wl,").unwrap_or(word).split(if word.starts_with("-Wl,") {
        ','
    } else {
        '\0'
    })
}

/// The values of a flag, which follow it in the same word or are the next one.
fn values<'a>(words: &[&'a str], flag: &str) -> Vec<&'a str> {
    let alone = flag.trim_end_matches('=');
    let value = |(index, word): (usize, &&'a str)| match word.strip_prefix(flag) {
        Some(value) if !value.is_empty() => Some(value),
        _ if *word == alone => words[index + 1..].iter().find(|word| **word != "-Xlinker").copied(),
        _ => None,
    };
    words.iter().enumerate().filter_map(value).collect()
}

/// The words that are no flags and name no file that is written.
fn plain<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let is_plain = |index: usize| {
        let before = words[..index].iter().rev().find(|word| **word != "-Xlinker");
        !words[index].starts_with('-') && before.is_none_or(|before| !WRITTEN.contains(before))
    };
    (0..words.len()).filter(|index| is_plain(*index)).map(|index| words[index]).collect()
}

/// What `-lNAME` may lead to; `-l:FILE` names the file itself.
fn library_files(name: &str) -> Vec<String> {
    match name.strip_prefix(':') {
        Some(file) => vec![file.to_owned()],
        None => ["so", "a", "dylib"].map(|suffix| format!("lib{name}.{suffix}")).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_library_and_of_a_file_counts() {
        let root = tempfile::tempdir().unwrap();
        for name in ["exports.map", "plain.a", "out.so", "lib/x.txt"] {
            std::fs::create_dir_all(root.path().join("lib")).unwrap();
            std::fs::write(root.path().join(name), "").unwrap();
        }
        for (line, expected) in [
            ("-Llib -lv", "lib/libv.a lib/libv.dylib lib/libv.so"),
            ("-L lib -l v", "lib/libv.a lib/libv.dylib lib/libv.so"),
            ("-Wl,-L,lib -Wl,-lv", "lib/libv.a lib/libv.dylib lib/libv.so"),
            ("-Xlinker -L -Xlinker lib -l:v.a", "lib/v.a"),
            ("--library-path=lib --library=:v.a", "lib/v.a"),
            ("--library-path lib --library :v.a", "lib/v.a"),
            ("/LIBPATH:lib v.lib", "lib/v.lib"),
            ("plain.a -o out.so", "plain.a"),
            ("-Wl,--whole-archive,plain.a,--no-whole-archive", "plain.a"),
            ("-Wl,--version-script=exports.map", "exports.map"),
            ("-Wl,--version-script,exports.map -Wl,-Map,out.so", "exports.map"),
            ("-Xlinker -T -Xlinker exports.map", "exports.map"),
            ("@exports.map", "exports.map"),
            ("-Wl,-soname,out -lm", ""),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let found = named_files(&words, root.path(), &[]);
            let found = found.iter().map(|path| path.strip_prefix(root.path()).unwrap().display());
            let found: Vec<String> = found.map(|path| path.to_string()).collect();
            assert_eq!(found.join(" "), expected, "{line}");
        }
    }
}
