//! Symbolic links in the system of another machine, which lead to places that are elsewhere here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::CrossTarget;

/// How many links one path leads through at most, as in Linux itself.
const MOST: usize = 40;

/// The words of a link, where `-lz` is `-l:libz.so.1` if `libz.so` leads there by a link that begins
/// with `/`. Here that leads into this machine's system or to nothing, and a linker would take the
/// static library beside it. `root` is the folder that the link runs in.
pub fn followed(words: Vec<OsString>, cross: &CrossTarget, root: &Path) -> Vec<OsString> {
    let Some(system) = &cross.root else { return words };
    let is_static = |word: &OsString| {
        word == "-static" || word.to_str().is_some_and(|word| word.contains("-Bstatic"))
    };
    if words.iter().any(is_static) {
        return words;
    }
    let named = words.iter().filter_map(|word| word.to_str()?.strip_prefix("-L"));
    let searched: Vec<PathBuf> =
        named.filter(|name| !name.is_empty()).map(|name| root.join(name)).collect();
    let instead = |word: &OsString| {
        let name = word.to_str()?.strip_prefix("-l").filter(|name| !name.starts_with(':'))?;
        let file = library(name, &searched, system)?;
        let folder = file.parent()?;
        let name = file.file_name()?.to_str()?;
        let folder = (!searched.iter().any(|known| known == folder))
            .then(|| format!("-L{}", folder.display()).into());
        Some(folder.into_iter().chain([format!("-l:{name}").into()]).collect())
    };
    let each = |word: OsString| instead(&word).unwrap_or_else(|| vec![word]);
    words.into_iter().flat_map(each).collect()
}

/// The file of a library, where the first folder that has one has it by such a link.
fn library(name: &str, searched: &[PathBuf], system: &Path) -> Option<PathBuf> {
    let ends = ["so", "a"].map(|end| format!("lib{name}.{end}"));
    let files = searched.iter().flat_map(|folder| ends.iter().map(|end| folder.join(end)));
    let first = files.into_iter().find(|file| file.symlink_metadata().is_ok())?;
    target(&first, system)
}

/// What a path in a system leads to, if one of its links begins with `/`.
fn target(path: &Path, system: &Path) -> Option<PathBuf> {
    let is_there = |path: &Path| path.starts_with(system) && path.is_file();
    let mut file = path.to_owned();
    let mut is_astray = false;
    for _ in 0..MOST {
        let Ok(next) = std::fs::read_link(&file) else { break };
        if next.starts_with(system) {
            return None; // somebody has mended it
        }
        is_astray |= next.is_absolute();
        file = match next.strip_prefix("/") {
            Ok(below) => system.join(below),
            Err(_) => file.parent()?.join(next),
        };
    }
    Some(file).filter(|file| is_astray && is_there(file))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::model::{Interpreter, PythonVersion};

    #[test]
    fn links_that_begin_at_the_root_are_those_of_the_target() {
        let folder = tempfile::tempdir().unwrap();
        let system = folder.path().join("system");
        let (lib, own) = (system.join("lib"), folder.path().join("own"));
        for folder in [&lib, &own, &system.join("usr/lib"), &system.join("etc")] {
            fs::create_dir_all(folder).unwrap();
        }
        for file in ["lib/libm.so.6", "lib/libz.so.1", "lib/libblas.so.3", "usr/lib/libplain.so.1"]
        {
            fs::write(system.join(file), "").unwrap();
        }
        let there = system.join("lib/libz.so.1");
        for (link, to) in [
            ("libm.so", "/lib/libm.so.6"),
            ("libblas.so", "libblas.so.0"),
            ("libblas.so.0", "/etc/blas"),
            ("../../etc/blas", "../lib/libblas.so.3"),
            ("libplain.so", "libplain.so.1"),
            ("libgone.so", "/lib/libgone.so.1"),
            ("libz.so", there.to_str().unwrap()),
            ("libloop.so", "/usr/lib/libloop.so"),
        ] {
            symlink(to, system.join("usr/lib").join(link)).unwrap();
        }
        fs::write(own.join("libown.a"), "").unwrap();
        symlink("/lib/libm.so.6", system.join("usr/lib/libown.so")).unwrap();
        let cross = CrossTarget {
            root: Some(system.clone()),
            ..CrossTarget::nowhere(
                "aarch64-linux-gnu",
                Interpreter::cpython(PythonVersion(3, 11), "x"),
            )
        };
        let usr = format!("-L{}", system.join("usr/lib").display());
        let lib = format!("-L{}", lib.display());
        for (given, expected) in [
            (vec!["-lm"], vec![&*lib, "-l:libm.so.6"]),
            (vec![&*lib, "-lm"], vec![&*lib, "-l:libm.so.6"]),
            (
                vec!["-lblas", "x.o"],
                vec![
                    &*format!("-L{}", system.join("etc/../lib").display()),
                    "-l:libblas.so.3",
                    "x.o",
                ],
            ),
            (vec!["-lplain", "-lgone", "-lz", "-lloop", "-lnowhere", "-l:libm.so"], vec![]),
            (vec!["-Lown", "-lown"], vec![]),
            (vec!["-lm", "-Wl,-Bstatic"], vec![]),
        ] {
            let words = |words: &[&str]| -> Vec<OsString> {
                let own = words.iter().take_while(|word| **word == "-Lown").copied();
                let rest = words.iter().skip_while(|word| **word == "-Lown").copied();
                own.chain([&*usr]).chain(rest).map(Into::into).collect()
            };
            let wanted = words(if expected.is_empty() { &given } else { &expected });
            assert_eq!(followed(words(&given), &cross, folder.path()), wanted);
        }
    }
}
