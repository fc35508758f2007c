//! Finds the libraries that an ELF file needs, as the dynamic linker would: ld.so(8) of glibc, and
//! musl's simpler rules where that is the C library.
//!
//! This is not the `lddtree` crate: its analyzer does not follow the RUNPATH of the libraries
//! themselves and reads LD_LIBRARY_PATH from our process instead of the build's environment, and
//! one bad line of ld.so.conf(5) makes it forget all others.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::binary::elf;
use crate::binary::elf::{Image, Machine, Table};

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

/// The C library that a process has, and with it the dynamic linker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CLibrary {
    Glibc,
    Musl,
}

impl CLibrary {
    /// Which one a file asks for; `None` if it names neither.
    pub fn of(needed: &[String]) -> Option<Self> {
        needed.iter().find_map(|name| match name.as_str() {
            "libc.so" => Some(CLibrary::Musl),
            name if name.starts_with("libc.musl-") => Some(CLibrary::Musl),
            name if name.starts_with("libc.so.") => Some(CLibrary::Glibc),
            _ => None,
        })
    }
}

/// The folders that the dynamic linker searches by itself. A machine may have both linkers (Debian
/// with `musl-tools`): the interpreter's is the one that counts, if it is known.
pub fn system_folders(c_library: Option<CLibrary>) -> Vec<PathBuf> {
    static GLIBC: LazyLock<Vec<PathBuf>> = LazyLock::new(|| unique(glibc_folders()));
    static MUSL: LazyLock<Option<Vec<PathBuf>>> = LazyLock::new(|| musl_folders().map(unique));
    match (c_library, &*MUSL) {
        (None | Some(CLibrary::Musl), Some(folders)) => folders.clone(),
        _ => GLIBC.clone(),
    }
}

fn unique(mut folders: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| seen.insert(folder.clone()));
    folders
}

fn glibc_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    add_configured(Path::new("/etc/ld.so.conf"), &mut folders, 0);
    let trusted = ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib32", "/usr/lib32"];
    folders.extend(trusted.map(PathBuf::from));
    folders
}

/// The folders that a file in the manner of ld.so.conf(5) lists. What cannot be read lists none,
/// as for ldconfig(8).
fn add_configured(file: &Path, folders: &mut Vec<PathBuf>, depth: usize) {
    const DEEPEST: usize = 8; // a file may include itself
    let text = std::fs::read_to_string(file).unwrap_or_default();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        match line.split_once(char::is_whitespace) {
            Some(("include", pattern)) if depth < DEEPEST => {
                let pattern = file.parent().unwrap_or(Path::new("/")).join(pattern.trim());
                matching(&pattern).iter().for_each(|f| add_configured(f, folders, depth + 1));
            }
            Some(("include" | "hwcap", _)) => {}
            _ if line.is_empty() => {}
            _ => folders.push(line.into()),
        }
    }
}

/// The files that a pattern with wildcards in its last part matches, sorted.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name()) else {
        return Vec::new();
    };
    let Ok(glob) = globset::Glob::new(&name.to_string_lossy()) else { return Vec::new() };
    let matcher = glob.compile_matcher();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.filter(|e| matcher.is_match(e.file_name())).map(|e| e.path()).collect();
    files.sort();
    files
}

/// `None` where there is no musl, which keeps its list in a file of its own.
fn musl_folders() -> Option<Vec<PathBuf>> {
    let is = |entry: &std::fs::DirEntry, prefix: &str, suffix: &str| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with(prefix) && name.ends_with(suffix)
    };
    let list = |folder: &str| std::fs::read_dir(folder).into_iter().flatten().flatten();
    list("/lib").find(|entry| is(entry, "ld-musl-", ".so.1"))?;
    let configured = list("/etc").find(|entry| is(entry, "ld-musl-", ".path"));
    let configured = configured.and_then(|entry| std::fs::read_to_string(entry.path()).ok());
    let text = configured.unwrap_or_else(|| "/lib:/usr/local/lib:/usr/lib".into());
    Some(text.split([':', '\n']).filter(|f| !f.is_empty()).map(PathBuf::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_folders_are_read_with_what_is_included() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("ld.so.conf");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        std::fs::create_dir(folder.path().join("conf.d")).unwrap();
        write("conf.d/b.conf", "/b  # the second\n").unwrap();
        write("conf.d/a.conf", "\n# none\n/a\nhwcap 1 nosegneg\ninclude ../ld.so.conf\n").unwrap();
        write("conf.d/c.txt", "/c\n").unwrap();
        let text = "/first\ninclude\tconf.d/*.conf\ninclude gone/*.conf\ninclude gone.conf\n/last";
        write("ld.so.conf", text).unwrap();
        let mut folders = Vec::new();
        add_configured(&main, &mut folders, 7);
        let expected = ["/first", "/a", "/b", "/last"].map(PathBuf::from);
        assert_eq!(folders, expected, "the file that includes itself is read once more at most");
        folders.clear();
        add_configured(&main, &mut folders, 0);
        assert!(folders.len() > 4);
    }

    #[test]
    fn the_c_library_is_known_by_the_name_it_is_needed_under() {
        let cases = [
            (&["libpython3.11.so.1.0", "libm.so.6", "libc.so.6"][..], Some(CLibrary::Glibc)),
            (&["libz.so.1", "libc.musl-x86_64.so.1"], Some(CLibrary::Musl)),
            (&["libc.so"], Some(CLibrary::Musl)),
            (&["libm.so.6", "libcrypt.so.1"], None),
        ];
        for (needed, expected) in cases {
            let needed: Vec<String> = needed.iter().map(ToString::to_string).collect();
            assert_eq!(CLibrary::of(&needed), expected, "{needed:?}");
        }
    }

    #[test]
    fn a_musl_beside_glibc_changes_nothing_for_a_python_with_glibc() {
        assert_eq!(system_folders(Some(CLibrary::Glibc)), unique(glibc_folders()));
    }
}
