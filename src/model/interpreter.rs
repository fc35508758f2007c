//! Which interpreter is built for.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which interpreter is built for. Cheap to know; no hook goes without it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Interpreter {
    /// `sys.executable`.
    pub executable: PathBuf,
    /// `sys.implementation.name`: `cpython`, `pypy`, `graalpy`.
    pub implementation: String,
    /// `sys.version_info[:2]`.
    pub version: PythonVersion,
    /// PyPy's own version (`sys.pypy_version_info[:2]`); `None` elsewhere.
    pub pypy_version: Option<PythonVersion>,
    /// `Py_GIL_DISABLED`: the free-threaded build.
    pub free_threaded: bool,
    /// `Py_DEBUG`: the build has `sys.gettotalrefcount`.
    pub debug: bool,
    /// Bits in a pointer: 32 or 64.
    pub pointer_bits: u8,
    /// `sysconfig.get_platform()`: `linux-x86_64`, `macosx-11.0-universal2`, `win-amd64`, `mingw_x86_64`.
    pub platform: String,
}

impl fmt::Display for Interpreter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = if self.free_threaded { "t" } else { "" };
        write!(f, "{} {}{threads}, {}", self.implementation_name(), self.version, self.platform)
    }
}

impl Interpreter {
    /// A CPython that is called `python`: with a GIL, no debug build, and 64 bits.
    pub fn cpython(version: PythonVersion, platform: &str) -> Self {
        Interpreter {
            executable: "python".into(),
            implementation: "cpython".into(),
            version,
            pypy_version: None,
            free_threaded: false,
            debug: false,
            pointer_bits: 64,
            platform: platform.into(),
        }
    }

    /// The implementation as people write it: `CPython`, `PyPy`, `GraalPy`.
    pub fn implementation_name(&self) -> &str {
        match self.implementation.as_str() {
            "cpython" => "CPython",
            "pypy" => "PyPy",
            "graalpy" => "GraalPy",
            other => other,
        }
    }

    /// Whether this is the reference implementation.
    pub fn is_cpython(&self) -> bool {
        self.implementation == "cpython"
    }

    /// Whether this is PyPy, which ships a cffi of its own.
    pub fn is_pypy(&self) -> bool {
        self.implementation == "pypy"
    }

    /// Whether extensions are built for Windows (MSVC or MinGW).
    pub fn is_windows(&self) -> bool {
        self.platform.starts_with("win") || self.platform.starts_with("mingw")
    }

    /// Whether extensions are built for macOS.
    pub fn is_macos(&self) -> bool {
        self.platform.starts_with("macosx")
    }
}

/// A `major.minor` version of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PythonVersion(pub u8, pub u8);

impl PythonVersion {
    /// `PY_VERSION_HEX` of its first release, as `Py_LIMITED_API` has it: `0x030a0000`.
    pub fn hexadecimal(self) -> String {
        let PythonVersion(major, minor) = self;
        format!("0x{major:02x}{minor:02x}0000")
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for PythonVersion {
    type Err = ();

    /// Reads `3.10`, `cp310` and `py310`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix("cp").or_else(|| text.strip_prefix("py"));
        let (major, minor) = match digits {
            Some(digits) => digits.split_at_checked(1).ok_or(())?,
            None => text.split_once('.').ok_or(())?,
        };
        Ok(PythonVersion(major.parse().map_err(drop)?, minor.parse().map_err(drop)?))
    }
}
