//! Asks a Python what a build for it has to know.

use std::path::{Path, PathBuf};

use crate::cli::protocol;
use crate::error::{Error, REINSTALL, Result};
use crate::model::{Environment, PythonFacts};
use crate::process::{self, Invocation, Output};

/// The variable in which the `officina` command says which Python it was installed for.
const VARIABLE: &str = "OFFICINA_PYTHON";

/// The facts about the Python that was `named`, or else the one that the command belongs to. It writes
/// them into the folder `control`.
///
/// # Errors
/// There is no such Python, or what it says makes no sense.
pub fn facts(
    named: Option<&Path>,
    control: &Path,
    environment: &Environment,
) -> Result<PythonFacts> {
    let python = match named {
        Some(path) => path.to_owned(),
        None => own(environment)?,
    };
    let program = resolved(&python)?;
    let answer = control.join("python.json");
    let finished = process::run(
        &Invocation {
            program: program.into(),
            arguments: vec!["-B".into(), script()?.into(), answer.clone().into()],
            directory: std::env::current_dir().unwrap_or_else(|_| control.to_owned()),
            environment: environment.clone(),
        },
        Output::Captured,
    )
    .map_err(|error| match error.parts().hints.is_empty() {
        true => error.hint("name a Python with `--python`"),
        false => error, // the Python is not at fault
    })?;
    if !finished.status.success() {
        let message = format!("`{}` cannot say what it is", python.display());
        return Err(Error::new(message)
            .output(finished.output)
            .hint("name a Python 3.9 or newer with `--python`"));
    }
    protocol::read_facts(&answer)
}

fn own(environment: &Environment) -> Result<PathBuf> {
    environment.text(VARIABLE).map(PathBuf::from).ok_or_else(|| {
        Error::new("which Python to build for is not known")
            .note(
                "this executable was started by itself, not by the `officina` command of a Python",
            )
            .hint("run that command, or name a Python with `--python`")
    })
}

/// A name is looked up in `PATH`; a path counts from here.
fn resolved(python: &Path) -> Result<PathBuf> {
    which::which(python).map_err(|_| {
        Error::new(format!("there is no Python `{}`", python.display()))
            .hint("`--python` takes a path, or the name of a program in PATH")
    })
}

/// The Python file that tells the facts lies beside this executable, where the wheel put both.
fn script() -> Result<PathBuf> {
    let own = std::env::current_exe().and_then(std::fs::canonicalize);
    let beside = own.ok().map(|own| own.with_file_name("_interpreter.py"));
    beside.filter(|script| script.is_file()).ok_or_else(|| {
        Error::new("the Python files of officina are not beside its executable").hint(REINSTALL)
    })
}
