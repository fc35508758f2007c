//! The libraries that link checks read: each file once in a build, however many modules need it.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::binary::elf::{self, ElfFile, SymbolTable};
use crate::binary::loader_folders::{self, CLibrary, LoaderFolders};

/// A file that would be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// Where it was found.
    pub path: PathBuf,
    /// What it holds.
    pub elf: ElfFile,
}

/// Reads a file. `None` if it is not ELF: the dynamic linker skips such files as well.
pub fn read_library(path: &Path) -> Option<Arc<Library>> {
    let mut file = File::open(path).ok()?;
    let elf = elf::read(&mut file, SymbolTable::Dynamic).ok().flatten()?;
    Some(Arc::new(Library { path: path.to_owned(), elf }))
}

/// Set once the file was read.
type CachedLibrary = Arc<OnceLock<Option<Arc<Library>>>>;

/// What the link checks of one build have read. They share it, side by side.
#[derive(Debug, Default)]
pub struct LibraryCache {
    files: Mutex<HashMap<PathBuf, CachedLibrary>>,
    glibc: OnceLock<LoaderFolders>,
    musl: OnceLock<Option<LoaderFolders>>,
}

enum CacheAnswer {
    Absent,
    Read(Option<Arc<Library>>),
}

impl LibraryCache {
    /// Reads a file unless that was done before. Who asks for the same file meanwhile waits for it;
    /// nobody else does.
    fn read(&self, path: &Path) -> CacheAnswer {
        let known = self.lock().get(path).map(Arc::clone);
        let file = match known {
            Some(file) => file,
            None if !path.exists() => return CacheAnswer::Absent, // not kept: it may come to be
            None => Arc::clone(self.lock().entry(path.to_owned()).or_default()),
        };
        CacheAnswer::Read(file.get_or_init(|| read_library(path)).clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, CachedLibrary>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the dynamic linker searches by itself. A machine may have two of them (Debian with
    /// `musl-tools`): the interpreter's is the one that counts, if it is known.
    fn loader_folders(&self, c_library: Option<CLibrary>) -> &LoaderFolders {
        let musl = match c_library {
            Some(CLibrary::Glibc) => None,
            None | Some(CLibrary::Musl) => self.musl.get_or_init(loader_folders::of_musl).as_ref(),
        };
        musl.unwrap_or_else(|| self.glibc.get_or_init(loader_folders::of_glibc))
    }
}

/// Reads the libraries of one check, and notes what it looked for.
#[derive(Debug)]
pub struct LibraryReader<'a> {
    cache: &'a LibraryCache,
    /// The files that were opened, in order.
    pub reads: Vec<PathBuf>,
    /// The paths where no file was, in order.
    pub absent: Vec<PathBuf>,
    noted: HashSet<PathBuf>,
}

impl<'a> LibraryReader<'a> {
    /// Nothing has been looked for.
    pub fn new(cache: &'a LibraryCache) -> Self {
        LibraryReader { cache, reads: Vec::new(), absent: Vec::new(), noted: HashSet::new() }
    }

    /// The library at a path; `None` if there is none.
    pub fn open(&mut self, path: &Path) -> Option<Arc<Library>> {
        match self.cache.read(path) {
            CacheAnswer::Absent => {
                self.note_absent(path);
                None
            }
            CacheAnswer::Read(library) => {
                self.note_read(path);
                library
            }
        }
    }

    /// musl's dynamic linker, where it is known to be the interpreter's.
    pub fn musl(&self, c_library: Option<CLibrary>) -> Option<PathBuf> {
        let known = c_library.filter(|known| *known == CLibrary::Musl)?;
        self.cache.loader_folders(Some(known)).musl.clone()
    }

    /// The folders that the dynamic linker searches by itself, in order.
    pub fn loader_folders(&mut self, c_library: Option<CLibrary>) -> Vec<PathBuf> {
        let found = self.cache.loader_folders(c_library);
        found.reads.iter().for_each(|file| self.note_read(file));
        found.absent.iter().for_each(|file| self.note_absent(file));
        found.folders.clone()
    }

    /// Notes a file that somebody read.
    pub fn note_read(&mut self, path: &Path) {
        if self.noted.insert(path.to_owned()) {
            self.reads.push(path.to_owned());
        }
    }

    fn note_absent(&mut self, path: &Path) {
        if self.noted.insert(path.to_owned()) {
            self.absent.push(path.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_once_and_one_that_was_absent_is_looked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lib.so");
        let cache = LibraryCache::default();
        assert!(matches!(cache.read(&path), CacheAnswer::Absent));
        std::fs::write(&path, "no library").unwrap();
        assert!(matches!(cache.read(&path), CacheAnswer::Read(None)));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(cache.read(&path), CacheAnswer::Read(None)));
    }

    #[test]
    fn a_musl_beside_glibc_changes_nothing_for_a_python_with_glibc() {
        let cache = LibraryCache::default();
        assert_eq!(cache.loader_folders(Some(CLibrary::Glibc)), &loader_folders::of_glibc());
    }

    #[test]
    fn lookups_are_noted_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a"), "").unwrap();
        let cache = LibraryCache::default();
        for _ in 0..2 {
            let mut reader = LibraryReader::new(&cache);
            for name in ["c", "a", "b", "c", "a"] {
                assert_eq!(reader.open(&path(name)), None);
            }
            assert_eq!(reader.reads, [path("a")]);
            assert_eq!(reader.absent, [path("c"), path("b")]);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_takes_long_holds_up_nobody_who_asks_for_another() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let folder = tempfile::tempdir().unwrap();
        // Opening it takes until somebody opens it to write.
        let slow = folder.path().join("slow.so");
        mknodat(CWD, &slow, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let cache = LibraryCache::default();
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| cache.read(&slow));
            while !cache.lock().contains_key(&slow) {
                std::thread::yield_now();
            }
            let own = std::env::current_exe().unwrap();
            assert!(matches!(cache.read(&own), CacheAnswer::Read(Some(_))));
            drop(std::fs::OpenOptions::new().write(true).open(&slow).unwrap());
            assert!(matches!(reading.join().unwrap(), CacheAnswer::Read(None)));
        });
    }
}
