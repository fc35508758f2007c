//! Which part of Python's API a source was compiled for, by the headers that its compiler read:
//! whatever flags, variables, included files and the source itself said, this is what came of it.
//! Pure but for the marks.

use std::path::Path;

use crate::error::Result;
use crate::fs;
use crate::model::PythonVersion;

/// The part of Python's API that a source was compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompiledApi {
    /// All of it, with the layout of objects and what else only one version of Python has.
    Whole,
    /// The limited API.
    Limited {
        /// From this version on; `None` where nobody set one, or the source has no mark.
        since: Option<PythonVersion>,
    },
}

/// What the files say that a compiler read; `None` if `Python.h` is not among them.
///
/// `object.h` includes `cpython/object.h` unless `Py_LIMITED_API` is defined, in every CPython from
/// 3.8 on.
pub fn of<'a>(files: impl Iterator<Item = &'a Path> + Clone) -> Option<CompiledApi> {
    let mut folders = files.clone().filter(|file| is_named(file, "Python.h")).map(Path::parent);
    let folder = folders.next()?;
    let is_whole = |file: &Path| {
        let cpython = file.parent().filter(|parent| is_named(parent, "cpython"));
        is_named(file, "object.h") && cpython.is_some_and(|cpython| cpython.parent() == folder)
    };
    if files.clone().any(is_whole) {
        return Some(CompiledApi::Whole);
    }
    let marks = BITS.into_iter().filter(|bit| files.clone().any(|file| is_mark(file, *bit)));
    let minor: u8 = marks.sum();
    Some(CompiledApi::Limited { since: (minor > 0).then_some(PythonVersion(3, minor)) })
}

/// The folder of the marks, in the build folder.
const MARKS: &str = "limited-api-marks";

/// The marks: empty headers, of which what cffi generates includes those that add up to the minor
/// version in `Py_LIMITED_API`. `_run_builder.py` holds the lines that do it.
const BITS: [u8; 6] = [1, 2, 4, 8, 16, 32];

/// Writes the marks into the build folder, unless they are there.
///
/// # Errors
/// The folder cannot be written.
pub fn write_marks(build_dir: &Path) -> Result<()> {
    let folder = build_dir.join(MARKS);
    if folder.exists() {
        return Ok(());
    }
    fs::write_folder(&folder, |folder| {
        BITS.iter().try_for_each(|bit| fs::write_text(&folder.join(format!("{bit}.h")), ""))
    })
}

fn is_mark(file: &Path, bit: u8) -> bool {
    is_named(file, &format!("{bit}.h")) && file.parent().is_some_and(|file| is_named(file, MARKS))
}

/// Microsoft's compiler tells paths in small letters.
fn is_named(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|own| own.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn headers_tell_the_api() {
        let limited = |minor: Option<u8>| {
            Some(CompiledApi::Limited { since: minor.map(|minor| PythonVersion(3, minor)) })
        };
        let marks = "/b/generated/../limited-api-marks";
        let table = [
            ("/x/a.c /usr/include/stdio.h", None),
            ("/x/a.c /py/Python.h /py/object.h /py/cpython/code.h", limited(None)),
            ("/x/a.c /py/Python.h /py/object.h /py/cpython/object.h", Some(CompiledApi::Whole)),
            ("c:/py/python.h c:/py/object.h c:/py/cpython/object.h", Some(CompiledApi::Whole)),
            // Another program's headers of these names.
            ("/py/Python.h /mine/cpython/object.h /py/cpython/other/object.h", limited(None)),
            (&format!("/py/Python.h {marks}/2.h {marks}/8.h"), limited(Some(10))),
            (&format!("/py/Python.h {marks}/1.h {marks}/2.h {marks}/8.h"), limited(Some(11))),
            (&format!("/py/Python.h {marks}/16.h"), limited(Some(16))),
            ("/py/Python.h /mine/2.h", limited(None)),
        ];
        for (files, expected) in table {
            let files: Vec<PathBuf> = files.split(' ').map(PathBuf::from).collect();
            assert_eq!(of(files.iter().map(PathBuf::as_path)), expected, "{files:?}");
        }
    }

    #[test]
    fn marks_are_written_once() {
        let folder = tempfile::tempdir().unwrap();
        write_marks(folder.path()).unwrap();
        write_marks(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join(MARKS)).unwrap().count(), BITS.len());
    }
}
