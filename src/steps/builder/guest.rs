//! Runs one builder for a library in somebody else's program, a Cargo build script as a rule: one
//! Python says what it is and runs the builder. Nothing is printed, no state outlives a call, and
//! nothing is known of earlier runs.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::fs;
use crate::model::{
    Builder, BuilderInputs, Environment, Interpreter, LimitedApi, Module, SourceText, Sysconfig,
};
use crate::process::{self, Invocation, describe_status};
use crate::steps::builder::answer::BuilderOutput;
use crate::steps::builder::context::{RequestParts, arguments, builder_environment, script_name};
use crate::steps::builder::control::{self, OUTPUT};
use crate::steps::builder::python_files::{self, BUILD_SCRIPT};
use crate::steps::builder::spec::{self, Rules};
use crate::steps::compiled_api;

/// The version of `python.json`; `_build_script.py` holds the same number.
const PROTOCOL: u64 = 1;
/// The exit code of a Python that we do not support; `_build_script.py` holds the same number.
const TOO_OLD: i32 = 74;

/// Which builder to run, and with what.
#[derive(Debug, Clone, Copy)]
pub struct GuestRequest<'a> {
    /// The Python: a path, or a name that is looked up in `PATH`.
    pub python: &'a OsStr,
    /// The builder.
    pub builder: &'a Builder,
    /// The text that its entries point into.
    pub declared_in: &'a Arc<SourceText>,
    /// The working directory of the builder. Absolute.
    pub root: &'a Path,
    /// Where everything is written. Absolute.
    pub folder: &'a Path,
    /// The environment that the builder sees.
    pub environment: &'a Environment,
    /// What somebody does next who has no such Python, or one that we cannot use.
    pub no_python: &'a str,
}

/// What a Python has said of itself and made.
#[derive(Debug)]
pub struct GuestAnswer {
    /// Which interpreter it is.
    pub interpreter: Interpreter,
    /// How it compiles extension modules.
    pub sysconfig: Sysconfig,
    /// `sys.prefix` and `sys.exec_prefix`: where the packages lie that it can import.
    pub prefixes: Vec<PathBuf>,
    /// What it printed.
    pub said: String,
    script: String,
    output: BuilderOutput,
}

impl GuestAnswer {
    /// What the builder read and did.
    pub fn inputs(&self) -> &BuilderInputs {
        &self.output.inputs
    }

    /// Its modules as they are for this interpreter, and what a person should hear about them.
    ///
    /// # Errors
    /// A name is not a module's name, or an argument of `set_source()` means nothing.
    pub fn modules(
        &self,
        interpreter: &Interpreter,
        limited_api: LimitedApi,
    ) -> Result<(Vec<Module>, Vec<String>)> {
        let rules = Rules { interpreter, limited_api, ext_package: None };
        let (mut modules, mut warnings) = (Vec::new(), Vec::new());
        for generated in &self.output.modules {
            let (module, said) = spec::module(generated, &self.output, &self.script, &rules)?;
            modules.push(module);
            warnings.extend(said);
        }
        Ok((modules, warnings))
    }
}

/// Runs a builder to its end.
///
/// # Errors
/// There is no such Python, it is too old or has no cffi, or the builder fails. All that was
/// printed is in the error.
pub fn run(request: &GuestRequest) -> Result<GuestAnswer> {
    let control = request.folder.join("control");
    let output = request.folder.join("generated");
    fs::remove_folder(&control)?;
    [&control, &output].into_iter().try_for_each(|folder| fs::create_dir(folder))?;
    compiled_api::write_marks(request.folder)?;
    python_files::write(&control.join("python"))?;
    let parts = RequestParts {
        root: request.root,
        source_root: request.root,
        declared_in: request.declared_in,
        sys_path: &[],
        output: &output,
        literals: None,
        target: None,
    };
    control::write_request(&control, request.builder, &parts)?;
    let (status, said) = run_python(&control, request)?;
    let answer = answer(&control, status, &said, &parts, request).map_err(|error| {
        let words = error.parts().output.clone().unwrap_or_default();
        error.output(said + &words)
    });
    fs::remove_folder(&control)?;
    answer
}

fn run_python(control: &Path, request: &GuestRequest) -> Result<(ExitStatus, String)> {
    let log = control.join(OUTPUT);
    let file = File::create(&log).map_err(|e| Error::io("write", &log, &e))?;
    let invocation = Invocation {
        program: request.python.to_owned(),
        arguments: arguments(&control.join("python").join(BUILD_SCRIPT), control),
        directory: request.root.to_owned(),
        environment: builder_environment(request.environment),
    };
    let status =
        process::run_as_guest(&invocation, &file).map_err(|error| error.hint(request.no_python))?;
    let said = std::fs::read(&log).map_err(|e| Error::io("read", &log, &e))?;
    Ok((status, String::from_utf8_lossy(&said).into_owned()))
}

fn answer(
    control: &Path,
    status: ExitStatus,
    said: &str,
    parts: &RequestParts,
    request: &GuestRequest,
) -> Result<GuestAnswer> {
    let facts = facts(&control.join("python.json"), status, request.python)
        .map_err(|error| error.hint(request.no_python))?;
    let read = control::read_answer(control, status, request.builder, parts);
    let (output, _) = read.map_err(|blame| blame.at_its_entry(request.builder))?;
    Ok(GuestAnswer {
        interpreter: facts.interpreter,
        sysconfig: facts.sysconfig,
        prefixes: facts.prefixes,
        said: said.to_owned(),
        script: script_name(request.builder),
        output,
    })
}

/// What a Python says of itself.
#[derive(Deserialize)]
struct WireAnswer {
    protocol: u64,
    interpreter: Interpreter,
    sysconfig: Sysconfig,
    prefixes: Vec<PathBuf>,
}

fn facts(file: &Path, status: ExitStatus, python: &OsStr) -> Result<WireAnswer> {
    let python = python.display();
    if status.code() == Some(TOO_OLD) {
        return Err(Error::new(format!("`{python}` is older than Python 3.9")));
    }
    let text = std::fs::read_to_string(file).map_err(|_| {
        let ending = describe_status(status);
        Error::new(format!("`{python}` cannot say what it is: {ending}"))
    })?;
    let answer: WireAnswer = serde_json::from_str(&text).map_err(|e| {
        Error::new(format!("cannot understand what `{python}` says of itself: {e}"))
    })?;
    match answer.protocol {
        PROTOCOL => Ok(answer),
        theirs => Err(Error::other_protocol("the Python files", &theirs.to_string(), PROTOCOL)),
    }
}
