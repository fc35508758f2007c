//! New projects. A template is a project by the name of `my-project`, with the package `my_project`:
//! what is written is its text with other names.

use crate::report::advice::{library_by_name, library_by_package};
use crate::templates::names::ProjectName;

/// What a new project is an example of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectKind {
    /// C that is compiled, with a builder.
    Api,
    /// A library that is opened when it is imported.
    Abi,
    /// A library of the system.
    PkgConfig,
    /// A library whose source comes along.
    Vendored,
    /// A Rust crate.
    Crate,
}

/// A project to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProject {
    /// How it is called.
    pub name: ProjectName,
    /// What it is an example of.
    pub kind: ProjectKind,
    /// The library that it calls, as pkg-config or a linker knows it, if it is one of the system.
    pub library: Option<String>,
    /// The header of that library, if it is not the usual one.
    pub header: Option<String>,
}

/// A file of a new project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Relative to the folder of the project, with `/`.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// Whether a file stays as it is where somebody has one already, since no build reads it.
pub fn is_kept(path: &str) -> bool {
    matches!(path, "README.md" | ".gitignore")
}

impl NewProject {
    /// Its files.
    pub fn files(&self) -> Vec<NewFile> {
        let (package, header) = self.library();
        let named = |text: &str| {
            text.replace("my-project", &self.name.name)
                .replace("my_project", &self.name.package)
                .replace("officina>=0", LEAST_OFFICINA)
                .replace("zlib.h", "THE_HEADER")
                .replace("zlib", &package)
                .replace("THE_HEADER", &header)
        };
        let templates = templates(self.kind).iter().chain(COMMON);
        let file = |(path, text): &(&str, &str)| NewFile { path: named(path), text: named(text) };
        let mut files: Vec<NewFile> = templates.map(file).collect();
        if self.kind == ProjectKind::Crate {
            let ignored = files.iter_mut().find(|file| file.path == ".gitignore");
            ignored
                .into_iter()
                .for_each(|file| file.text.push_str("\n# What cargo leaves\ntarget/\n"));
        }
        files
    }

    /// The package of pkg-config, and the header to begin with.
    fn library(&self) -> (String, String) {
        let Some(asked) = self.library.as_deref() else { return ("zlib".into(), "zlib.h".into()) };
        let known = library_by_package(asked);
        // `-lz` is the library that pkg-config calls zlib.
        let linked = if known.is_none() { library_by_name(asked) } else { None };
        let package = linked.and_then(|known| known.packages_of_pkg_config().next());
        let usual = known.or(linked).and_then(|known| known.headers().next());
        let header = self.header.clone().or_else(|| {
            // All headers in a folder: it has one by its own name, as a rule.
            let folder =
                |usual: &str| usual.strip_suffix('/').map(|name| format!("{name}/{name}.h"));
            usual.map(|usual| folder(usual).unwrap_or_else(|| usual.to_owned()))
        });
        let guessed = || format!("{}.h", asked.strip_prefix("lib").unwrap_or(asked));
        (package.unwrap_or(asked).to_owned(), header.unwrap_or_else(guessed))
    }
}

/// What `requires` asks for: any Officina that is not older than this one.
const LEAST_OFFICINA: &str = concat!("officina>=", env!("CARGO_PKG_VERSION"));

type Template = &'static [(&'static str, &'static str)];

/// A file of a template: where it goes, and where it lies.
macro_rules! file {
    ($path:literal in $kind:literal) => {
        file!($path in $kind as $path)
    };
    ($path:literal in $kind:literal as $stored:literal) => {
        ($path, include_str!(concat!("project/", $kind, "/", $stored)))
    };
}

/// Files whose names mean something to git and cargo here have others in this folder.
const COMMON: Template = &[file!(".gitignore" in "common" as "gitignore.template")];

fn templates(kind: ProjectKind) -> Template {
    match kind {
        ProjectKind::Api => &[
            file!("pyproject.toml" in "api"),
            file!("README.md" in "api"),
            file!("ffi_build.py" in "api"),
            file!("csrc/count.c" in "api"),
            file!("csrc/count.h" in "api"),
            file!("src/my_project/__init__.py" in "api"),
            file!("tests/test_count.py" in "api"),
        ],
        ProjectKind::Abi => &[
            file!("pyproject.toml" in "abi"),
            file!("README.md" in "abi"),
            file!("src/my_project/__init__.py" in "abi"),
            file!("tests/test_leading.py" in "abi"),
        ],
        ProjectKind::PkgConfig => &[
            file!("pyproject.toml" in "pkg-config"),
            file!("README.md" in "pkg-config"),
            file!("src/my_project/__init__.py" in "pkg-config"),
            file!("tests/test_library.py" in "pkg-config"),
        ],
        ProjectKind::Vendored => &[
            file!("pyproject.toml" in "vendored"),
            file!("README.md" in "vendored"),
            file!("vendor/tally/tally.c" in "vendored"),
            file!("vendor/tally/tally.h" in "vendored"),
            file!("src/my_project/__init__.py" in "vendored"),
            file!("tests/test_distinct.py" in "vendored"),
        ],
        ProjectKind::Crate => &[
            file!("pyproject.toml" in "crate"),
            file!("README.md" in "crate"),
            file!("rust/Cargo.toml" in "crate" as "rust/Cargo.toml.template"),
            file!("rust/Cargo.lock" in "crate" as "rust/Cargo.lock.template"),
            file!("rust/src/lib.rs" in "crate"),
            file!("rust/include/my_project.h" in "crate"),
            file!("src/my_project/__init__.py" in "crate"),
            file!("tests/test_words.py" in "crate"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(kind: ProjectKind, library: Option<&str>) -> Vec<NewFile> {
        let name = ProjectName::new("Sky-net").unwrap();
        NewProject { name, kind, library: library.map(str::to_owned), header: None }.files()
    }

    #[test]
    fn no_name_of_the_template_is_left() {
        use ProjectKind::{Abi, Api, Crate, PkgConfig, Vendored};
        for kind in [Api, Abi, PkgConfig, Vendored, Crate] {
            for file in files(kind, Some("libgit2")) {
                for left in ["my-project", "my_project", ">=0\"", "zlib", "THE_HEADER"] {
                    assert!(!file.path.contains(left) && !file.text.contains(left), "{file:?}");
                }
            }
        }
    }

    #[test]
    fn a_library_is_known_by_more_than_one_name() {
        for (asked, package, header) in [
            ("z", "zlib", "zlib.h"),
            ("zlib", "zlib", "zlib.h"),
            ("libgit2", "libgit2", "git2.h"),
            ("git2", "libgit2", "git2.h"),
            ("libcurl", "libcurl", "curl/curl.h"),
            ("libmine", "libmine", "mine.h"),
        ] {
            let [pyproject, ..] = &files(ProjectKind::PkgConfig, Some(asked))[..] else { panic!() };
            for part in [format!("pkg-config = [\"{package}\"]"), format!("[\"<{header}>\"]")] {
                assert!(pyproject.text.contains(&part), "{asked}: {}", pyproject.text);
            }
        }
    }
}
