//! The control folder of one builder's process: asks in `builder.json`, reads the answer from
//! `modules.json`, shows what it printed into `output.log`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::error::{Error, MAKE_ROOM, Result};
use crate::fs;
use crate::model::{Builder, BuilderEntry, PYPROJECT};
use crate::process;
use crate::report::Console;
use crate::steps::builder::answer::{self, Answer, BuilderFailure, BuilderOutput, PROTOCOL, Stage};
use crate::steps::builder::context::{BuilderContext, RequestParts, script_name};
use crate::steps::declared;

/// What a builder prints, where others run beside it.
pub const OUTPUT: &str = "output.log";

/// The exit code of our Python files where they cannot write an answer.
pub const CANNOT_WRITE: i32 = 73;

const ANSWER: &str = "modules.json";

/// How a builder's process ended.
#[derive(Debug, Clone)]
pub struct ProcessEnd {
    /// Its status.
    pub status: ExitStatus,
    /// When it began.
    pub began: SystemTime,
    /// When it had ended.
    pub ended: SystemTime,
    /// Whether it was ended because another builder had failed.
    pub stopped: bool,
}

/// A run of a builder that made its modules.
#[derive(Debug)]
pub struct BuilderRun {
    /// What it made and read.
    pub output: BuilderOutput,
    /// The same as it was written.
    pub answer: String,
    /// When it began, in nanoseconds since 1970.
    pub began: i128,
}

/// Writes the request for a builder into a folder.
///
/// # Errors
/// The folder cannot be written.
pub fn write_request(folder: &Path, builder: &Builder, parts: &RequestParts) -> Result<()> {
    fs::write_text(&folder.join("builder.json"), &request(builder, parts).to_string())
}

/// What a builder's process is asked for.
pub fn request(builder: &Builder, parts: &RequestParts) -> Value {
    let declaration = builder.declaration().map(declared::request);
    let script = builder.script().map_or(PYPROJECT.into(), Path::to_owned);
    let path = parts.root.join(&script);
    let folder = path.parent().unwrap_or(parts.root);
    let mut objects: Vec<&str> = Vec::new();
    for entry in &builder.entries {
        if !objects.contains(&entry.object.as_str()) {
            objects.push(&entry.object);
        }
    }
    let mut request = json!({
        "protocol": PROTOCOL,
        "root": parts.root,
        "script": script,
        "declaration": declaration,
        "objects": objects,
        "sys_path": parts.sys_path,
        "paths": [folder, parts.root, parts.source_root],
        "output": parts.output,
        "kept": kept_folder(builder, parts),
        "is_cross": parts.target.is_some(),
    });
    if let (Some(literals), Some(request)) = (parts.literals, request.as_object_mut()) {
        request.insert("literals".into(), json!(literals));
    }
    request
}

/// A folder of a builder's own, which is kept between builds.
fn kept_folder(builder: &Builder, parts: &RequestParts) -> PathBuf {
    let name = script_name(builder).replace(['/', '\\', ':', '[', ']', ' '], "_");
    parts.output.with_file_name("builders").join(name)
}

/// The control folder of one of several builders.
pub fn folder_of(folder: &Path, index: usize) -> PathBuf {
    folder.join(index.to_string())
}

/// Shows what a builder printed, whole.
pub fn show_output(folder: &Path, console: Console) {
    if let Ok(mut output) = File::open(folder.join(OUTPUT)) {
        console.output_from(&mut output);
    }
}

/// Whether a process has left its answer, and ended well.
pub fn is_complete(folder: &Path, ended: &ProcessEnd) -> bool {
    ended.status.success() && folder.join(ANSWER).is_file()
}

/// Reads what a builder has left in its folder, and says that it ran.
///
/// # Errors
/// Whatever ended it before its modules were written, pointing at the entry to blame.
pub fn read(
    folder: &Path,
    ended: &ProcessEnd,
    builder: &Builder,
    context: &BuilderContext,
) -> Result<BuilderRun> {
    let parts = context.request_parts();
    let (output, answer) = read_answer(folder, ended.status, builder, &parts)
        .map_err(|blame| blame.at_its_entry(builder))?;
    let took = ended.ended.duration_since(ended.began).unwrap_or_default();
    context.console.done("Generated", &summary(&output, builder), took);
    Ok(BuilderRun { output, answer, began: nanoseconds(ended.began) })
}

/// An error, and the object whose entry is to blame; `None` means the script itself.
pub struct Blame {
    /// What is wrong.
    pub error: Error,
    object: Option<String>,
}

impl From<Error> for Blame {
    fn from(error: Error) -> Self {
        Blame { error, object: None }
    }
}

impl Blame {
    /// The error with the place of its entry.
    pub fn at_its_entry(self, builder: &Builder) -> Error {
        if self.error.parts().location.is_some() {
            return self.error;
        }
        let named = |entry: &&BuilderEntry| Some(&entry.object) == self.object.as_ref();
        match builder.entries.iter().find(named).or_else(|| builder.entries.first()) {
            Some(entry) => self.error.at(&entry.source, entry.span.clone()),
            None => self.error,
        }
    }
}

/// The answer that a builder's process has left in its folder, and its text.
///
/// # Errors
/// Whatever ended it before its modules were written.
pub fn read_answer(
    folder: &Path,
    status: ExitStatus,
    builder: &Builder,
    parts: &RequestParts,
) -> Result<(BuilderOutput, String), Blame> {
    let script = &script_name(builder);
    let Ok(text) = std::fs::read_to_string(folder.join(ANSWER)) else {
        return Err(no_answer(status, script).into());
    };
    match answer::parse(&text, script)? {
        Answer::Failure(failure) => Err(Blame {
            error: match (&failure, builder.declaration()) {
                (BuilderFailure::Cdef { part, line, message }, Some(declaration)) => {
                    let failure = declared::CdefFailure { part: Some(*part), line: *line, message };
                    declared::error(declaration, &failure, parts.root, parts.declared_in)
                }
                (
                    BuilderFailure::Exception { stage: Stage::Declared, message, .. },
                    Some(declaration),
                ) => {
                    let failure = declared::CdefFailure { part: None, line: None, message };
                    declared::error(declaration, &failure, parts.root, parts.declared_in)
                }
                _ => answer::error(&failure, script, parts.root),
            },
            object: failure.object().map(str::to_owned),
        }),
        Answer::Done(_) if !status.success() => Err(failed_at_its_end(status, script).into()),
        Answer::Done(output) => Ok((output, text)),
    }
}

/// The process crashed, or ended itself behind Python's back.
fn no_answer(status: ExitStatus, script: &str) -> Error {
    let ending = process::describe_status(status);
    if status.code().is_none() {
        return Error::new(format!("the builder `{script}` crashed: {ending}"));
    }
    if status.code() == Some(CANNOT_WRITE) {
        return Error::new(format!("cannot write what the builder `{script}` made"))
            .hint(MAKE_ROOM);
    }
    Error::new(format!("the builder `{script}` ended its process before it was done: {ending}"))
        .hint("a builder must not call `os._exit()` or `os.exec*()`")
}

fn failed_at_its_end(status: ExitStatus, script: &str) -> Error {
    let ending = process::describe_status(status);
    Error::new(format!("the builder `{script}` made its modules, but its process failed: {ending}"))
}

fn summary(output: &BuilderOutput, builder: &Builder) -> String {
    let names: Vec<&str> = output.modules.iter().map(|module| module.name.as_str()).collect();
    match names.len() {
        0 => format!("no module by {}", script_name(builder)),
        1..=3 => names.join(", "),
        several => format!("{several} modules by {}", script_name(builder)),
    }
}

fn nanoseconds(time: SystemTime) -> i128 {
    let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i128::try_from(since_1970.as_nanos()).unwrap_or(i128::MAX)
}
