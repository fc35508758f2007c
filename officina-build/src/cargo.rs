//! What Cargo tells a build script, and the instructions that go back.

use std::fmt;
use std::path::PathBuf;

use officina::error::{Error, Result};
use officina::model::Environment;

/// What Cargo tells a build script.
pub(crate) struct BuildScript {
    /// `OUT_DIR`
    pub out_dir: PathBuf,
    /// `CARGO_MANIFEST_DIR`
    pub manifest_dir: PathBuf,
    /// `HOST`
    pub host: String,
    /// `TARGET`
    pub target: String,
    /// Every variable.
    pub environment: Environment,
}

impl BuildScript {
    /// Reads it from the environment.
    ///
    /// # Errors
    /// This is no build script.
    pub fn of(environment: Environment) -> Result<Self> {
        let text = |name: &str| match environment.text(name) {
            Some(value) => Ok(value.to_owned()),
            None => Err(Error::new(format!("`{name}` is not set: this is not a build script"))
                .hint("call `officina_build::Module::compile` in a `build.rs`, which Cargo runs")),
        };
        Ok(BuildScript {
            out_dir: text("OUT_DIR")?.into(),
            manifest_dir: text("CARGO_MANIFEST_DIR")?.into(),
            host: text("HOST")?,
            target: text("TARGET")?,
            environment,
        })
    }

    /// Whether Windows is built for.
    pub fn is_for_windows(&self) -> bool {
        self.target.contains("-windows")
    }

    /// Whether macOS is built for.
    pub fn is_for_macos(&self) -> bool {
        self.target.ends_with("-apple-darwin")
    }

    /// Whether this machine could not run the Python that is built for, by the rules of PyO3: see
    /// `is_cross_compiling_from_to` of pyo3-build-config.
    pub fn is_cross_build(&self) -> bool {
        let (host, target) = (Platform::of(&self.host), Platform::of(&self.target));
        let both = |system| host.system == system && target.system == system;
        let is_same = host.machine == target.machine
            && (host.vendor == target.vendor || (host.vendor == "pc" && target.vendor == "win7"))
            && host.system == target.system;
        let is_old_windows =
            both("windows") && host.machine == "x86_64" && target.machine == "i686";
        !(is_same || is_old_windows || both("darwin"))
    }
}

/// The parts of a target triple that decide which programs run.
#[derive(PartialEq, Eq)]
struct Platform<'a> {
    machine: &'a str,
    vendor: &'a str,
    system: &'a str,
}

impl<'a> Platform<'a> {
    fn of(triple: &'a str) -> Self {
        let mut parts = triple.split('-');
        let mut part = || parts.next().unwrap_or_default();
        Platform { machine: part(), vendor: part(), system: part() }
    }
}

/// An instruction for Cargo: <https://doc.rust-lang.org/cargo/reference/build-scripts.html>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Instruction {
    /// Run the script again when this file changes, or something below this folder.
    RerunIfChanged(PathBuf),
    /// Run the script again when this variable changes.
    RerunIfEnvChanged(String),
    /// Search this folder for libraries.
    LinkSearch(PathBuf),
    /// Link this library; with a kind: `static=a`, `framework=A`.
    LinkLib(String),
    /// Give the linker of this package this word.
    LinkArg(String),
    /// Give the linker of this package's `cdylib` this word.
    CdylibLinkArg(String),
    /// Show this line.
    Warning(String),
}

impl Instruction {
    /// Run the script again when this variable changes.
    pub fn variable(name: &str) -> Self {
        Instruction::RerunIfEnvChanged(name.to_owned())
    }
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instruction::RerunIfChanged(path) => {
                write!(f, "cargo::rerun-if-changed={}", path.display())
            }
            Instruction::RerunIfEnvChanged(name) => write!(f, "cargo::rerun-if-env-changed={name}"),
            Instruction::LinkSearch(path) => {
                write!(f, "cargo::rustc-link-search=native={}", path.display())
            }
            Instruction::LinkLib(name) => write!(f, "cargo::rustc-link-lib={name}"),
            Instruction::LinkArg(word) => write!(f, "cargo::rustc-link-arg={word}"),
            Instruction::CdylibLinkArg(word) => {
                write!(f, "cargo::rustc-link-arg-cdylib={word}")
            }
            Instruction::Warning(line) => write!(f, "cargo::warning={line}"),
        }
    }
}

/// A warning of several lines.
pub(crate) fn warnings(text: &str) -> impl Iterator<Item = Instruction> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| Instruction::Warning(line.into()))
}

/// Whether Cargo itself sets a variable for build scripts, and runs them again where it changes.
pub(crate) fn is_set_by_cargo(name: &str) -> bool {
    const NAMES: [&str; 11] = [
        "DEBUG",
        "HOST",
        "LD_LIBRARY_PATH",
        "NUM_JOBS",
        "OPT_LEVEL",
        "OUT_DIR",
        "PROFILE",
        "RUSTC",
        "RUSTC_LINKER",
        "RUSTDOC",
        "TARGET",
    ];
    NAMES.contains(&name) || name.starts_with("CARGO_") || name.starts_with("DEP_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(host: &str, target: &str) -> BuildScript {
        let variables =
            [("OUT_DIR", "/o"), ("CARGO_MANIFEST_DIR", "/m"), ("HOST", host), ("TARGET", target)];
        let pair = |(name, value): (&str, &str)| (name.into(), value.into());
        BuildScript::of(variables.into_iter().map(pair).collect()).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn a_cross_build_is_what_pyo3_calls_one() {
        let linux = "x86_64-unknown-linux-gnu";
        let table = [
            (linux, linux, false),
            (linux, "x86_64-unknown-linux-musl", false),
            (linux, "aarch64-unknown-linux-gnu", true),
            (linux, "x86_64-pc-windows-gnu", true),
            ("x86_64-pc-windows-msvc", "x86_64-pc-windows-gnu", false),
            ("x86_64-pc-windows-msvc", "i686-pc-windows-msvc", false),
            ("i686-pc-windows-msvc", "x86_64-pc-windows-msvc", true),
            ("aarch64-apple-darwin", "x86_64-apple-darwin", false),
        ];
        for (host, target, expected) in table {
            assert_eq!(script(host, target).is_cross_build(), expected, "{host} -> {target}");
        }
    }

    #[test]
    fn without_cargo_there_is_an_error() {
        let error = BuildScript::of(Environment::default()).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("`OUT_DIR` is not set: this is not a build script"));
    }
}
