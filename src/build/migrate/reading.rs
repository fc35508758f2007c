//! Has a Python read how setuptools builds a project.

use std::path::Path;

use crate::error::{Error, REINSTALL, Result};
use crate::fs;
use crate::migrate::{OldBuild, PROTOCOL, Reading, ReadingFailure};
use crate::model::{Environment, PythonFacts};
use crate::process::{self, Invocation, Output};

/// Makes setuptools_scm and what works with it content where there is no repository.
const PRETEND: &str = "SETUPTOOLS_SCM_PRETEND_VERSION";

/// Reads a copy of the source tree, in which setup.py may do what it likes.
///
/// # Errors
/// setup.py fails, does not come to an end, or never calls `setup()`.
pub fn read(
    copy: &Path,
    python: &PythonFacts,
    seconds: u32,
    environment: &Environment,
) -> Result<OldBuild> {
    let seconds = seconds.to_string();
    let control = fs::scratch_dir()?;
    let answer = control.path().join("build.json");
    let script = python.host.python_package.join("_read_setup.py");
    let mut environment = environment.clone();
    let is_in_repository = copy.ancestors().any(|folder| folder.join(".git").exists());
    if !is_in_repository && !copy.join("PKG-INFO").exists() {
        environment.0.entry(PRETEND.into()).or_insert_with(|| "0".into());
    }
    let invocation = Invocation {
        program: python.interpreter.executable.clone().into(),
        arguments: vec!["-B".into(), script.into(), answer.clone().into(), seconds.clone().into()],
        directory: copy.to_owned(),
        environment,
    };
    let finished = process::run(&invocation, Output::Captured)?;
    let late = std::fs::read_to_string(control.path().join("build.json.late")).unwrap_or_default();
    if !late.is_empty() {
        return Err(too_late(&late, &seconds).output(finished.output));
    }
    let Ok(text) = std::fs::read_to_string(&answer) else {
        let message = format!("setup.py ended its Python ({})", finished.ending());
        return Err(hinted(Error::new(message).output(finished.output)));
    };
    let reading: Reading = serde_json::from_str(&text).map_err(|error| not_understood(&error))?;
    if reading.protocol != PROTOCOL {
        return Err(Error::other_protocol(
            "officina's Python files",
            &reading.protocol.to_string(),
            PROTOCOL,
        ));
    }
    match (reading.failure, reading.build) {
        (Some(failure), _) => Err(failed(&failure, finished.output)),
        (None, Some(build)) => Ok(build),
        // What is missing is known when it is parsed without the wrapping.
        (None, None) => match serde_json::from_str::<OldBuild>(&text) {
            Ok(build) => Ok(build),
            Err(error) => Err(not_understood(&error)),
        },
    }
}

fn not_understood(error: &serde_json::Error) -> Error {
    Error::new(format!("what was read of setup.py is not understood: {error}")).hint(REINSTALL)
}

fn hinted(error: Error) -> Error {
    error.hint("write pyproject.toml by hand: docs/migrate.md says what becomes of what")
}

/// faulthandler says where the script stood: the innermost line comes first.
fn too_late(trace: &str, seconds: &str) -> Error {
    let of_setup = trace.lines().find(|line| line.contains("setup.py\", line"));
    let line = of_setup.and_then(|line| line.split(", line ").nth(1)?.split(' ').next());
    let place =
        line.map(|line| format!("setup.py:{line}")).unwrap_or_else(|| "setup.py".to_owned());
    let message = format!("{place} has not come to its call of `setup()` after {seconds} seconds");
    hinted(Error::new(message).note("it ran in a copy of the tree, without a terminal"))
        .hint("`--time-limit SECONDS` gives it more")
}

fn failed(failure: &ReadingFailure, output: String) -> Error {
    let place = failure.line.map(|line| format!("setup.py:{line}"));
    let place = place.unwrap_or_else(|| "setup.py".to_owned());
    let said = format!("{output}{}", failure.trace);
    match (failure.kind.as_str(), &failure.module) {
        ("missing", Some(module)) => {
            let message = format!("{place} needs `{module}`, which this Python does not have");
            Error::new(message).hint(
                "`--install` installs what `requires` of `[build-system]` names, into a temporary \
                 environment; or name a Python that has it with `--python`",
            )
        }
        ("exit", _) => {
            let message = format!("{place} ends before it calls `setup()`");
            hinted(Error::new(message).output(said))
        }
        ("prompt", _) => {
            let message = format!("{place} asks for an answer, and nobody is there to type it");
            let error = Error::new(message).output(said);
            error.hint("have setup.py take its default where no terminal is")
        }
        ("no-call", _) => hinted(Error::new("setup.py never calls `setup()`").output(said)),
        _ => {
            let message =
                format!("{place} fails: {}", failure.message.lines().next().unwrap_or_default());
            Error::new(message).output(said).hint(
                "what a frontend installs before a build may be missing or of another version: \
                 `--install` installs it, into a temporary environment",
            )
        }
    }
}
