//! Which Python runs the builder: the one that PyO3 would take.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use officina::error::{Error, Result};

use crate::cargo::{BuildScript, Instruction};
use crate::pyo3::{self, Pyo3Config};

/// A Python, and when to look for it again.
pub(crate) struct FoundPython {
    /// A path, or a name that is looked up in `PATH`.
    pub program: OsString,
    /// What the choice depends on.
    pub instructions: Vec<Instruction>,
}

/// The Python that the build script names; else that of `PYO3_PYTHON`; else the one that PyO3 has
/// asked; else that of the virtual or conda environment that is active; else `python` or `python3`
/// in `PATH`.
///
/// # Errors
/// There is none.
pub(crate) fn find(
    named: Option<&Path>,
    config: Option<&Pyo3Config>,
    script: &BuildScript,
) -> Result<FoundPython> {
    if let Some(python) = named {
        return Ok(FoundPython { program: python.into(), instructions: Vec::new() });
    }
    // A frontend that isolates builds has another Python each time, and the file says which one it
    // stands for.
    let mut instructions = vec![Instruction::variable("PYO3_ENVIRONMENT_SIGNATURE")];
    if pyo3::config_file(&script.environment).is_none() {
        instructions.push(Instruction::variable("PYO3_PYTHON"));
    }
    if let Some(python) = script.environment.text("PYO3_PYTHON") {
        return Ok(FoundPython { program: python.into(), instructions });
    }
    let asked = config.and_then(|config| config.executable.as_ref());
    if let Some(python) = asked {
        return Ok(FoundPython { program: python.into(), instructions });
    }
    instructions.extend(["VIRTUAL_ENV", "CONDA_PREFIX"].map(Instruction::variable));
    let value = |name| script.environment.text(name).map(Path::new);
    let program = match (value("VIRTUAL_ENV"), value("CONDA_PREFIX")) {
        (Some(folder), None) => {
            instructions.push(Instruction::RerunIfChanged(folder.join("pyvenv.cfg")));
            in_virtual_environment(folder).into()
        }
        (None, Some(folder)) => in_conda_environment(folder).into(),
        // Both: PyO3 takes neither.
        _ => {
            instructions.push(Instruction::variable("PATH"));
            in_path(script)?
        }
    };
    Ok(FoundPython { program, instructions })
}

fn in_virtual_environment(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    }
}

fn in_conda_environment(folder: &Path) -> PathBuf {
    if cfg!(windows) { folder.join("python.exe") } else { folder.join("bin").join("python") }
}

/// The names in the order of PyO3. It starts each one to see whether it is a Python 3; we start one
/// alone.
fn in_path(script: &BuildScript) -> Result<OsString> {
    let path = script.environment.text("PATH").unwrap_or_default();
    let suffix = std::env::consts::EXE_SUFFIX;
    let is_there = |name: &&str| {
        std::env::split_paths(path).any(|folder| folder.join(format!("{name}{suffix}")).is_file())
    };
    ["python", "python3"].into_iter().find(is_there).map(OsString::from).ok_or_else(|| {
        Error::new("no Python found")
            .note("looked for `python` and `python3` in PATH; PYO3_PYTHON, VIRTUAL_ENV and CONDA_PREFIX name none")
            .hint("install Python 3.9 or newer, or name one: PYO3_PYTHON=/path/to/python cargo build")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "x86_64-unknown-linux-gnu";

    fn found(variables: &[(&str, &str)], asked: Option<&str>) -> Result<FoundPython> {
        let cargo =
            [("OUT_DIR", "/o"), ("CARGO_MANIFEST_DIR", "/m"), ("HOST", HOST), ("TARGET", HOST)];
        let all = cargo.iter().chain(variables).map(|(name, value)| (name.into(), value.into()));
        let config = asked.map(|python| Pyo3Config {
            implementation: "cpython".into(),
            version: officina::model::PythonVersion(3, 11),
            abi: pyo3::Pyo3Abi::Version,
            free_threaded: false,
            executable: Some(python.into()),
        });
        find(None, config.as_ref(), &BuildScript::of(all.collect())?)
    }

    #[test]
    #[cfg(unix)]
    fn the_order_is_that_of_pyo3() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("python3"), "").expect("a file");
        let path = ("PATH", folder.path().to_str().expect("text"));
        let (named, venv, conda) =
            (("PYO3_PYTHON", "/p/python"), ("VIRTUAL_ENV", "/v"), ("CONDA_PREFIX", "/c"));
        let table = [
            (vec![path, named, venv], Some("/asked"), "/p/python"),
            (vec![path, venv], Some("/asked"), "/asked"),
            (vec![path, venv], None, "/v/bin/python"),
            (vec![path, conda], None, "/c/bin/python"),
            (vec![path, venv, conda], None, "python3"),
            (vec![path], None, "python3"),
        ];
        for (variables, asked, expected) in table {
            let found = found(&variables, asked).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(found.program, expected, "{variables:?}");
        }
        std::fs::write(folder.path().join("python"), "").expect("a file");
        assert_eq!(found(&[path], None).map(|found| found.program).ok(), Some("python".into()));
    }

    #[test]
    fn no_python_says_where_it_was_looked_for() {
        let error = found(&[("PATH", "/nowhere")], None).err().expect("an error");
        assert_eq!(error.to_string(), "no Python found");
        assert!(error.parts().hints[0].contains("PYO3_PYTHON="), "{error:?}");
    }

    #[test]
    fn a_configuration_file_stands_for_a_python_that_moves() {
        let watched = |variables: &[(&str, &str)]| {
            found(variables, None).unwrap_or_else(|e| panic!("{e}")).instructions
        };
        let moving = Instruction::variable("PYO3_PYTHON");
        assert!(watched(&[("PYO3_PYTHON", "/p")]).contains(&moving));
        let with_file = watched(&[("PYO3_PYTHON", "/p"), ("PYO3_CONFIG_FILE", "/f")]);
        assert_eq!(with_file, [Instruction::variable("PYO3_ENVIRONMENT_SIGNATURE")]);
    }
}
