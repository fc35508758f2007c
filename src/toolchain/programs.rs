//! The programs that a command starts: the driver, and what a driver looks for in `PATH` in its turn.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::model::Environment;
use crate::toolchain::command_line::{self, values_of};
use crate::toolchain::commands::ToolCommand;
use crate::toolchain::machine::which_all;

/// The programs that a command starts, without its launcher, with what they are links to. A link
/// to a launcher (`/usr/lib/ccache/gcc`) stands for what comes after it in `PATH`.
pub fn programs(
    command: &ToolCommand,
    environment: &Environment,
    directory: &Path,
) -> BTreeSet<PathBuf> {
    let real = |word: &str| {
        let name = Path::new(word).file_name().filter(|name| *name != word);
        let words = std::iter::once(OsStr::new(word)).chain(name);
        let found = words.flat_map(|word| which_all(environment, directory, word));
        let mut found = found.map(|path| std::fs::canonicalize(&path).unwrap_or(path)).peekable();
        let first = found.peek().cloned();
        let is_compiler = |path: &PathBuf| !command_line::is_launcher(&path.to_string_lossy());
        found.find(is_compiler).or(first)
    };
    let words = command.driver.iter().filter(|word| !word.starts_with('-'));
    words.filter_map(|word| real(word)).collect()
}

/// What a driver may start, where a folder is named for its programs.
const PARTS: [&str; 6] = ["cc1", "cc1plus", "collect2", "lto1", "lto-wrapper", "as"];

/// The programs behind a driver: `names` (`as`, `ld`) in `PATH`, and whatever lies in the folders of
/// `-B` and `COMPILER_PATH`. Those that it would not take are among them: a folder that is named so
/// holds few others.
pub fn helpers(
    names: &[&str],
    words: &[String],
    environment: &Environment,
    directory: &Path,
) -> BTreeSet<PathBuf> {
    if names.is_empty() {
        return BTreeSet::new();
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let linkers = values_of(&words, &["-fuse-ld=", "--ld-path="]);
    let linkers: Vec<String> =
        linkers.flat_map(|name| [format!("ld.{name}"), name.into()]).collect();
    let wanted = names.iter().copied().chain(linkers.iter().map(String::as_str));
    let in_path = wanted
        .clone()
        .filter_map(|name| which_all(environment, directory, OsStr::new(name)).next());
    let prefixes = values_of(&words, &["-B"]).map(OsString::from);
    let listed = environment.0.get(OsStr::new("COMPILER_PATH"));
    let listed = listed.into_iter().flat_map(std::env::split_paths).map(PathBuf::into_os_string);
    // What follows `-B` is a folder, or the beginning of names.
    let in_folders = prefixes.chain(listed).flat_map(|prefix| {
        let beginning = move |name: &str| {
            let mut path = prefix.clone();
            path.push(name);
            [PathBuf::from(path), Path::new(&prefix).join(name)]
        };
        wanted.clone().chain(PARTS).flat_map(beginning).collect::<Vec<_>>()
    });
    let in_folders = in_folders.map(|path| directory.join(path)).filter(|path| path.is_file());
    let found = in_path.chain(in_folders);
    found.map(|path| std::fs::canonicalize(&path).unwrap_or(path)).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn programs_behind_a_driver_are_found_where_it_looks() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["bin/ld", "bin/as", "bin/ld.mold", "own/ld", "own/cc1", "own/x-as"] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        for (names, line, compiler_path, expected) in [
            (&["ld"][..], "gcc -shared", "", "bin/ld"),
            (&["as"], "gcc -c", "", "bin/as"),
            (&["ld"], "gcc -fuse-ld=mold", "", "bin/ld bin/ld.mold"),
            (&["ld"], "clang --ld-path=own/ld", "", "bin/ld own/ld"),
            (&["as"], "gcc -Bown", "", "bin/as own/cc1"),
            (&["as"], "gcc -B own/x-", "", "bin/as own/x-as"),
            (&["ld"], "gcc", "own", "bin/ld own/cc1 own/ld"),
            (&[], "cl -Bown", "own", ""),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let environment = Environment(
                [
                    ("PATH".into(), root.join("bin").into()),
                    ("COMPILER_PATH".into(), compiler_path.into()),
                ]
                .into(),
            );
            let expected: BTreeSet<PathBuf> =
                expected.split_whitespace().map(|name| root.join(name)).collect();
            assert_eq!(helpers(names, &words, &environment, &root), expected, "{line}");
        }
    }
}
