//! Finds the libraries that an ELF file needs, as the dynamic linker would: ld.so(8) of glibc, and
//! musl's simpler rules where that is the C library.
//!
//! This is not the `lddtree` crate: its analyzer does not follow the RUNPATH of the libraries
//! themselves and reads LD_LIBRARY_PATH from our process instead of the build's environment, and
//! one bad line of ld.so.conf(5) makes it forget all others.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::binary::elf::Machine;
use crate::binary::library_cache::{Library, LibraryReader};

/// Where to look, besides what each file says itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFolders {
    /// `LD_LIBRARY_PATH`
    pub environment: Vec<PathBuf>,
    /// The system's own folders, in order.
    pub system: Vec<PathBuf>,
    /// Known to the linker only: a library found here is not found when the module is imported.
    pub link_time: Vec<PathBuf>,
    /// musl's dynamic linker, where it is that of the process: it is its C library too.
    pub musl: Option<PathBuf>,
    /// The folder that is `/` for these files, where it is another one than here.
    pub root: Option<PathBuf>,
}

/// A file with all that it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependencies {
    /// The libraries by the name they are needed under, in the order of loading.
    pub libraries: Vec<(String, Arc<Library>)>,
    /// Names for which there is no file, each with the file that needs it.
    pub missing: BTreeMap<String, PathBuf>,
    /// Names that only a link-time folder has, each with the file there.
    pub link_time_only: BTreeMap<String, PathBuf>,
}

impl Dependencies {
    /// The library that is loaded under a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Library>> {
        self.libraries.iter().find(|(known, _)| known == name).map(|(_, library)| library)
    }
}

/// Everything that `start` needs, directly or not, breadth first as it would be loaded. `loaded`
/// is in the process already: a library found there by name is not looked for again.
pub fn dependencies(
    start: &Arc<Library>,
    loaded: &Dependencies,
    folders: &SearchFolders,
    libraries: &mut LibraryReader,
) -> Dependencies {
    let mut found = Dependencies::default();
    let mut waiting = VecDeque::from([(Arc::clone(start), Vec::new())]);
    while let Some((file, inherited)) = waiting.pop_front() {
        let paths = RunPaths::of(&file, inherited, folders.root.as_deref());
        for name in &file.elf.needed {
            if found.get(name).is_some() || found.missing.contains_key(name) {
                continue;
            }
            // What is loaded already serves under its name, wherever a search would lead.
            let known = loaded.get(name).map(|library| (Arc::clone(library), SearchedBy::Loader));
            let library =
                known.or_else(|| find(name, file.elf.machine, &paths, folders, libraries));
            let Some((library, by)) = library else {
                found.missing.insert(name.clone(), file.path.clone());
                continue;
            };
            if matches!(by, SearchedBy::LinkerOnly) {
                found.link_time_only.insert(name.clone(), library.path.clone());
            }
            found.libraries.push((name.clone(), Arc::clone(&library)));
            waiting.push_back((library, paths.rpath.clone()));
        }
    }
    found
}

/// Who searches the folder in which a library was found.
#[derive(Clone, Copy)]
enum SearchedBy {
    /// The dynamic linker, and mostly the linker too.
    Loader,
    LinkerOnly,
}

/// The folders that a file names for the libraries it needs.
struct RunPaths {
    /// Before LD_LIBRARY_PATH; handed down to what the file needs.
    rpath: Vec<PathBuf>,
    /// After LD_LIBRARY_PATH; the file's own business.
    runpath: Vec<PathBuf>,
}

impl RunPaths {
    /// RPATH counts, a file's own and its loaders', only where the file has no RUNPATH.
    fn of(file: &Library, inherited: Vec<PathBuf>, root: Option<&Path>) -> Self {
        if let Some(runpath) = &file.elf.runpath {
            return RunPaths { rpath: Vec::new(), runpath: expand(runpath, &file.path, root) };
        }
        let own = file.elf.rpath.as_deref().map(|rpath| expand(rpath, &file.path, root));
        let rpath = own.into_iter().flatten().chain(inherited).collect();
        RunPaths { rpath, runpath: Vec::new() }
    }
}

/// A list of folders with `$ORIGIN` replaced by the folder of the file that has it: as it was
/// found, and behind symbolic links, which is what counts for an executable. Others are in `root`.
fn expand(list: &str, file: &Path, root: Option<&Path>) -> Vec<PathBuf> {
    let real = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let origins = [file.parent(), real.parent()];
    let mut folders = Vec::new();
    for folder in list.split(':').filter(|folder| !folder.is_empty()) {
        if let Some((root, below)) = root.zip(folder.strip_prefix('/')) {
            folders.push(root.join(below));
            continue;
        }
        for origin in origins.iter().flatten() {
            let origin = origin.to_string_lossy();
            let folder = folder.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin);
            folders.push(PathBuf::from(folder));
        }
    }
    folders.dedup();
    folders
}

fn find(
    name: &str,
    machine: Machine,
    paths: &RunPaths,
    folders: &SearchFolders,
    libraries: &mut LibraryReader,
) -> Option<(Arc<Library>, SearchedBy)> {
    let mut fitting =
        |path: &Path| libraries.open(path).filter(|library| library.elf.machine == machine);
    let musl = folders.musl.as_deref().filter(|_| is_musl_itself(name));
    if let Some(library) = musl.and_then(&mut fitting) {
        return Some((library, SearchedBy::Loader));
    }
    if name.contains('/') {
        return fitting(Path::new(name)).map(|library| (library, SearchedBy::Loader));
    }
    let loader = [&paths.rpath, &folders.environment, &paths.runpath, &folders.system];
    let loader = loader.into_iter().flatten().map(|folder| (folder, SearchedBy::Loader));
    let linker = folders.link_time.iter().map(|folder| (folder, SearchedBy::LinkerOnly));
    loader.chain(linker).find_map(|(folder, by)| Some((fitting(&folder.join(name))?, by)))
}

/// Whether musl's dynamic linker takes a name for its own, wherever there is a file of that name:
/// `libc.so`, as musl's own compiler and zig link it, `libm.so.6`, `libpthread.so.0`.
fn is_musl_itself(name: &str) -> bool {
    let parts = ["c", "pthread", "rt", "m", "dl", "util", "xnet"];
    let part = name.strip_prefix("lib").and_then(|name| name.split_once('.'));
    part.is_some_and(|(part, _)| parts.contains(&part))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::binary::library_cache::{LibraryCache, read_library};

    #[test]
    fn what_musl_takes_for_its_own_is_not_missing_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let own = std::env::current_exe().unwrap();
        for name in ["ld-musl-test.so.1", "libc.so", "libz.so.1"] {
            std::os::unix::fs::symlink(&own, at(name)).unwrap();
        }
        let mut start = Library::clone(&read_library(&own).unwrap());
        let names = ["libc.so", "libm.so.6", "libpthread.so.0", "libz.so.1", "libcrypt.so.1"];
        start.elf.needed = names.map(String::from).into();
        let start = Arc::new(start);
        let cache = LibraryCache::default();
        let found = |folders: SearchFolders| {
            let mut reader = LibraryReader::new(&cache);
            let found = dependencies(&start, &Dependencies::default(), &folders, &mut reader);
            let path = |name| found.get(name).map(|library| library.path.clone());
            (names.map(path), found.link_time_only.contains_key("libc.so"))
        };
        let link_time = vec![folder.path().to_owned()];
        let glibc = SearchFolders { link_time, ..SearchFolders::default() };
        let musl = SearchFolders { musl: Some(at("ld-musl-test.so.1")), ..glibc.clone() };
        let (c, z, itself) = (at("libc.so"), at("libz.so.1"), at("ld-musl-test.so.1"));
        assert_eq!(found(glibc), ([Some(c), None, None, Some(z.clone()), None], true));
        let [first, second, third] = [(); 3].map(|()| Some(itself.clone()));
        assert_eq!(found(musl), ([first, second, third, Some(z), None], false));
    }
}
