//! Which cffi a build of this interpreter's modules needs. Pure.

use crate::model::{Interpreter, PythonVersion};

/// The requirement to answer in `get_requires_for_build_wheel` (PEP 508), if there is one.
///
/// The bounds are the first releases of cffi that support the interpreter. PyPy ships a cffi of
/// its own that cannot be replaced, so nothing is asked for there.
pub fn cffi(interpreter: &Interpreter) -> Option<String> {
    if interpreter.is_pypy() {
        return None;
    }
    let least = match interpreter.version {
        version if version >= PythonVersion(3, 15) => "2.1.1",
        version if version >= PythonVersion(3, 14) || interpreter.free_threaded => "2.0",
        PythonVersion(3, 13) => "1.17",
        PythonVersion(3, 12) => "1.16",
        _ => "1.15.1",
    };
    Some(format!("cffi>={least}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(implementation: &str, minor: u8, free_threaded: bool) -> Option<String> {
        cffi(&Interpreter {
            executable: "python".into(),
            implementation: implementation.into(),
            version: PythonVersion(3, minor),
            pypy_version: None,
            free_threaded,
            debug: false,
            pointer_bits: 64,
            platform: "linux-x86_64".into(),
        })
    }

    #[test]
    fn every_interpreter_gets_a_cffi_that_supports_it() {
        for (implementation, minor, free_threaded, expected) in [
            ("cpython", 9, false, Some("cffi>=1.15.1")),
            ("cpython", 12, false, Some("cffi>=1.16")),
            ("cpython", 13, false, Some("cffi>=1.17")),
            ("cpython", 13, true, Some("cffi>=2.0")),
            ("cpython", 14, false, Some("cffi>=2.0")),
            ("cpython", 14, true, Some("cffi>=2.0")),
            ("cpython", 15, false, Some("cffi>=2.1.1")),
            ("cpython", 15, true, Some("cffi>=2.1.1")),
            ("pypy", 11, false, None),
        ] {
            let found = asked(implementation, minor, free_threaded);
            assert_eq!(found.as_deref(), expected, "{implementation} 3.{minor} {free_threaded}");
        }
    }
}
