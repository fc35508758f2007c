//! Finds the compiler and knows the flags of each family.
//!
//! What the environment names comes first, then what the interpreter was built with (its
//! sysconfig), then what the machine has. Which variable replaces what, and what is appended, is
//! as in setuptools, so that a working `CC=… CFLAGS=… pip install .` goes on working.

pub mod command_line;
mod flags;
mod gnu;
mod launcher;
mod machine;
mod msvc;
pub mod sanitizers;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

pub use flags::{is_optimization, may_tell_places, yielding_to};
pub use machine::programs;

use crate::error::{Error, Result};
use crate::model::Environment;
use crate::model::{Interpreter, Language, Profile, Said, Sysconfig};
use crate::report::advice::install::{HostSystem, compiler};

/// What a toolchain is wanted for.
#[derive(Debug, Clone, Copy)]
pub struct ToolchainRequest<'a> {
    /// Who will load the extensions.
    pub interpreter: &'a Interpreter,
    /// How it was compiled itself.
    pub sysconfig: &'a Sysconfig,
    /// The environment, with the changes that a builder made.
    pub environment: &'a Environment,
    /// Optimised, or made for a debugger.
    pub profile: Profile,
    /// What compilers are to be run by.
    pub launcher: Option<&'a Said<String>>,
    /// The working directory of every compiler run: the project root.
    pub directory: &'a Path,
}

/// Everything that is needed to compile and to link, found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// Whose language its flags are in.
    pub family: Family,
    /// How C is compiled and linked.
    pub c: LanguageCommands,
    /// How C++ is compiled and linked, where there is a compiler for it.
    pub cxx: Option<LanguageCommands>,
    /// Whether the compiler can keep folders of the build out of what it makes.
    pub prefix_map: PrefixMap,
    /// `-L` and run path of libpython, for libraries that embed Python; see `Abi::Embedding`.
    pub python_search: Vec<String>,
    /// Variables that the compiler needs on top of the environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// What whoever builds should know.
    pub warnings: Vec<String>,
}

/// The families of compilers by the flags that they understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// GCC and what passes for it; the major version where known.
    Gcc {
        /// `12`
        version: Option<u32>,
    },
    /// Clang with its GNU-like driver (`zig cc` too).
    Clang {
        /// `14`; on macOS it is Apple's own count.
        version: Option<u32>,
    },
    /// Microsoft's `cl` and those that take its flags.
    Msvc {
        /// `clang-cl`, which knows no `/GL`.
        clang_cl: bool,
    },
}

impl Family {
    /// Whether the flags are Microsoft's.
    pub fn is_msvc(self) -> bool {
        matches!(self, Family::Msvc { .. })
    }
}

/// Whether `-ffile-prefix-map` is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixMap {
    /// Folders can be renamed in debug information and in `__FILE__`.
    Supported,
    /// The compiler is too old, or of another family.
    Unsupported,
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
    pub fn new(words: Vec<String>, flags: Vec<String>) -> Self {
        let mut launcher = words;
        let driver = launcher.split_off(command_line::launcher_length(&launcher));
        ToolCommand { launcher, driver, flags }
    }

    /// The words that start it, launchers included.
    pub fn starting(&self) -> impl Iterator<Item = &String> + Clone {
        self.launcher.iter().chain(&self.driver)
    }
}

impl Toolchain {
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

/// The variables of the environment that [`find`] looks at: where they are the same, so is the
/// toolchain.
pub const VARIABLES: [&str; 13] = [
    "CC",
    "CXX",
    "LDSHARED",
    "LDCXXSHARED",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "ARCHFLAGS",
    "MACOSX_DEPLOYMENT_TARGET",
    "PATH",
    "LIB",
    "INCLUDE",
];

/// Finds the toolchain: environment, then sysconfig, then the machine.
///
/// # Errors
/// No C compiler is there, the one that the environment names is not, or a variable of the
/// environment has an unclosed quote. A launcher that somebody asked for is not there.
pub fn find(request: &ToolchainRequest) -> Result<Toolchain> {
    launcher::put_before(compilers(request)?, request)
}

fn compilers(request: &ToolchainRequest) -> Result<Toolchain> {
    let named = machine::named(request, "CC")?;
    if let Some(toolchain) = msvc::find(request, named.as_deref())? {
        return Ok(toolchain);
    }
    let compiler = machine::c_compiler(request, named)?;
    let family = machine::family(request, &compiler.words)?;
    let cxx = machine::cxx_compiler(request, &compiler)?;
    let exists = |path: &Path| path.exists();
    let gnu = gnu::GnuCompiler { request, exists: &exists };
    let (c, search) = gnu.c(&compiler)?;
    Ok(Toolchain {
        family,
        c,
        cxx: cxx.map(|cxx| gnu.cxx(&cxx)).transpose()?,
        prefix_map: machine::prefix_map(request, family),
        python_search: gnu::python_search(request, search),
        environment: gnu::deployment_target(request),
        warnings: Vec::new(),
    })
}
