//! The programs that compile and link, with their arguments: what the search for a toolchain finds.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::error::{Error, Result};
use crate::model::Language;
use crate::report::advice::install::{HostSystem, compiler};
use crate::toolchain::command_line;
use crate::toolchain::family::{Family, PrefixMap};

/// Everything that is needed to compile and to link, found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// Whose language its flags are in.
    pub family: Family,
    /// How C is compiled and linked.
    pub c: LanguageCommands,
    /// How C++ is compiled and linked, where there is a compiler for it.
    pub cxx: Option<LanguageCommands>,
    /// Puts objects into an archive.
    pub archive: ToolCommand,
    /// Whether the compiler can keep folders of the build out of what it makes.
    pub prefix_map: PrefixMap,
    /// `-L` and run path of libpython, for libraries that embed Python; see `Abi::Embedding`.
    pub python_search: Vec<String>,
    /// Variables that the compiler needs on top of the environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// What whoever builds should know.
    pub warnings: Vec<String>,
}

impl Toolchain {
    /// How people call the C compiler: `GCC 12 (/usr/bin/gcc)`.
    pub fn said(&self) -> String {
        let (name, version) = match self.family {
            Family::Gcc { version } => ("GCC", version),
            Family::Clang { version } => ("Clang", version),
            Family::Msvc { clang_cl: true } => ("clang-cl", None),
            Family::Msvc { clang_cl: false } => ("MSVC", None),
        };
        let version = version.map(|version| format!(" {version}")).unwrap_or_default();
        format!("{name}{version} ({})", self.c.compile.driver.join(" "))
    }

    /// The commands for a language.
    ///
    /// # Errors
    /// There is no C++ compiler.
    pub fn commands(&self, language: Language) -> Result<&LanguageCommands> {
        match language {
            Language::C => Ok(&self.c),
            Language::Cxx => self.cxx.as_ref().ok_or_else(|| {
                Error::new("no C++ compiler found")
                    .note(format!(
                        "C is compiled with `{}`; neither the environment (CXX), nor Python's \
                     sysconfig, nor its name leads to a C++ compiler that is there",
                        self.c.compile.driver.join(" ")
                    ))
                    .hint(compiler(Language::Cxx, HostSystem::THIS))
            }),
        }
    }
}

/// The two commands of a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageCommands {
    /// Makes an object.
    pub compile: ToolCommand,
    /// Makes an extension module.
    pub link: ToolCommand,
    /// Who decided on the optimisation level of objects.
    pub optimization: OptimizationChoice,
}

/// Who decided on an optimisation level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptimizationChoice {
    /// The high level of the interpreter's own flags, or of our defaults: nobody asked for it.
    Default,
    /// The environment or the profile says it, or it is low already.
    Explicit,
}

/// A program and the arguments that it gets in every run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCommand {
    /// What runs the program and makes what it makes: `ccache`. Often empty.
    pub launcher: Vec<String>,
    /// The words that start the program: `gcc`, `zig cc`, `env X=1 gcc`. Never empty.
    pub driver: Vec<String>,
    /// The arguments that do not depend on what is compiled.
    pub flags: Vec<String>,
}

impl ToolCommand {
    /// A command of the words that start it, launchers included, and its arguments.
    pub fn of(words: Vec<String>, flags: Vec<String>) -> Self {
        let mut launcher = words;
        let driver = launcher.split_off(command_line::launcher_length(&launcher));
        ToolCommand { launcher, driver, flags }
    }

    /// The words that start it, launchers included.
    pub fn starting(&self) -> impl Iterator<Item = &String> + Clone {
        self.launcher.iter().chain(&self.driver)
    }
}
