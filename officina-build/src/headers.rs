//! The Python that is built for: what it is, and where its headers are.

use std::path::{Path, PathBuf};

use officina::error::{Error, Result};
use officina::model::Interpreter;
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
    interpreter.platform =
        if script.is_for_windows() { "win" } else { "" }.to_owned() + &script.target;
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

/// Where the headers may be of a Python whose libraries are in a folder: `lib`, `lib/python3.12` or `libs`.
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
