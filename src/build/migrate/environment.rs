//! An environment with what a project needs to be built, for who asks for it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::build::old_backend;
use crate::error::{Error, Result};
use crate::model::{Environment, PythonFacts, requirement_name};
use crate::process::{self, Invocation, Output};

/// What every project of setuptools needs here. The second is what `cffi_modules` belongs to.
const ALWAYS: &[&str] = &["setuptools", "cffi"];

/// Makes a virtual environment in `folder` and installs what the project requires; its Python.
///
/// # Errors
/// The environment cannot be made, or pip cannot install something.
pub fn install(
    tree: &Path,
    folder: &Path,
    python: &PythonFacts,
    environment: &Environment,
) -> Result<PathBuf> {
    let base = &python.interpreter.executable;
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    let mut make = words(&["-m", "venv"]);
    make.push(folder.into());
    run(base, make, environment, "make an environment")?;
    let own = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let own = folder.join(own);
    add(&own, required(tree)?, environment)?;
    Ok(own)
}

/// Installs more into an environment that [`install`] made.
///
/// # Errors
/// pip cannot install something.
pub fn add(python: &Path, requirements: Vec<String>, environment: &Environment) -> Result<()> {
    if requirements.is_empty() {
        return Ok(());
    }
    let words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--"];
    let words = words.into_iter().map(OsString::from);
    let words = words.chain(requirements.into_iter().map(OsString::from)).collect();
    run(python, words, environment, "install what the project requires")
}

fn run(
    python: &Path,
    arguments: Vec<OsString>,
    environment: &Environment,
    doing: &str,
) -> Result<()> {
    let invocation = Invocation {
        program: python.into(),
        arguments,
        directory: std::env::temp_dir(),
        environment: environment.clone(),
    };
    let finished = process::run(&invocation, Output::Captured)?;
    match finished.status.success() {
        true => Ok(()),
        false => Err(Error::new(format!("cannot {doing} ({})", finished.ending()))
            .output(finished.output)
            .note(format!("the command was: {}", invocation.command_line()))),
    }
}

/// `build-system.requires` and what setup.cfg and setup.py say in plain words, without Officina
/// itself.
fn required(tree: &Path) -> Result<Vec<String>> {
    let mut requires = old_backend::declared(tree)?.requires;
    requires.extend(setup_requires(&tree.join("setup.cfg")));
    Ok(completed(requires))
}

/// Without Officina itself, and with what is always needed.
fn completed(mut requires: Vec<String>) -> Vec<String> {
    requires.retain(|one| requirement_name(one) != "officina");
    let names: Vec<String> = requires.iter().map(|one| requirement_name(one)).collect();
    let missing = ALWAYS.iter().filter(|name| !names.iter().any(|one| one == *name));
    requires.extend(missing.map(|name| (*name).to_owned()));
    requires
}

/// The lines of `setup_requires` in setup.cfg.
fn setup_requires(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut lines = text.lines().skip_while(|line| !line.starts_with("setup_requires"));
    let first = lines.next().and_then(|line| line.split_once('=')).map(|(_, value)| value);
    let rest = lines.take_while(|line| line.starts_with([' ', '\t']));
    let all = first.into_iter().chain(rest).map(str::trim);
    all.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_another_name_is_not_it() {
        let table: &[(&[&str], &[&str])] = &[
            (&["setuptools-rust"], &["setuptools-rust", "setuptools", "cffi"]),
            (
                &["officina", "officina-build", "Setuptools>=61"],
                &["officina-build", "Setuptools>=61", "cffi"],
            ),
            (
                &["cffi_tools", "setuptools_scm[toml]"],
                &["cffi_tools", "setuptools_scm[toml]", "setuptools", "cffi"],
            ),
            (&["cffi >= 1", "setuptools"], &["cffi >= 1", "setuptools"]),
        ];
        for (given, expected) in table {
            let given = given.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(completed(given), *expected);
        }
    }
}
