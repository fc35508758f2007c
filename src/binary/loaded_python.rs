//! What the interpreter brings into the process that loads an extension.

use std::path::PathBuf;
use std::sync::Arc;

use crate::binary::elf::Machine;
use crate::binary::library_cache::{Library, LibraryReader};
use crate::binary::macho;
use crate::binary::search::{self, Dependencies, SearchFolders};
use crate::model::{Interpreter, Target};

/// The files that are loaded before any extension is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadedPython {
    /// The executable and the shared libpython, where there is one: what an extension may use.
    pub own: Vec<Arc<Library>>,
    /// All libraries in the process: an extension may meet their symbols, but by chance only.
    pub all: Dependencies,
}

impl LoadedPython {
    /// Whether its C API was found: if not, names have to do ([`crate::python::symbols::looks_like_python`]).
    pub fn is_known(&self) -> bool {
        // One function that every implementation of the C API has had since its beginnings.
        self.defines("PyErr_SetString") || self.defines("PyPyErr_SetString")
    }

    /// Whether the interpreter itself exports a symbol.
    pub fn defines(&self, symbol: &str) -> bool {
        self.own.iter().any(|file| file.elf.symbols.defined.contains(symbol))
    }
}

/// The executable of the process that will load the extension.
pub fn executable(target: Target, libraries: &mut LibraryReader) -> Option<Arc<Library>> {
    libraries.open(&path_of(target)?)
}

/// Its path, behind all links; `None` where it is not here.
fn path_of(target: Target) -> Option<PathBuf> {
    let executable = match &target.sysconfig.cross {
        Some(cross) => cross.executable.as_ref()?,
        None => &target.interpreter.executable,
    };
    std::fs::canonicalize(executable).ok()
}

/// The same for Mach-O: the processors that the executable has code for; none if it cannot be read.
pub fn processors(interpreter: &Interpreter, libraries: &mut LibraryReader) -> Vec<u32> {
    let Ok(executable) = std::fs::canonicalize(&interpreter.executable) else { return Vec::new() };
    libraries.note_read(&executable);
    std::fs::read(executable).map(|bytes| macho::processors(&bytes)).unwrap_or_default()
}

/// Reads the interpreter's files. A Python that is built for another machine, or that is no ELF
/// file, has none.
pub fn read(
    target: Target,
    machine: Machine,
    folders: &SearchFolders,
    libraries: &mut LibraryReader,
) -> LoadedPython {
    // $ORIGIN in an executable is the folder behind all symbolic links: that of a virtual
    // environment's `python` lies elsewhere.
    let executable = path_of(target);
    let shared = target.sysconfig.libdir.as_ref().zip(target.sysconfig.instsoname.as_ref());
    let shared = shared.map(|(folder, name)| folder.join(name));
    let mut folders = folders.clone();
    folders.system.extend(target.sysconfig.libdir.clone());

    let mut loaded = LoadedPython::default();
    for file in executable.into_iter().chain(shared) {
        let library = libraries.open(&file).filter(|library| library.elf.machine == machine);
        let Some(library) = library else { continue };
        let needed = search::dependencies(&library, &loaded.all, &folders, libraries);
        let is_python = |name: &str| name.starts_with("libpython") || name.starts_with("libpypy");
        let own = needed.libraries.iter().filter(|(name, _)| is_python(name));
        loaded.own.extend(own.map(|(_, library)| Arc::clone(library)));
        loaded.all.libraries.extend(needed.libraries);
        if let Some(name) = library.path.file_name().and_then(|name| name.to_str()) {
            loaded.all.libraries.push((name.to_owned(), Arc::clone(&library)));
        }
        loaded.own.push(library);
        if loaded.is_known() {
            break; // the file at LIBDIR may be a library that this executable does not use
        }
    }
    loaded
}
