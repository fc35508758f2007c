//! Runs compilers and linkers, and words their failures.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::engine::digest::{Digest, digest_of};
use crate::engine::input::Input;
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{CacheUse, Environment};
use crate::process::{self, Cancel, Invocation, Output};
use crate::report::Console;
use crate::report::advice;
use crate::steps::compiler_cache;
use crate::toolchain::variables::read_by_tools;
use crate::toolchain::{self, Family, ToolCommand};

/// One run of a compiler or a linker.
pub(super) struct ToolRun<'a> {
    /// The program with its fixed arguments.
    pub command: &'a ToolCommand,
    /// What follows the command's driver.
    pub args: Vec<OsString>,
    /// Whose language the arguments are in.
    pub family: Family,
    /// The programs that it looks for in `PATH` in its turn.
    pub helpers: &'static [&'static str],
    /// What the program sees.
    pub environment: &'a Environment,
    /// The working directory: the project root.
    pub directory: &'a Path,
    /// Where the arguments go if there are too many for a command line.
    pub response_file: PathBuf,
    /// What is being done, for the message of a failure: "compiling `x.c` for `pkg._foo`".
    pub doing: String,
}

/// How a program is asked what it reads.
pub(super) struct Asking {
    /// The arguments with the question.
    pub asking: Vec<OsString>,
    /// The arguments without it.
    pub plain: Vec<OsString>,
    /// What stands in the message of a program that does not know it.
    pub refusals: &'static [&'static str],
}

/// A program that succeeded.
pub(super) struct Succeeded {
    /// What it said all the same: warnings.
    pub output: String,
    /// How long it ran.
    pub took: Duration,
    /// Whether a compiler cache had what it makes.
    pub cache: Option<CacheUse>,
}

/// The longest command line that every supported version of the system takes.
const LONGEST: usize = if cfg!(windows) { 30_000 } else { 100_000 };

impl ToolRun<'_> {
    /// The whole command, as it would be typed.
    pub fn words(&self) -> Vec<OsString> {
        self.command.starting().map(Into::into).chain(self.args.clone()).collect()
    }

    /// The digest of everything that decides what the run makes, besides what it reads: the programs
    /// that `PATH` leads to, and all words. A launcher does not count: it makes what the compiler
    /// behind it would make.
    pub fn key(&self, paths: &RelocatablePaths, more: &[&str]) -> Digest {
        let driver = self.command.driver.iter().map(Into::into);
        let words = driver.chain(self.args.iter().map(|word| word.to_string_lossy()));
        let words: Vec<String> = words.map(|word| paths.stored_word(&word)).collect();
        let programs = self.programs();
        let programs = programs.iter().map(|path| path.as_os_str().as_encoded_bytes());
        let words = words.iter().map(String::as_bytes);
        digest_of(programs.chain(words).chain(more.iter().map(|word| word.as_bytes())))
    }

    /// What every run reads: its programs, and variables.
    pub fn inputs(&self) -> BTreeSet<Input> {
        let variables = read_by_tools().map(|name| Input::Variable(name.to_owned()));
        self.programs().into_iter().map(Input::File).chain(variables).collect()
    }

    fn programs(&self) -> BTreeSet<PathBuf> {
        let words: Vec<String> =
            self.words().iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let own = toolchain::programs(self.command, self.environment, self.directory);
        let helpers = toolchain::helpers(self.helpers, &words, self.environment, self.directory);
        own.into_iter().chain(helpers).collect()
    }

    /// Runs the program in the project root. It has to make `product`: what an earlier run left there
    /// is removed before.
    ///
    /// # Errors
    /// It cannot be started, or it fails: then with all that it said. It ends without an error and
    /// has made nothing. The build is cancelled.
    pub fn run(&self, product: &Path, console: Console, cancel: &Cancel) -> Result<Succeeded> {
        self.run_with(&self.args, product, console, cancel)
    }

    /// Runs the program with words that ask it what it reads, and without them where it does not know
    /// them. Nobody asks it before whether it does: that would take a program in each build.
    ///
    /// # Errors
    /// As for [`ToolRun::run`].
    pub fn run_asking(
        &self,
        question: &Asking,
        product: &Path,
        console: Console,
        cancel: &Cancel,
    ) -> Result<Succeeded> {
        let answer = self.run_with(&question.asking, product, console, cancel);
        let is_refused = |error: &Error| {
            let said = error.parts().output.as_deref().unwrap_or_default();
            question.refusals.iter().any(|word| said.contains(word))
        };
        match answer {
            Err(error) if is_refused(&error) => {
                self.run_with(&question.plain, product, console, cancel)
            }
            answer => answer,
        }
    }

    fn run_with(
        &self,
        args: &[OsString],
        product: &Path,
        console: Console,
        cancel: &Cancel,
    ) -> Result<Succeeded> {
        let mut invocation = self.invocation(args)?;
        let command_line = invocation.command_line();
        console.command(&command_line);
        if command_line.len() > LONGEST {
            self.put_into_response_file(&mut invocation, args)?;
        }
        fs::remove_if_there(product)?;
        let question = compiler_cache::ask(&mut invocation, &self.response_file);
        let begun = Instant::now();
        let finished = process::run_cancellable(&invocation, Output::Captured, cancel)?;
        let (took, cache) = (begun.elapsed(), question.answer());
        let failed = |how: &str| {
            Error::new(format!("{} failed ({how})", self.doing))
                .note(format!("the command was: {command_line}"))
        };
        if !finished.status.success() {
            return Err(failed(&finished.ending()).output(finished.output));
        }
        if !product.exists() {
            let how = "it ended without an error and made nothing";
            return Err(failed(how).output(finished.output).hint("check what the command runs"));
        }
        Ok(Succeeded { output: finished.output, took, cache })
    }

    /// Whether the program takes more arguments than its own without a complaint.
    ///
    /// # Errors
    /// It cannot be started, or the build is cancelled.
    pub fn accepts(&self, more: &[String], cancel: &Cancel) -> Result<bool> {
        let mut invocation = self.invocation(&self.args)?;
        invocation.arguments.extend(more.iter().map(Into::into));
        let finished = process::run_cancellable(&invocation, Output::Captured, cancel)?;
        Ok(finished.status.success())
    }

    fn invocation(&self, args: &[OsString]) -> Result<Invocation> {
        let mut words = self.command.starting();
        let program = words
            .next()
            .ok_or_else(|| Error::new(format!("{} failed: its command is empty", self.doing)))?;
        Ok(Invocation {
            program: program.into(),
            arguments: words.map(Into::into).chain(args.iter().cloned()).collect(),
            directory: self.directory.to_owned(),
            environment: self.environment.clone(),
        })
    }

    fn put_into_response_file(&self, invocation: &mut Invocation, args: &[OsString]) -> Result<()> {
        fs::write_text(&self.response_file, &response_file(args, self.family))?;
        let own = invocation.arguments.len() - args.len();
        invocation.arguments.truncate(own);
        let mut reference = OsString::from("@");
        reference.push(&self.response_file);
        invocation.arguments.push(reference);
        Ok(())
    }
}

/// The error of a program's run with what its words ask for.
pub(super) fn advised(error: Error) -> Error {
    let said = error.parts().output.clone().unwrap_or_default();
    advice::for_output(&said).into_iter().fold(error, Error::hint)
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
