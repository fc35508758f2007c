//! What the interpreter brings into the process that loads an extension.

use std::path::PathBuf;
use std::sync::Arc;

use crate::binary::elf::Machine;
use crate::binary::search;
use crate::binary::search::{CLibrary, Closure, Folders, Library};
use crate::model::{Interpreter, Sysconfig};

/// The files that are loaded before any extension is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Python {
    /// The executable and the shared libpython, where there is one: what an extension may use.
    pub own: Vec<Arc<Library>>,
    /// All libraries in the process: an extension may meet their symbols, but by chance only.
    pub all: Closure,
}

impl Python {
    /// Whether its C API was found: if not, names have to do ([`crate::python::symbols::looks_like_python`]).
    pub fn is_known(&self) -> bool {
        // One function that every implementation of the C API has had since its beginnings.
        self.defines("PyErr_SetString") || self.defines("PyPyErr_SetString")
    }

    /// Whether the interpreter itself exports a symbol.
    pub fn defines(&self, symbol: &str) -> bool {
        self.own.iter().any(|file| file.image.symbols.defined.contains(symbol))
    }
}

/// The C library of the process that will load the extension.
pub fn c_library(interpreter: &Interpreter) -> Option<CLibrary> {
    let executable = std::fs::canonicalize(&interpreter.executable).ok()?;
    CLibrary::of(&search::load(&executable)?.image.needed)
}

/// Reads the interpreter's files. A Python that is built for another machine, or that is no ELF
/// file, has none.
pub fn read(
    interpreter: &Interpreter,
    sysconfig: &Sysconfig,
    machine: Machine,
    folders: &Folders,
) -> Python {
    // $ORIGIN in an executable is the folder behind all symbolic links: that of a virtual
    // environment's `python` lies elsewhere.
    let executable = std::fs::canonicalize(&interpreter.executable).ok();
    let shared = sysconfig.libdir.as_ref().zip(sysconfig.instsoname.as_ref());
    let shared = shared.map(|(folder, name)| folder.join(name));
    let mut folders = folders.clone();
    folders.system.extend(sysconfig.libdir.clone());

    let mut python = Python::default();
    for file in executable.into_iter().chain(shared) {
        let Some(library) = load(file, machine) else { continue };
        let libraries = search::closure(&library, &python.all, &folders);
        let is_python = |name: &str| name.starts_with("libpython") || name.starts_with("libpypy");
        python.own.extend(
            libraries.libraries.iter().filter(|(name, _)| is_python(name)).map(|(_, l)| l.clone()),
        );
        python.all.libraries.extend(libraries.libraries);
        if let Some(name) = library.path.file_name().and_then(|name| name.to_str()) {
            python.all.libraries.push((name.to_owned(), Arc::clone(&library)));
        }
        python.own.push(library);
        if python.is_known() {
            break; // the file at LIBDIR may be a library that this executable does not use
        }
    }
    python
}

fn load(path: PathBuf, machine: Machine) -> Option<Arc<Library>> {
    search::load(&path).filter(|library| library.image.machine == machine)
}
