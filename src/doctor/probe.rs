//! Small files that are compiled to see whether that works.

use std::path::Path;

use crate::error::Result;
use crate::fs;
use crate::model::{Environment, Profile, PythonFacts, SettingValue, Target};
use crate::process::{self, Invocation, Output};
use crate::steps::toolchains::seen_by_tools;
use crate::toolchain::{ToolCommand, Toolchain, ToolchainRequest};

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct ProbeContext<'a> {
    /// The Python to build for.
    pub python: &'a PythonFacts,
    /// The environment.
    pub environment: &'a Environment,
    /// Where compilers run: the project root, or the folder that we are in.
    pub directory: &'a Path,
    /// Optimised, or made for a debugger.
    pub profile: Profile,
    /// What compilers are to be run by.
    pub launcher: Option<&'a SettingValue<String>>,
    /// An empty folder.
    pub scratch: &'a Path,
}

impl<'a> ProbeContext<'a> {
    /// What a toolchain is wanted for.
    pub fn toolchain_request(&self) -> ToolchainRequest<'a> {
        ToolchainRequest {
            target: Target {
                interpreter: &self.python.interpreter,
                sysconfig: &self.python.sysconfig,
            },
            environment: self.environment,
            profile: self.profile,
            launcher: self.launcher,
            directory: self.directory,
        }
    }

    /// Compiles a text; returns what the compiler said if it fails.
    ///
    /// # Errors
    /// It cannot be started, or the user interrupts.
    pub fn compile(
        &self,
        toolchain: &Toolchain,
        name: &str,
        text: &str,
        include_dirs: &[&Path],
    ) -> Result<Option<String>> {
        let source = self.scratch.join(format!("{name}.c"));
        fs::write_text(&source, text)?;
        let is_msvc = toolchain.family.is_msvc();
        let option = if is_msvc { "/I" } else { "-I" };
        let folders = include_dirs.iter().map(|folder| format!("{option}{}", folder.display()));
        let mut words: Vec<String> = folders.collect();
        let object = self.object(name, toolchain);
        let source = source.display().to_string();
        match is_msvc {
            true => words.extend(["/c".into(), source, format!("/Fo{object}")]),
            false => words.extend(["-c".into(), source, "-o".into(), object]),
        }
        self.run(&toolchain.c.compile, words, toolchain)
    }

    /// Links the object of a text into a library; returns what the linker said if it fails.
    ///
    /// # Errors
    /// It cannot be started, or the user interrupts.
    pub fn link(&self, toolchain: &Toolchain, name: &str) -> Result<Option<String>> {
        let object = self.object(name, toolchain);
        let library = self.scratch.join(name).with_extension("library").display().to_string();
        let words = match toolchain.family.is_msvc() {
            true => vec![object, format!("/OUT:{library}")],
            false => vec![object, "-o".into(), library],
        };
        self.run(&toolchain.c.link, words, toolchain)
    }

    fn object(&self, name: &str, toolchain: &Toolchain) -> String {
        let suffix = if toolchain.family.is_msvc() { "obj" } else { "o" };
        self.scratch.join(format!("{name}.{suffix}")).display().to_string()
    }

    fn run(
        &self,
        command: &ToolCommand,
        words: Vec<String>,
        toolchain: &Toolchain,
    ) -> Result<Option<String>> {
        let all: Vec<&String> = command.starting().chain(&command.flags).chain(&words).collect();
        let environment = seen_by_tools(self.environment.clone(), toolchain, self.directory);
        self.ask(&all, environment)
    }

    /// Runs a command; returns what it said if it fails.
    fn ask(&self, words: &[&String], environment: Environment) -> Result<Option<String>> {
        let invocation = Invocation {
            program: words[0].into(),
            arguments: words[1..].iter().map(Into::into).collect(),
            directory: self.directory.to_owned(),
            environment,
        };
        let finished = process::run(&invocation, Output::Captured)?;
        if finished.status.success() {
            return Ok(None);
        }
        let command = invocation.command_line();
        Ok(Some(format!("{}{} of: {command}\n", finished.output, finished.ending())))
    }
}
