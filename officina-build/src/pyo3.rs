//! What PyO3 has found out about the Python to build for.
//!
//! PyO3's build scripts hand their configuration on to the build scripts of crates that depend on
//! `pyo3` or `pyo3-ffi` themselves: hexadecimal text in `DEP_PYO3_PYTHON_PYO3_CONFIG` and
//! `DEP_PYTHON_PYO3_CONFIG` (their `links` keys). `PYO3_CONFIG_FILE` names a file of the same form,
//! by which whoever builds tells PyO3 what to build for.

use std::path::{Path, PathBuf};

use officina::error::{Error, Result};
use officina::model::{Environment, PythonVersion};

use crate::cargo::Instruction;

const FILE: &str = "PYO3_CONFIG_FILE";
/// Where the libraries are of the Python that a cross build is for.
pub(crate) const CROSS_LIB_DIR: &str = "PYO3_CROSS_LIB_DIR";
/// Which version that Python has.
pub(crate) const CROSS_PYTHON_VERSION: &str = "PYO3_CROSS_PYTHON_VERSION";

/// The ABI that PyO3 builds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pyo3Abi {
    /// `abi3`, from this version on.
    Abi3(PythonVersion),
    /// `abi3t`: the limited API that free-threaded Python has too, from this version on.
    Abi3t(PythonVersion),
    /// One version of Python.
    Version,
}

/// PyO3's configuration, as far as it counts here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pyo3Config {
    /// `cpython`, `pypy`, `graalpy`
    pub implementation: String,
    /// The version that is built for.
    pub version: PythonVersion,
    /// The ABI that is built for.
    pub abi: Pyo3Abi,
    /// Whether Python is free-threaded.
    pub free_threaded: bool,
    /// The Python that PyO3 asked; `None` in a cross build.
    pub executable: Option<PathBuf>,
}

impl Pyo3Config {
    /// The configuration that a build script is given, if there is one.
    ///
    /// # Errors
    /// It is not understood, or its file cannot be read.
    pub fn find(environment: &Environment) -> Result<Option<Self>> {
        for name in ["DEP_PYTHON_PYO3_CONFIG", "DEP_PYO3_PYTHON_PYO3_CONFIG"] {
            if let Some(hexadecimal) = environment.text(name) {
                let text = decoded(hexadecimal);
                return Self::parse(&text.unwrap_or_default(), name).map(Some);
            }
        }
        let Some(file) = config_file(environment) else { return Ok(None) };
        let text = std::fs::read_to_string(&file).map_err(|e| Error::io("read", &file, &e))?;
        Self::parse(&text, FILE).map(Some)
    }

    fn parse(text: &str, origin: &str) -> Result<Self> {
        let value = |key: &str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| *name == key)
                .map(|(_, v)| v.trim())
        };
        let wrong = || {
            Error::new(format!("cannot understand the configuration of PyO3 in `{origin}`"))
                .note(format!("it is: {}", text.replace('\n', " ")))
                .hint("say which API the C is for: `.limited_api(officina_build::LimitedApi::Since(3, 9))`")
        };
        let version: PythonVersion =
            value("version").and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
        let implementation = value("implementation").unwrap_or("CPython").to_ascii_lowercase();
        let flags = value("build_flags").unwrap_or_default();
        let has_gil = !flags.split(',').any(|flag| flag == "Py_GIL_DISABLED");
        // Before PyO3 0.29 there is no `target_abi`.
        let target = value("target_abi").map(|abi| abi.split('-').collect::<Vec<_>>());
        let abi = match target.as_deref() {
            Some([_, "abi3", since, ..]) => Pyo3Abi::Abi3(since.parse().map_err(|()| wrong())?),
            Some([_, "abi3t", since, ..]) => Pyo3Abi::Abi3t(since.parse().map_err(|()| wrong())?),
            Some([_, "gil_enabled" | "free_threaded", ..]) => Pyo3Abi::Version,
            Some(_) => return Err(wrong()),
            None if value("abi3") == Some("true") && implementation == "cpython" && has_gil => {
                Pyo3Abi::Abi3(version)
            }
            None => Pyo3Abi::Version,
        };
        let free_threaded =
            !has_gil || matches!(target.as_deref(), Some([_, "free_threaded" | "abi3t", ..]));
        let executable = value("executable").map(PathBuf::from);
        Ok(Pyo3Config { implementation, version, abi, free_threaded, executable })
    }
}

/// The file by which whoever builds tells PyO3 what to build for.
pub(crate) fn config_file(environment: &Environment) -> Option<PathBuf> {
    environment.text(FILE).map(Path::new).map(Path::to_owned)
}

/// What PyO3's words depend on. A variable counts where it is not set, too: somebody may set it.
pub(crate) fn instructions(environment: &Environment) -> Vec<Instruction> {
    let variables = [FILE, CROSS_LIB_DIR, CROSS_PYTHON_VERSION];
    let file = config_file(environment).map(Instruction::RerunIfChanged);
    variables.map(Instruction::variable).into_iter().chain(file).collect()
}

/// There is no configuration, and somebody asks for it.
pub(crate) fn not_found() -> Error {
    Error::new("PyO3 has not told which API it builds for")
        .note("it tells the build scripts of crates that depend on `pyo3` or `pyo3-ffi` themselves, from 0.29 on")
        .hint("add one of them to `[dependencies]` of this crate")
        .hint("or say which API the C is for: `.limited_api(officina_build::LimitedApi::Since(3, 9))`")
}

fn decoded(hexadecimal: &str) -> Option<String> {
    let byte = |at: usize| u8::from_str_radix(hexadecimal.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hexadecimal.len()).step_by(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abi_and_threads(text: &str) -> (Pyo3Abi, bool) {
        let config = Pyo3Config::parse(text, "a test").unwrap_or_else(|e| panic!("{text}: {e}"));
        (config.abi, config.free_threaded)
    }

    #[test]
    fn the_abi_of_every_version_of_pyo3() {
        let since = |minor| PythonVersion(3, minor);
        let table = [
            ("version=3.11\ntarget_abi=CPython-abi3-3.9\n", Pyo3Abi::Abi3(since(9)), false),
            ("version=3.15\ntarget_abi=CPython-abi3t-3.15\n", Pyo3Abi::Abi3t(since(15)), true),
            ("version=3.14\ntarget_abi=CPython-free_threaded-3.14\n", Pyo3Abi::Version, true),
            ("version=3.11\ntarget_abi=CPython-gil_enabled-3.11-debug\n", Pyo3Abi::Version, false),
            (
                "implementation=CPython\nversion=3.9\nabi3=true\nbuild_flags=\n",
                Pyo3Abi::Abi3(since(9)),
                false,
            ),
            ("implementation=PyPy\nversion=3.9\nabi3=true\n", Pyo3Abi::Version, false),
            ("version=3.13\nabi3=true\nbuild_flags=Py_GIL_DISABLED\n", Pyo3Abi::Version, true),
            ("version=3.13\nabi3=false\n", Pyo3Abi::Version, false),
        ];
        for (text, abi, free_threaded) in table {
            assert_eq!(abi_and_threads(text), (abi, free_threaded), "{text}");
        }
    }

    #[test]
    fn a_dependent_is_told_in_hexadecimal_text() {
        let text = "implementation=CPython\nversion=3.11\ntarget_abi=CPython-abi3-3.10\nexecutable=/py/python\n";
        let hexadecimal: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        for name in ["DEP_PYTHON_PYO3_CONFIG", "DEP_PYO3_PYTHON_PYO3_CONFIG"] {
            let environment = [(name.into(), hexadecimal.clone().into())].into_iter().collect();
            let found = Pyo3Config::find(&environment).unwrap_or_else(|e| panic!("{e}"));
            let expected = Pyo3Config {
                implementation: "cpython".into(),
                version: PythonVersion(3, 11),
                abi: Pyo3Abi::Abi3(PythonVersion(3, 10)),
                free_threaded: false,
                executable: Some("/py/python".into()),
            };
            assert_eq!(found, Some(expected));
        }
        assert_eq!(Pyo3Config::find(&Environment::default()), Ok(None));
    }

    #[test]
    fn what_is_not_set_counts_too() {
        let shown = |variables: &[(&str, &str)]| -> Vec<String> {
            let pairs = variables.iter().map(|(name, value)| (name.into(), value.into()));
            let found = instructions(&pairs.collect());
            found.iter().map(|one| one.to_string().replace("cargo::rerun-if-", "")).collect()
        };
        let variables = [
            "env-changed=PYO3_CONFIG_FILE",
            "env-changed=PYO3_CROSS_LIB_DIR",
            "env-changed=PYO3_CROSS_PYTHON_VERSION",
        ];
        assert_eq!(shown(&[]), variables);
        assert_eq!(shown(&[(CROSS_LIB_DIR, "/lib"), (CROSS_PYTHON_VERSION, "3.12")]), variables);
        assert_eq!(shown(&[(FILE, "/f")]), [&variables[..], &["changed=/f"]].concat());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["", "version=three\n", "version=3.11\ntarget_abi=CPython-abi9-3.9\n"] {
            let error = Pyo3Config::parse(text, "a test").expect_err(text).to_string();
            assert_eq!(error, "cannot understand the configuration of PyO3 in `a test`");
        }
    }
}
