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

/// What a link command names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NamedInLink {
    /// Files that it may mean.
    pub files: BTreeSet<PathBuf>,
    /// Libraries that it may mean. One that is not there counts too: it would be found before
    /// another, were it made.
    pub libraries: BTreeSet<PathBuf>,
}

/// Folders that a link searches for libraries.
#[derive(Debug, Clone, Default)]
pub struct LibraryFolders {
    /// Those of the environment. Absolute.
    pub environment: Vec<PathBuf>,
    /// Those of the system, which are asked for libraries that are there.
    pub system: Vec<PathBuf>,
}

/// Takes the words of a link apart. `read` are the files that the linker says it read, where it does:
/// libraries that no word names are among them, as the compiler's own.
pub fn named_files(
    words: &[String],
    root: &Path,
    folders: &LibraryFolders,
    read: &BTreeSet<PathBuf>,
) -> NamedInLink {
    let words: Vec<&str> = words.iter().flat_map(|word| parts(word)).collect();
    let named = FOLDER.iter().flat_map(|flag| values(&words, flag)).map(|name| root.join(name));
    let searched: Vec<PathBuf> = named.chain(folders.environment.iter().cloned()).collect();
    let mut found = NamedInLink::default();
    let own = LIBRARY.iter().flat_map(|flag| values(&words, flag)).flat_map(library_files);
    let others = read.iter().filter_map(|file| library_name(file)).flat_map(library_files);
    for file in own.chain(others).collect::<BTreeSet<_>>() {
        found.libraries.extend(searched.iter().map(|folder| folder.join(&file)));
        let there = folders.system.iter().map(|folder| folder.join(&file));
        found.libraries.extend(there.filter(|path| path.is_file()));
    }
    for word in words.iter().filter(|word| word.ends_with(".lib") || word.ends_with(".def")) {
        found.libraries.extend(searched.iter().map(|folder| folder.join(word)));
    }
    let named = FILE.iter().flat_map(|flag| values(&words, flag)).chain(plain(&words));
    found.files.extend(named.map(|word| root.join(word)).filter(|path| path.is_file()));
    found
}

/// `v` of `libv.so` and `libv.a`.
fn library_name(file: &Path) -> Option<&str> {
    let name = file.file_name()?.to_str()?.strip_prefix("lib")?;
    [".so", ".a", ".dylib", ".tbd"].iter().find_map(|end| name.strip_suffix(end))
}

/// Whether a file stands for others, which only a linker could name: a thin archive, or a text that
/// says `INPUT(...)`.
pub fn stands_for_others(file: &Path) -> bool {
    use std::io::Read as _;
    let mut start = [0; 8];
    let read = std::fs::File::open(file).and_then(|mut file| file.read(&mut start)).unwrap_or(0);
    let start = &start[..read];
    let is_library = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lib"));
    let is_text = start.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t'));
    let is_script = is_library && !start.is_empty() && is_text && !start.starts_with(b"!<arch>");
    start.starts_with(b"!<thin>") || is_script
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
            let found =
                named_files(&words, root.path(), &LibraryFolders::default(), &BTreeSet::new());
            let found: BTreeSet<PathBuf> = found.files.into_iter().chain(found.libraries).collect();
            let found = found.iter().map(|path| path.strip_prefix(root.path()).unwrap().display());
            let found: Vec<String> = found.map(|path| path.to_string()).collect();
            assert_eq!(found.join(" ").replace('\\', "/"), expected, "{line}");
        }
    }

    #[test]
    fn libraries_that_a_linker_adds_and_folders_of_the_environment_count() {
        let root = tempfile::tempdir().unwrap();
        let folders = LibraryFolders {
            environment: vec![root.path().join("env")],
            ..LibraryFolders::default()
        };
        let read = ["/usr/lib/libc.so", "/gcc/crti.o"].map(PathBuf::from).into();
        let found = named_files(&["-Lown".into()], root.path(), &folders, &read).libraries;
        for path in ["own/libc.so", "own/libc.a", "env/libc.so", "env/libc.a"] {
            assert!(found.contains(&root.path().join(path)), "{found:?}");
        }
    }

    #[test]
    fn some_files_stand_for_others() {
        let root = tempfile::tempdir().unwrap();
        for (name, bytes, expected) in [
            ("libx.so", &b"INPUT(libreal.a)"[..], true),
            ("libx.a", b"!<thin>\n/", true),
            ("liby.a", b"!<arch>\n/", false),
            ("liby.so", b"\x7fELF\x02\x01\x01\0", false),
            ("exports.map", b"{ local: *; };", false),
            ("libempty.a", b"", false),
        ] {
            let path = root.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(stands_for_others(&path), expected, "{name}");
        }
    }
}
