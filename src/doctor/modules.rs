//! Which Pythons may load the modules that the last build made. Pure.

use crate::doctor::finding::{Finding, Subject};
use crate::model::{Abi, BuiltAbi, Interpreter, LimitedApi, PythonVersion};

/// What is said of one module; `file` is how the last build called it, and `least` the oldest Python
/// that the project as a whole is for.
pub fn last_abi(
    file: &str,
    built: &BuiltAbi,
    interpreter: &Interpreter,
    setting: LimitedApi,
    least: Option<PythonVersion>,
) -> Finding {
    let subject = Subject::Abi;
    let version = interpreter.version;
    let reason = built.reason.as_ref();
    let finding = match built.abi {
        Abi::Limited { minimum } => match minimum.max(least) {
            Some(least) => {
                Finding::ok(subject, format!("`{file}`: abi3, for CPython {least} and later"))
            }
            None => Finding::ok(subject, format!("`{file}`: abi3")),
        },
        Abi::LimitedFreeThreaded => Finding::ok(
            subject,
            format!("`{file}`: abi3t, for free-threaded CPython 3.15 and later"),
        ),
        Abi::Embedding => Finding::ok(subject, format!("`{file}`: a library that embeds Python")),
        Abi::Version => {
            let what = format!("`{file}`: for Python {version} alone, not abi3");
            return match reason {
                Some(reason) => Finding::warn(subject, what).note(reason).next(
                    "change that for one wheel that serves all versions, or say `limited-api = \
                     false` if it is meant",
                ),
                None => Finding::ok(subject, what).note(why_version(interpreter, setting)),
            };
        }
    };
    reason.into_iter().fold(finding, |finding, reason| finding.note(reason))
}

/// Why nobody asked for the limited API.
fn why_version(interpreter: &Interpreter, setting: LimitedApi) -> &'static str {
    if !interpreter.is_cpython() {
        "only CPython has a limited API"
    } else if interpreter.free_threaded && interpreter.version < PythonVersion(3, 15) {
        "free-threaded Python has a stable ABI from 3.15 on"
    } else if interpreter.debug {
        "a debug build of Python has no stable ABI for modules of cffi"
    } else if setting == LimitedApi::Off {
        "`limited-api` is `false`"
    } else {
        "its builder or its table does not ask for the limited API (`py_limited_api`, `limited-api`)"
    }
}

/// What is said where the last build compiled no module.
pub fn none_compiled() -> Finding {
    Finding::ok(Subject::Abi, "the last build compiled no module: any Python may load them")
}

/// What is said where no build has left a record.
pub fn no_record() -> Finding {
    Finding::ok(Subject::Abi, "not known: no build for this Python has left a record here")
        .note("nothing was run to find out")
        .next("`officina build --wheel`, or `officina show`, which runs the builders alone")
}
