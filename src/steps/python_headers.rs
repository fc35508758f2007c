//! Where compilers find `Python.h`, which must be there before one is started.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::{CompileSpec, Environment};
use crate::report::advice::install;
use crate::steps::context::CompileContext;
use crate::toolchain::variables::{Role, having};
use crate::toolchain::{Toolchain, command_line};

/// The flags that add a folder to those in which a compiler searches headers.
const HEADER_FOLDERS: [&str; 5] = ["-isystem", "-idirafter", "-imsvc", "-I", "/I"];

/// Where a compiler searches.
#[derive(Debug, Clone, Copy)]
pub struct PythonHeaderSearch<'a> {
    /// The folders that the Python names.
    pub python: &'a [PathBuf],
    /// Those of the module.
    pub include_dirs: &'a [PathBuf],
    /// Its own words for the compiler.
    pub extra_compile_args: &'a [String],
    /// The compilers, where there are some.
    pub toolchain: Option<&'a Toolchain>,
    /// What they see.
    pub environment: &'a Environment,
    /// Where they run.
    pub root: &'a Path,
}

impl PythonHeaderSearch<'_> {
    /// The `Python.h` that is found.
    pub fn python_header(&self) -> Option<PathBuf> {
        let compilers = self.toolchain.into_iter();
        let commands = compilers.flat_map(|found| std::iter::once(&found.c).chain(&found.cxx));
        let flags: Vec<&str> = commands
            .flat_map(|commands| commands.compile.starting().chain(&commands.compile.flags))
            .chain(self.extra_compile_args)
            .map(String::as_str)
            .collect();
        let variable = |name| self.environment.0.get(OsStr::new(name));
        let of_variables = having(Role::HeaderFolders).filter_map(variable);
        let own = self.python.iter().chain(self.include_dirs).cloned();
        own.chain(command_line::values_of(&flags, &HEADER_FOLDERS).map(PathBuf::from))
            .chain(of_variables.flat_map(std::env::split_paths))
            .map(|folder| self.root.join(folder).join("Python.h"))
            .find(|file| file.is_file())
    }
}

/// Looks for `Python.h` wherever the compiler would.
///
/// # Errors
/// It is not there: the interpreter came without what is needed to compile for it.
pub(super) fn require(
    spec: &CompileSpec,
    context: &CompileContext,
    toolchain: &Toolchain,
    environment: &Environment,
) -> Result<()> {
    let search = PythonHeaderSearch {
        python: &context.target.sysconfig.include_dirs,
        include_dirs: spec.include_dirs,
        extra_compile_args: spec.extra_compile_args,
        toolchain: Some(toolchain),
        environment,
        root: context.paths.root,
    };
    if search.python_header().is_some() {
        return Ok(());
    }
    let interpreter = context.target.interpreter;
    let mut error = Error::new(format!(
        "no `Python.h` for Python {} ({})",
        interpreter.version,
        interpreter.executable.display()
    ));
    for folder in search.python {
        error = error.note(format!("not in {}", folder.display()));
    }
    Err(error.hint(install::python_headers(interpreter)))
}
