//! Finds the libraries that an ELF file needs, as the dynamic linker would: ld.so(8) of glibc, and
//! musl's simpler rules where that is the C library.
//!
//! This is not `lddtree::DependencyAnalyzer`: that one does not follow the RUNPATH of the libraries
//! themselves and reads LD_LIBRARY_PATH from our process instead of the build's environment.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::elf::{self, Image, Machine, Table};

/// A file that would be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// Where it was found.
    pub path: PathBuf,
    /// What it holds.
    pub image: Image,
}

/// Where to look, besides what each file says itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    /// `LD_LIBRARY_PATH`
    pub environment: Vec<PathBuf>,
    /// The system's own folders, in order.
    pub system: Vec<PathBuf>,
    /// Known to the linker only: a library found here is not found when the module is imported.
    pub link_time: Vec<PathBuf>,
}

/// A file with all that it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closure {
    /// The libraries by the name they are needed under, in the order of loading.
    pub libraries: Vec<(String, Arc<Library>)>,
    /// Names for which there is no file, each with the file that needs it.
    pub missing: BTreeMap<String, PathBuf>,
    /// Names that only a link-time folder has, each with the file there.
    pub link_time_only: BTreeMap<String, PathBuf>,
}

impl Closure {
    /// The library that is loaded under a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Library>> {
        self.libraries.iter().find(|(known, _)| known == name).map(|(_, library)| library)
    }
}

/// Reads an ELF file once per process, however often it is asked for. `None` if there is none, or
/// it is not ELF: the dynamic linker skips those as well.
pub fn load(path: &Path) -> Option<Arc<Library>> {
    // Invariant: a path is in here only after its file was read.
    static READ: LazyLock<Mutex<HashMap<PathBuf, Option<Arc<Library>>>>> =
        LazyLock::new(Mutex::default);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read.get(path) {
        return known.clone();
    }
    if !path.exists() {
        return None; // it may come to be
    }
    let library = read_file(path);
    read.insert(path.to_owned(), library.clone());
    library
}

/// The same for a file that may change while we run: the extension itself.
pub fn read_file(path: &Path) -> Option<Arc<Library>> {
    let mut file = File::open(path).ok()?;
    let image = elf::read(&mut file, Table::Dynamic).ok().flatten()?;
    Some(Arc::new(Library { path: path.to_owned(), image }))
}

/// Everything that `start` needs, directly or not, breadth first as it would be loaded. `loaded`
/// is in the process already: a library found there by name is not looked for again.
pub fn closure(start: &Arc<Library>, loaded: &Closure, folders: &Folders) -> Closure {
    let mut found = Closure::default();
    let mut waiting = VecDeque::from([(Arc::clone(start), Vec::new())]);
    while let Some((file, inherited)) = waiting.pop_front() {
        let paths = RunPaths::of(&file, inherited);
        for name in &file.image.needed {
            if found.get(name).is_some() || found.missing.contains_key(name) {
                continue;
            }
            // What is loaded already serves under its name, wherever a search would lead.
            let known = loaded.get(name).map(|library| (Arc::clone(library), Place::LoadTime));
            let place = known.or_else(|| find(name, file.image.machine, &paths, folders));
            let Some((library, place)) = place else {
                found.missing.insert(name.clone(), file.path.clone());
                continue;
            };
            if matches!(place, Place::LinkTime) {
                found.link_time_only.insert(name.clone(), library.path.clone());
            }
            found.libraries.push((name.clone(), Arc::clone(&library)));
            waiting.push_back((library, paths.rpath.clone()));
        }
    }
    found
}

#[derive(Clone, Copy)]
enum Place {
    LoadTime,
    LinkTime,
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
    fn of(file: &Library, inherited: Vec<PathBuf>) -> Self {
        if let Some(runpath) = &file.image.runpath {
            return RunPaths { rpath: Vec::new(), runpath: expand(runpath, &file.path) };
        }
        let own = file.image.rpath.as_deref().map(|rpath| expand(rpath, &file.path));
        let rpath = own.into_iter().flatten().chain(inherited).collect();
        RunPaths { rpath, runpath: Vec::new() }
    }
}

/// A list of folders with `$ORIGIN` replaced by the folder of the file that has it: as it was
/// found, and behind symbolic links, which is what counts for an executable.
fn expand(list: &str, file: &Path) -> Vec<PathBuf> {
    let real = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let origins = [file.parent(), real.parent()];
    let mut folders = Vec::new();
    for folder in list.split(':').filter(|folder| !folder.is_empty()) {
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
    folders: &Folders,
) -> Option<(Arc<Library>, Place)> {
    let fits = |path: PathBuf| load(&path).filter(|library| library.image.machine == machine);
    if name.contains('/') {
        return fits(PathBuf::from(name)).map(|library| (library, Place::LoadTime));
    }
    let load_time = [&paths.rpath, &folders.environment, &paths.runpath, &folders.system];
    let load_time = load_time.into_iter().flatten().map(|folder| (folder, Place::LoadTime));
    let link_time = folders.link_time.iter().map(|folder| (folder, Place::LinkTime));
    load_time.chain(link_time).find_map(|(folder, place)| Some((fits(folder.join(name))?, place)))
}

/// The folders that a dynamic linker searches by itself: the one that the interpreter asks for,
/// since a system may have musl's beside glibc's.
pub fn system_folders(loader: Option<&str>) -> Vec<PathBuf> {
    let mut folders = loader.and_then(musl_folders).unwrap_or_else(glibc_folders);
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| seen.insert(folder.clone()));
    folders
}

fn glibc_folders() -> Vec<PathBuf> {
    let configured = lddtree::ld_so_conf::parse_ld_so_conf("/etc/ld.so.conf", "/");
    let configured = configured.unwrap_or_default().into_iter().map(|folder| folder.trim().into());
    // An empty line of the file comes back as the root folder.
    let configured = configured.filter(|folder: &PathBuf| folder != Path::new("/"));
    let trusted = ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib32", "/usr/lib32"];
    configured.chain(trusted.map(PathBuf::from)).collect()
}

/// `None` unless the dynamic linker is musl's, which keeps its list in a file named after itself.
fn musl_folders(loader: &str) -> Option<Vec<PathBuf>> {
    let name = Path::new(loader).file_name()?.to_str()?.strip_suffix(".so.1")?;
    name.strip_prefix("ld-musl-")?;
    let configured = std::fs::read_to_string(format!("/etc/{name}.path")).ok();
    let text = configured.unwrap_or_else(|| "/lib:/usr/local/lib:/usr/lib".into());
    Some(text.split([':', '\n']).filter(|f| !f.is_empty()).map(PathBuf::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_program_needs_is_where_its_own_dynamic_linker_looks() {
        let program = std::env::current_exe().expect("a test runs from a file");
        // On a system that does not use ELF there is nothing to find.
        let Some(program) = load(&program) else { return };
        let system = system_folders(program.image.loader.as_deref());
        let folders = Folders { system, ..Folders::default() };
        assert_eq!(closure(&program, &Closure::default(), &folders).missing, BTreeMap::new());
    }

    #[test]
    fn musl_has_a_list_of_its_own_and_leaves_glibc_its_list() {
        let musl = system_folders(Some("/lib/ld-musl-no_such_machine.so.1"));
        let default = ["/lib", "/usr/local/lib", "/usr/lib"];
        assert_eq!(musl, default.map(PathBuf::from));
        for loader in [Some("/lib64/ld-linux-x86-64.so.2"), None] {
            assert!(system_folders(loader).contains(&PathBuf::from("/usr/lib64")), "{loader:?}");
        }
    }
}
