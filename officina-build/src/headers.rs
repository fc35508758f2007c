//! The Python that is built for: what it is, and where its headers are.

use std::path::{Path, PathBuf};

use officina::error::{Error, Result};
use officina::model::{Interpreter, Sysconfig};
use officina::steps::builder::guest::GuestAnswer;

use crate::cargo::BuildScript;
use crate::pyo3::{CROSS_LIB_DIR, CROSS_PYTHON_VERSION, Pyo3Config};

/// The interpreter that is built for: the builder's own, unless this is a cross build.
pub(crate) fn interpreter(
    answer: &GuestAnswer,
    config: Option<&Pyo3Config>,
    script: &BuildScript,
) -> Interpreter {
    let mut interpreter = answer.interpreter.clone();
    if !script.is_cross_build() {
        return interpreter;
    }
    interpreter.platform = platform(&script.target);
    let told = script.environment.text(CROSS_PYTHON_VERSION).and_then(|text| text.parse().ok());
    if let Some(config) = config {
        interpreter.version = config.version;
        interpreter.implementation.clone_from(&config.implementation);
        interpreter.free_threaded = config.free_threaded;
    } else if let Some(version) = told {
        interpreter.version = version;
    }
    interpreter
}

/// How that interpreter was compiled, as far as it is known: nothing of another one is.
pub(crate) fn sysconfig(answer: &GuestAnswer, script: &BuildScript) -> Sysconfig {
    if script.is_cross_build() { Sysconfig::default() } else { answer.sysconfig.clone() }
}

/// What `sysconfig.get_platform()` says there: `aarch64-apple-darwin` -> `macosx-11.0-arm64`.
fn platform(target: &str) -> String {
    let mut parts = target.split('-');
    let (machine, system) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
    match (system, machine) {
        ("windows", "x86_64") => "win-amd64".into(),
        ("windows", "aarch64" | "arm64ec") => "win-arm64".into(),
        ("windows", _) => "win32".into(),
        ("darwin", "aarch64") => "macosx-11.0-arm64".into(),
        ("darwin", _) => format!("macosx-11.0-{machine}"),
        _ => format!("{system}-{machine}"),
    }
}

/// The folders that hold `Python.h` for the Python that is built for.
///
/// # Errors
/// This is a cross build, and nobody knows.
pub(crate) fn python_includes(
    answer: &GuestAnswer,
    interpreter: &Interpreter,
    script: &BuildScript,
) -> Result<Vec<PathBuf>> {
    if !script.is_cross_build() {
        return Ok(answer.sysconfig.include_dirs.clone());
    }
    let library_dir = script.environment.text(CROSS_LIB_DIR).map(Path::new);
    let candidates = library_dir.map(|folder| beside(folder, interpreter)).unwrap_or_default();
    let found: Vec<PathBuf> = candidates
        .iter()
        .filter(|folder| folder.join("Python.h").is_file())
        .take(1)
        .cloned()
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let error =
        Error::new(format!("the headers of the Python for `{}` are not known", script.target));
    Err(candidates
        .iter()
        .fold(error, |error, folder| error.note(format!("looked for `{}`", folder.join("Python.h").display())))
        .hint(format!("point {CROSS_LIB_DIR} at the `lib` folder of that Python, as for PyO3"))
        .hint("or name the folder of its headers: `.python_include(\"/sysroot/usr/include/python3.12\")`"))
}

/// Where the headers may be of a Python whose libraries are in a folder: `lib`, `lib/python3.12` or
/// `libs`.
fn beside(library_dir: &Path, interpreter: &Interpreter) -> Vec<PathBuf> {
    let mark = if interpreter.free_threaded { "t" } else { "" };
    let name = match interpreter.is_pypy() {
        true => format!("pypy{}", interpreter.version),
        false => format!("python{}{mark}", interpreter.version),
    };
    let prefixes = library_dir.ancestors().skip(1).take(3);
    prefixes
        .flat_map(|prefix| [prefix.join("include").join(&name), prefix.join("include")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_called_as_python_calls_them() {
        for (target, expected) in [
            ("x86_64-pc-windows-gnu", "win-amd64"),
            ("i686-pc-windows-msvc", "win32"),
            ("aarch64-pc-windows-gnullvm", "win-arm64"),
            ("aarch64-apple-darwin", "macosx-11.0-arm64"),
            ("x86_64-apple-darwin", "macosx-11.0-x86_64"),
            ("aarch64-unknown-linux-gnu", "linux-aarch64"),
        ] {
            assert_eq!(platform(target), expected, "{target}");
        }
    }
}
