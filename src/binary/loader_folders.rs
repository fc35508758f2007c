//! The folders that the dynamic linker searches by itself: ld.so.conf(5) of glibc, and musl's list.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The C library that a process has, and with it the dynamic linker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CLibrary {
    /// `libc.so.6`
    Glibc,
    /// `libc.musl-x86_64.so.1`
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

/// Folders, with the files that say so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoaderFolders {
    /// In the order of the search.
    pub folders: Vec<PathBuf>,
    /// The configuration that was read.
    pub reads: Vec<PathBuf>,
    /// The configuration that is not there.
    pub absent: Vec<PathBuf>,
    /// musl's dynamic linker, which is its C library as well; `None` for glibc.
    pub musl: Option<PathBuf>,
}

impl LoaderFolders {
    fn add(&mut self, folders: impl IntoIterator<Item = PathBuf>) {
        self.folders.extend(folders);
        let mut seen = HashSet::new();
        self.folders.retain(|folder| seen.insert(folder.clone()));
    }

    /// The text of a configuration file. What cannot be read says nothing, as for ldconfig(8).
    fn read(&mut self, file: &Path) -> Option<String> {
        let text = std::fs::read_to_string(file);
        match &text {
            Err(error) if error.kind() == ErrorKind::NotFound => self.absent.push(file.to_owned()),
            Ok(_) | Err(_) => self.reads.push(file.to_owned()),
        }
        text.ok()
    }
}

/// What glibc's dynamic linker searches.
pub fn of_glibc() -> LoaderFolders {
    let mut found = LoaderFolders::default();
    add_configured(Path::new("/etc/ld.so.conf"), &mut found, 0);
    let trusted = ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib32", "/usr/lib32"];
    found.add(trusted.map(PathBuf::from));
    found
}

/// The folders that a file in the manner of ld.so.conf(5) lists.
fn add_configured(file: &Path, found: &mut LoaderFolders, depth: usize) {
    const DEEPEST: usize = 8; // a file may include itself
    let text = found.read(file).unwrap_or_default();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        match line.split_once(char::is_whitespace) {
            Some(("include", pattern)) if depth < DEEPEST => {
                let pattern = file.parent().unwrap_or(Path::new("/")).join(pattern.trim());
                matching(&pattern).iter().for_each(|f| add_configured(f, found, depth + 1));
            }
            Some(("include" | "hwcap", _)) => {}
            _ if line.is_empty() => {}
            _ => found.add([line.into()]),
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

/// musl's dynamic linker in a system, `/` being this one: `/lib/ld-musl-x86_64.so.1`.
pub fn musl_loader(system: &Path) -> Option<PathBuf> {
    let is_one = |name: &str| name.starts_with("ld-musl-") && name.ends_with(".so.1");
    let entries = std::fs::read_dir(system.join("lib")).into_iter().flatten().flatten();
    let mut found = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_one));
    found.next().map(|entry| entry.path())
}

/// What musl's dynamic linker searches; `None` where there is none. `ld-musl-x86_64.so.1` keeps its
/// list in `ld-musl-x86_64.path`.
pub fn of_musl() -> Option<LoaderFolders> {
    let musl = musl_loader(Path::new("/"))?;
    let stem = musl.file_name()?.to_str()?.strip_suffix(".so.1")?;
    let list = Path::new("/etc").join(format!("{stem}.path"));
    let mut found = LoaderFolders { musl: Some(musl), ..LoaderFolders::default() };
    let configured = found.read(&list);
    let text = configured.unwrap_or_else(|| "/lib:/usr/local/lib:/usr/lib".into());
    found.add(text.split([':', '\n']).filter(|folder| !folder.is_empty()).map(PathBuf::from));
    Some(found)
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
        let mut found = LoaderFolders::default();
        add_configured(&main, &mut found, 7);
        let expected = ["/first", "/a", "/b", "/last"].map(PathBuf::from);
        assert_eq!(found.folders, expected);
        let read = ["ld.so.conf", "conf.d/a.conf", "conf.d/b.conf"];
        assert_eq!(found.reads, read.map(|name| folder.path().join(name)));
        add_configured(&folder.path().join("gone.conf"), &mut found, 0);
        assert_eq!(found.absent, [folder.path().join("gone.conf")]);
        let mut found = LoaderFolders::default();
        add_configured(&main, &mut found, 0);
        assert!(found.reads.len() > 4, "a file that includes itself is read a few times");
    }

    #[test]
    fn the_loader_of_musl_lies_in_lib_of_its_system() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join("lib").join(name);
        assert_eq!(musl_loader(folder.path()), None);
        std::fs::create_dir(at("")).unwrap();
        for name in ["ld-linux-x86-64.so.2", "ld-musl-aarch64.path", "libc.musl-aarch64.so.1"] {
            std::fs::write(at(name), "").unwrap();
            assert_eq!(musl_loader(folder.path()), None, "{name}");
        }
        std::fs::write(at("ld-musl-aarch64.so.1"), "").unwrap();
        assert_eq!(musl_loader(folder.path()), Some(at("ld-musl-aarch64.so.1")));
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
}
