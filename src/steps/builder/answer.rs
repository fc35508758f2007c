//! What a builder's process answers (`modules.json`), and the words for what went wrong in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{Cause, Error, MAKE_ROOM, Result, nearest};
use crate::model::{BuilderInputs, FfiModel};
use crate::report::advice;
use crate::steps::builder::missing_module::{self, NO_MODULE};
use crate::steps::builder::whereabouts::Whereabouts;

/// The version of `builder.json` and `modules.json`; `_run_builder.py` holds the same number.
pub const PROTOCOL: u64 = 5;

/// The whole answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The builder ran and its modules are written.
    Done(BuilderOutput),
    /// It did not.
    Failure(BuilderFailure),
}

/// What a builder made.
#[derive(Debug, Deserialize)]
pub struct BuilderOutput {
    /// `cffi.recompiler.USE_LIMITED_API`
    pub use_limited_api: bool,
    /// What the script put into `os.environ` or took from it, though it may have been so before.
    pub environment: BTreeMap<String, Option<String>>,
    /// Those of the objects that were asked for, in their order; an object may make several or none.
    pub modules: Vec<GeneratedModule>,
    /// What the process read and did.
    pub inputs: BuilderInputs,
}

impl BuilderOutput {
    /// The same with its modules in another folder: those of a build are moved when the one before
    /// was killed.
    #[must_use]
    pub fn moved_to(mut self, folder: &Path) -> Self {
        for module in &mut self.modules {
            if let Some(name) = module.path.file_name() {
                module.path = folder.join(name);
            }
        }
        self
    }
}

/// One module, as `set_source()` and cffi left it.
#[derive(Debug, Clone, Deserialize)]
pub struct GeneratedModule {
    /// The `FFI` object, or the function that returned it.
    pub object: String,
    /// The first argument of `set_source()`.
    pub name: String,
    /// Extension module or Python module.
    pub mode: Mode,
    /// The generated file.
    pub path: PathBuf,
    /// The text that `set_source()` attached, in API mode.
    #[serde(default)]
    pub attached: Option<String>,
    /// `source_extension`: what kind of file the generated one is.
    pub source_extension: Value,
    /// The keyword arguments, in plain form.
    pub arguments: Map<String, Value>,
    /// What cffi appends to list arguments by itself.
    pub additions: Map<String, Value>,
    /// Whether `embedding_api()` was called.
    pub embedding: bool,
    /// What its `FFI` declares, if that was asked for.
    #[serde(default)]
    pub declares: Option<FfiModel>,
}

/// How a module reaches C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A C file that is compiled.
    Api,
    /// A Python file that opens a library.
    Abi,
}

/// Which part of the work an exception or `sys.exit()` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Reading the script as Python.
    Compile,
    /// Executing it.
    Script,
    /// Calling the function that an entry names.
    Object,
    /// cffi's own code.
    Generate,
    /// The same for a module without a script.
    Declared,
    /// Reading the arguments of `set_source()`.
    Arguments,
}

/// Why there are no modules.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)] // the variants are explained by their messages below
pub enum BuilderFailure {
    NoCffi {
        missing: bool,
        message: String,
    },
    Unreadable {
        message: String,
    },
    NotFound {
        object: String,
        names: Vec<String>,
        ffis: Vec<String>,
    },
    NotFfi {
        object: String,
        r#type: String,
        returned: bool,
        item: Option<usize>,
    },
    NoSetSource {
        object: String,
        item: Option<usize>,
    },
    Cdef {
        part: usize,
        line: Option<usize>,
        message: String,
    },
    Unwritable {
        object: String,
        module: String,
        message: String,
    },
    Exit {
        stage: Stage,
        object: Option<String>,
        code: Value,
        /// Whether it was given words, which are among what the builder said.
        #[serde(default)]
        says: bool,
        #[serde(flatten)]
        at: Whereabouts,
    },
    Exception {
        stage: Stage,
        object: Option<String>,
        r#type: String,
        message: String,
        #[serde(flatten)]
        at: Whereabouts,
    },
    Interrupted,
}

impl BuilderFailure {
    /// The entry to blame, if it is one of several.
    pub fn object(&self) -> Option<&str> {
        match self {
            BuilderFailure::NotFound { object, .. }
            | BuilderFailure::NotFfi { object, .. }
            | BuilderFailure::NoSetSource { object, .. }
            | BuilderFailure::Unwritable { object, .. } => Some(object),
            BuilderFailure::Exit { object, .. } | BuilderFailure::Exception { object, .. } => {
                object.as_deref()
            }
            BuilderFailure::NoCffi { .. }
            | BuilderFailure::Unreadable { .. }
            | BuilderFailure::Cdef { .. }
            | BuilderFailure::Interrupted => None,
        }
    }
}

/// Reads the text of `modules.json`, which the builder `script` has left.
///
/// # Errors
/// It is no such text, or one of another protocol, which a mixed installation causes.
pub fn parse(text: &str, script: &str) -> Result<Answer> {
    let wrong = |e| Error::new(format!("cannot understand the answer of `{script}`: {e}"));
    let mut raw: Map<String, Value> = serde_json::from_str(text).map_err(wrong)?;
    let theirs = raw.remove("protocol").unwrap_or_default();
    if theirs.as_u64() != Some(PROTOCOL) {
        let who = "the Python files of officina that run builders";
        return Err(Error::other_protocol(who, &theirs.to_string(), PROTOCOL));
    }
    serde_json::from_value(raw.into()).map_err(wrong)
}

/// The words for a failure of `script`, whose project lies in `root`.
pub fn error(failure: &BuilderFailure, script: &str, root: &Path) -> Error {
    match failure {
        BuilderFailure::NoCffi { missing, message } => no_cffi(*missing, message),
        BuilderFailure::Unreadable { message } => {
            Error::new(format!("cannot read the builder `{script}`: {message}"))
                .hint("check who owns it and whether you may read it")
        }
        BuilderFailure::NotFound { object, names, ffis } => not_found(script, object, names, ffis),
        BuilderFailure::NotFfi { object, r#type, returned, item } => {
            not_ffi(script, &item_of(object, *returned, *item), r#type, *returned && item.is_none())
        }
        BuilderFailure::NoSetSource { object, item: Some(_) } => Error::new(format!(
            "`{object}` in `{script}` has an `FFI` that makes no module: its `set_source()` was not \
             called"
        ))
        .hint("call `set_source(\"module_name\", ...)` of each `FFI`, or leave it out of the list"),
        BuilderFailure::NoSetSource { object, item: None } => Error::new(format!(
            "`{object}` in `{script}` makes no module: its `set_source()` was not called"
        ))
        .hint(format!("call `{object}.set_source(\"module_name\", ...)` in the builder")),
        BuilderFailure::Cdef { message, .. } => {
            Error::new(format!("cffi cannot read the declarations of `{script}`: {message}"))
        }
        BuilderFailure::Unwritable { object, module, message } => {
            let error = Error::new(format!(
                "cannot write the module `{module}` of `{object}` in `{script}`: {message}"
            ));
            if message.contains("No space left") { error.hint(MAKE_ROOM) } else { error }
        }
        BuilderFailure::Exit { stage, object, code, says, at } => {
            let said = if *says { ExitWords::Some } else { ExitWords::None };
            at.locate(exit(script, *stage, object.as_deref(), code, said), root)
        }
        BuilderFailure::Exception { stage, object, r#type, message, at } => {
            let object = object.as_deref().unwrap_or_default();
            let complaint = at.complaint().unwrap_or_default();
            let message = match &complaint.reason {
                Some(reason) => &format!("{type}: {reason}"),
                None => message,
            };
            let error = exception(script, *stage, object, message);
            let is_of_project = || missing_module::hint(message, root).is_some();
            let error = match r#type.as_str() {
                NOT_FOUND if !is_of_project() => error.because_of(Cause::MissingPackage),
                _ => error,
            };
            let hints = match complaint.hint {
                Some(hint) => vec![hint],
                None => next_steps(*stage, r#type, message, root),
            };
            at.locate(hints.into_iter().fold(error, Error::hint), root)
        }
        BuilderFailure::Interrupted => Error::interrupted(),
    }
}

fn no_cffi(missing: bool, message: &str) -> Error {
    if missing {
        Error::new("cffi is not installed where the builders run").hint(
            "the build frontend installs it by itself; without build isolation, install it yourself: python -m pip install cffi",
        )
        .because_of(Cause::MissingPackage)
    } else {
        Error::new(format!("cffi cannot be imported: {message}"))
            .because_of(if message.starts_with(NO_MODULE) {
                Cause::MissingPackage
            } else {
                Cause::Other
            })
            .hint("reinstall it for this interpreter: python -m pip install --force-reinstall cffi")
    }
}

fn not_found(script: &str, object: &str, names: &[String], ffis: &[String]) -> Error {
    let error = Error::new(format!("no object `{object}` in `{script}`"));
    let listed = |names: &[String]| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let close =
        |names: &[String]| nearest(object, names.iter().map(String::as_str)).map(str::to_owned);
    if let Some(guess) = close(ffis).or_else(|| close(names)) {
        error.hint(format!("did you mean `{guess}`?"))
    } else if !ffis.is_empty() {
        error.hint(format!("its FFI objects are: {}", listed(ffis)))
    } else {
        error.hint("an entry is `script:object`, where the object is an FFI or a function that returns one")
    }
}

/// `ffi`, `make_ffi()` or `item 2 of make_all()`, without the outer backticks.
fn item_of(object: &str, returned: bool, item: Option<usize>) -> String {
    let calling = if returned { "()" } else { "" };
    match item {
        None => object.to_owned(),
        Some(index) => format!("item {} of {object}{calling}", index + 1),
    }
}

fn not_ffi(script: &str, object: &str, kind: &str, returned: bool) -> Error {
    if !returned {
        return Error::new(format!("`{object}` in `{script}` is of type `{kind}`, not an `FFI`"))
            .hint("name an object made by `cffi.FFI()`, a list of them, or a function that returns either");
    }
    let error = Error::new(format!("`{object}()` in `{script}` returned a `{kind}`, not an `FFI`"));
    if kind == "NoneType" { error.hint("let it end with `return ffi`") } else { error }
}

/// Whether `sys.exit()` was given words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExitWords {
    None,
    Some,
}

fn exit(script: &str, stage: Stage, object: Option<&str>, code: &Value, said: ExitWords) -> Error {
    let place = match object {
        Some(object) if stage == Stage::Object => format!("`{object}()` in `{script}`"),
        _ => format!("the builder `{script}`"),
    };
    match said {
        ExitWords::Some => {
            Error::new(format!("{place} called `sys.exit()` before its modules were made"))
                .hint("what it said stands above")
        }
        ExitWords::None => {
            Error::new(format!("{place} called `sys.exit({code})` before its modules were made"))
                .hint(
                    "what is meant for running the script as a program belongs under \
                     `if __name__ == \"__main__\":`",
                )
        }
    }
}

fn exception(script: &str, stage: Stage, object: &str, message: &str) -> Error {
    let message = message.lines().next().unwrap_or_default();
    Error::new(match stage {
        Stage::Compile => format!("the builder `{script}` is not valid Python: {message}"),
        Stage::Script => format!("the builder `{script}` failed: {message}"),
        Stage::Object => format!("`{object}()` in `{script}` failed: {message}"),
        Stage::Generate => {
            format!("cffi cannot make the module of `{object}` in `{script}`: {message}")
        }
        Stage::Declared => format!("cffi cannot make the module `{script}`: {message}"),
        Stage::Arguments => format!(
            "the arguments of `{object}.set_source()` in `{script}` cannot be read: {message}"
        ),
    })
}

fn next_steps(stage: Stage, kind: &str, message: &str, root: &Path) -> Vec<String> {
    let hints = advice::for_output(message);
    if !hints.is_empty() {
        return hints;
    }
    let of_project = || missing_module::hint(message, root);
    let usual = || usual_hint(stage, kind, message).map(str::to_owned);
    of_project().or_else(usual).into_iter().collect()
}

const NOT_FOUND: &str = "ModuleNotFoundError";

fn usual_hint(stage: Stage, kind: &str, message: &str) -> Option<&'static str> {
    if message.contains("No module named 'distutils'") {
        Some(
            "Python 3.12 dropped distutils; add \"setuptools\", which brings it, to `build-system.requires`",
        )
    } else if kind == "EOFError" {
        Some(
            "nobody answers during a build: let the builder read files or the environment, not stdin",
        )
    } else if message.contains("codec can't decode") && stage == Stage::Compile
        || message.contains("Non-UTF-8 code")
    {
        Some("save the file as UTF-8, or name its encoding in the first line: `# coding: latin-1`")
    } else if kind == NOT_FOUND {
        Some("a package that a builder imports must be named in `build-system.requires`")
    } else if stage == Stage::Compile {
        Some("correct the line; if it is right for a newer Python, build with that one")
    } else if [Stage::Script, Stage::Object].contains(&stage) && !kind.starts_with("cffi.") {
        Some("the traceback above shows the calls that led to it")
    } else {
        None
    }
}
