//! Whether cffi is there, fits this Python, and fits its own part in C.

use std::path::PathBuf;
use std::str::FromStr as _;

use pep440_rs::Version;
use serde::Deserialize;

use crate::doctor::finding::{Finding, Subject};
use crate::doctor::probe::ProbeContext;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::Interpreter;
use crate::process::{self, Invocation, Output};
use crate::python::requires;

/// What a Python says of itself and of cffi (`_doctor.py`).
#[derive(Debug, Clone, Deserialize)]
pub struct PythonState {
    /// `3.11.7`
    pub release: String,
    /// `Linux-6.1.0-x86_64-with-glibc2.36`
    pub system: String,
    cffi: ImportedPart,
    backend: ImportedPart,
    /// Why cffi does not work although it can be imported.
    failure: Option<String>,
}

/// A module that was imported, or was not.
#[derive(Debug, Clone, Deserialize)]
struct ImportedPart {
    version: Option<String>,
    file: Option<String>,
    error: Option<String>,
}

/// Asks the Python to build for.
///
/// # Errors
/// It cannot be started, or ends without an answer.
pub fn python_state(machine: &ProbeContext) -> Result<PythonState> {
    let answer = machine.scratch.join("doctor.json");
    let script: PathBuf = machine.python.host.python_package.join("_doctor.py");
    let invocation = Invocation {
        program: machine.python.host.executable.clone().into(),
        arguments: vec!["-B".into(), script.into(), answer.clone().into()],
        directory: machine.directory.to_owned(),
        environment: machine.environment.clone(),
    };
    let finished = process::run(&invocation, Output::Captured)?;
    let said = fs::read_source(&answer, "doctor.json").ok();
    said.and_then(|said| serde_json::from_str(&said.text).ok()).ok_or_else(|| {
        Error::new(format!("this Python ends when it imports cffi: {}", finished.ending()))
            .output(finished.output)
            .hint(format!(
                "install cffi again: {} -m pip install --force-reinstall --no-cache-dir cffi",
                machine.python.interpreter.executable.display()
            ))
    })
}

const REINSTALL_PYPY: &str = "it comes with PyPy: install PyPy again";

/// What is wrong with cffi, or which one it is.
pub fn cffi(state: &PythonState, interpreter: &Interpreter) -> Finding {
    let finding = |what: String| Finding::fail(Subject::Cffi, what);
    let executable = interpreter.executable.display();
    let [install, reinstall] = match interpreter.is_pypy() {
        true => [REINSTALL_PYPY, REINSTALL_PYPY].map(str::to_owned),
        false => ["--upgrade cffi", "--force-reinstall --no-cache-dir cffi"]
            .map(|words| format!("{executable} -m pip install {words}")),
    };
    if let Some(error) = &state.cffi.error {
        let is_absent = error.starts_with("ModuleNotFoundError") && error.contains("'cffi'");
        let what = match is_absent {
            true => "cffi is not installed for this Python".to_owned(),
            false => format!("cffi cannot be imported: {error}"),
        };
        return match is_absent {
            true => Finding::warn(Subject::Cffi, what)
                .note("frontends install it for a build; commands like `officina build` do not")
                .next(install),
            false => finding(what).next(reinstall),
        };
    }
    let version = state.cffi.version.as_deref().unwrap_or("of an unknown version");
    if let Some(error) = &state.backend.error {
        let what = format!("cffi {version} cannot import its part in C: {error}");
        return with_files(finding(what), state).next(reinstall);
    }
    let backend = state.backend.version.as_deref().unwrap_or("of an unknown version");
    if version != backend {
        let what = format!("cffi {version} would work with the `_cffi_backend` {backend}");
        return with_files(finding(what), state)
            .note("two of them are on the path of this Python, and parts of each are imported")
            .next(reinstall);
    }
    if let Some(failure) = &state.failure {
        return with_files(finding(format!("cffi {version} does not work: {failure}")), state)
            .next(reinstall);
    }
    let least = requires::least_cffi(interpreter);
    let parsed = |text: &str| Version::from_str(text).ok();
    if !interpreter.is_pypy() && parsed(version).is_some_and(|have| Some(have) < parsed(least)) {
        let what =
            format!("cffi {version} is older than this Python, which cffi knows since {least}");
        return finding(what).next(install);
    }
    Finding::ok(Subject::Cffi, format!("cffi {version}, and its part in C too"))
}

fn with_files(finding: Finding, state: &PythonState) -> Finding {
    let files = [&state.cffi.file, &state.backend.file];
    files.into_iter().flatten().fold(finding, |finding, file| finding.note(format!("`{file}`")))
}
