//! The cffi that a build needs and that Officina's own wheel cannot ask for. Pure.

use crate::model::{Interpreter, PythonVersion};

/// The requirement to answer in `get_requires_for_build_wheel` (PEP 508), if there is one.
///
/// Whatever is answered costs a frontend a second round of installing. So Officina's wheel itself
/// depends on the first cffi that supports each Python (`dependencies` in pyproject.toml), and this
/// adds what no marker can tell: that a Python is free-threaded. From 3.14 on that makes no
/// difference, and PyPy ships a cffi of its own that cannot be replaced.
pub fn cffi(interpreter: &Interpreter) -> Option<String> {
    let unseen = interpreter.free_threaded && interpreter.version < PythonVersion(3, 14);
    unseen.then(|| "cffi>=2.0".to_owned())
}

/// The oldest cffi that Officina's own wheel lets an environment have.
pub const OLDEST_CFFI: &str = "1.15.1";

/// The first cffi that supports a CPython: what Officina's own wheel depends on.
pub fn least_cffi(interpreter: &Interpreter) -> &'static str {
    match interpreter.version {
        _ if interpreter.free_threaded && interpreter.version < PythonVersion(3, 14) => "2.0",
        PythonVersion(3, ..=11) => OLDEST_CFFI,
        PythonVersion(3, 12) => "1.16",
        PythonVersion(3, 13) => "1.17",
        PythonVersion(3, 14) => "2.0",
        _ => "2.1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreter(implementation: &str, minor: u8, free_threaded: bool) -> Interpreter {
        let cpython = Interpreter::cpython(PythonVersion(3, minor), "linux-x86_64");
        Interpreter { implementation: implementation.into(), free_threaded, ..cpython }
    }

    #[test]
    fn only_what_no_marker_can_tell_is_asked_for() {
        for (implementation, minor, free_threaded, expected) in [
            ("cpython", 9, false, None),
            ("cpython", 13, false, None),
            ("cpython", 13, true, Some("cffi>=2.0")),
            ("cpython", 14, true, None),
            ("cpython", 15, true, None),
            ("pypy", 11, false, None),
        ] {
            let found = cffi(&interpreter(implementation, minor, free_threaded));
            assert_eq!(found.as_deref(), expected, "{implementation} 3.{minor} {free_threaded}");
        }
    }

    #[test]
    fn the_least_cffi_is_what_our_own_wheel_depends_on() {
        let root = env!("CARGO_MANIFEST_DIR");
        let pyproject = std::fs::read_to_string(format!("{root}/pyproject.toml")).unwrap();
        for minor in 9..=15 {
            let least = least_cffi(&interpreter("cpython", minor, false));
            let line = match minor {
                ..=11 => format!("\"cffi>={least}; platform_python_implementation != 'PyPy'\""),
                _ => format!(
                    "\"cffi>={least}; platform_python_implementation != 'PyPy' and python_version >= \
                     '3.{minor}'\""
                ),
            };
            assert!(pyproject.contains(&line), "{line}");
        }
    }
}
