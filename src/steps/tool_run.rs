//! Runs compilers and linkers, and words their failures.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::error::{Ending, Error, Result};
use crate::fs;
use crate::model::CacheUse;
use crate::model::Environment;
use crate::process;
use crate::process::{Invocation, Output};
use crate::report::advice;
use crate::steps::Build;
use crate::steps::compiler_cache;
use crate::toolchain::{Command, Family};

/// One run of a compiler or a linker.
pub(super) struct Call<'a> {
    pub command: &'a Command,
    /// What follows the command's driver.
    pub args: Vec<OsString>,
    pub family: Family,
    pub environment: &'a Environment,
    /// Where the arguments go if there are too many for a command line.
    pub response_file: PathBuf,
    /// What is being done, for the message of a failure: "compiling `x.c` for `pkg._foo`".
    pub doing: String,
}

impl Call<'_> {
    /// The whole command, as it would be typed.
    pub fn words(&self) -> Vec<OsString> {
        self.command.starting().map(Into::into).chain(self.args.clone()).collect()
    }
}

/// A program that succeeded.
pub(super) struct Done {
    /// What it said all the same: warnings.
    pub output: String,
    /// How long it ran.
    pub took: Duration,
    /// Whether a compiler cache had what it makes.
    pub cache: Option<CacheUse>,
}

/// The longest command line that every supported version of the system takes.
const LONGEST: usize = if cfg!(windows) { 30_000 } else { 100_000 };

/// Runs the program in the project root.
///
/// # Errors
/// It cannot be started, or it fails: then with all that it said.
pub(super) fn run(call: &Call, build: &Build) -> Result<Done> {
    let mut driver = call.command.starting();
    let program = driver
        .next()
        .ok_or_else(|| Error::new(format!("{} failed: its command is empty", call.doing)))?;
    let shown = Invocation {
        program: program.into(),
        arguments: driver.clone().map(Into::into).chain(call.args.clone()).collect(),
        directory: build.root.to_owned(),
        environment: call.environment.clone(),
    };
    let command_line = shown.command_line();
    build.console.command(&command_line);
    let mut invocation = shown;
    if command_line.len() > LONGEST {
        fs::write_text(&call.response_file, &response_file(&call.args, call.family))?;
        invocation.arguments.truncate(driver.count());
        let mut reference = OsString::from("@");
        reference.push(&call.response_file);
        invocation.arguments.push(reference);
    }
    let question = compiler_cache::ask(&mut invocation, &call.response_file);
    let begun = Instant::now();
    let finished = process::run(&invocation, Output::Captured)?;
    let (took, cache) = (begun.elapsed(), question.answer());
    if finished.status.success() {
        return Ok(Done { output: finished.output, took, cache });
    }
    let mut error = Error::new(format!("{} failed ({})", call.doing, finished.ending()))
        .note(format!("the command was: {command_line}"));
    for hint in advice::for_output(&finished.output) {
        error = error.hint(hint);
    }
    Err(error.output(finished.output))
}

/// An argument per line, quoted. GNU programs read a backslash as an escape, Microsoft's only
/// before a quote, the closing one too.
fn response_file(args: &[OsString], family: Family) -> String {
    let mut text = String::new();
    for arg in args {
        let arg = arg.to_string_lossy();
        let escaped = match family {
            Family::Msvc { .. } => escaped_for_microsoft(&arg),
            Family::Gcc { .. } | Family::Clang { .. } => {
                arg.replace('\\', "\\\\").replace('"', "\\\"")
            }
        };
        text.push_str(&format!("\"{escaped}\"\n"));
    }
    text
}

/// <https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments>
fn escaped_for_microsoft(arg: &str) -> String {
    let mut escaped = String::new();
    let mut backslashes = 0;
    for letter in arg.chars() {
        if letter == '"' {
            escaped.push_str(&"\\".repeat(backslashes + 1));
        }
        backslashes = if letter == '\\' { backslashes + 1 } else { 0 };
        escaped.push(letter);
    }
    escaped + &"\\".repeat(backslashes)
}

/// Whether it is the user who ended the build.
pub(super) fn is_interruption(error: &Error) -> bool {
    error.parts().ending == Ending::Interrupted
}

/// The warning about an optional module that failed, with all that is known, in one piece.
pub(super) fn left_out(module: &str, error: &Error) -> String {
    let parts = error.parts();
    let mut text = format!("`{module}` is optional and left out: {error}");
    let notes = parts.notes.iter().map(|note| format!("note: {note}"));
    let hints = parts.hints.iter().map(|hint| format!("hint: {hint}"));
    let said = parts.output.as_deref().map(str::trim_end).filter(|said| !said.is_empty());
    for line in said.map(str::to_owned).into_iter().chain(notes).chain(hints) {
        text.push('\n');
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_files_quote_for_who_reads_them() {
        let args = [r#"-DNAME="a b""#, r"C:\x y\z.c"].map(OsString::from);
        let gcc = Family::Gcc { version: None };
        let cases = [
            (gcc, "\"-DNAME=\\\"a b\\\"\"\n\"C:\\\\x y\\\\z.c\"\n"),
            (Family::Msvc { clang_cl: false }, "\"-DNAME=\\\"a b\\\"\"\n\"C:\\x y\\z.c\"\n"),
        ];
        for (family, expected) in cases {
            assert_eq!(response_file(&args, family), expected);
        }
        let folder = [r"/LIBPATH:C:\x y\", r#"a\"b"#].map(OsString::from);
        let expected = "\"/LIBPATH:C:\\x y\\\\\"\n\"a\\\\\\\"b\"\n";
        assert_eq!(response_file(&folder, Family::Msvc { clang_cl: false }), expected);
    }
}
