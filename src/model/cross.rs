//! Where the system is that modules are for, if it is another one than this.

use std::path::PathBuf;

use crate::model::interpreter::Interpreter;
use crate::model::triple::Triple;

/// Where the target's system lies, where modules are for another one than this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrossTarget {
    /// The machine and its C library.
    pub triple: Triple,
    /// The Python that runs builders, by what it is: without its executable.
    pub host: Interpreter,
    /// The file that says which Python it is. Absolute.
    pub described_in: PathBuf,
    /// Its Python, where that lies in the same place. It cannot run here.
    pub executable: Option<PathBuf>,
    /// The folder that holds its system: what is `/` there. `None` where there is its Python alone.
    pub root: Option<PathBuf>,
    /// The same, where it holds the headers of the C library too, so that compilers use it.
    pub sysroot: Option<PathBuf>,
    /// Folders of its libraries, in the order of its dynamic linker. Empty where they are not here.
    pub library_dirs: Vec<PathBuf>,
    /// Folders of headers that are searched last.
    pub last_include_dirs: Vec<PathBuf>,
    /// How the names of its compilers begin, in the order to look for them: `aarch64-linux-gnu`.
    pub compilers: Vec<String>,
}

impl CrossTarget {
    /// Where its dynamic linker finds libraries, as far as they are here. A compiler may have its own
    /// in a folder of its name, as Debian's has.
    pub fn loader_folders(&self) -> Vec<PathBuf> {
        let of_compilers = self.compilers.iter().map(|name| format!("/usr/{name}/lib").into());
        self.library_dirs.iter().cloned().chain(of_compilers).collect()
    }
}

#[cfg(test)]
impl CrossTarget {
    /// One whose system is not here, built for by this Python.
    pub fn nowhere(triple: &str, host: Interpreter) -> Self {
        CrossTarget {
            triple: Triple::new(triple).unwrap(),
            host,
            described_in: PathBuf::new(),
            executable: None,
            root: None,
            sysroot: None,
            library_dirs: Vec::new(),
            last_include_dirs: Vec::new(),
            compilers: Vec::new(),
        }
    }
}
