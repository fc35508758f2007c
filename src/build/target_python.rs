//! Looks for what the files of another machine's Python say of it.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs;
use crate::model::{Interpreter, PythonDescription, Triple};
use crate::python::{build_details, sysconfigdata};

/// A Python of another machine, and where its files are here.
#[derive(Debug, Clone)]
pub struct FoundPython {
    /// What it says of itself.
    pub python: PythonDescription,
    /// The machine that it is for.
    pub triple: Triple,
    /// The file that says so. Absolute.
    pub file: PathBuf,
    /// The folder that is its prefix here; `None` where the file does not lie in a Python.
    pub prefix: Option<PathBuf>,
    /// The folder that is `/` there, where it is another one than here.
    pub root: Option<PathBuf>,
}

impl FoundPython {
    /// Where a path of its own system is here; `None` if it is nowhere.
    pub fn relocated(&self, path: &Path) -> Option<PathBuf> {
        let Some(prefix) = &self.prefix else { return Some(path.to_owned()) };
        if let Ok(below) = path.strip_prefix(&self.python.prefix) {
            return Some(prefix.join(below));
        }
        if let Some(root) = &self.root {
            return Some(root.join(path.strip_prefix("/").ok()?));
        }
        // It lies where it was configured to lie.
        (*prefix == self.python.prefix).then(|| path.to_owned())
    }
}

/// Finds the Python that `place` names: a file that describes one, or a folder that holds it. Of
/// several, the one for `wanted`, of the version that builds.
///
/// # Errors
/// There is none, none for the machine, or several of other versions.
pub fn find(place: &Path, wanted: Option<&Triple>, host: &Interpreter) -> Result<FoundPython> {
    if place.is_file() {
        let found = read(place)?;
        return match wanted.filter(|triple| !triple.is_same(&found.triple)) {
            None => Ok(found),
            Some(triple) => Err(other_machine(&found, triple)),
        };
    }
    if !place.is_dir() {
        return Err(Error::new(format!("there is no `{}`", place.display())).hint(WHAT));
    }
    let read: Vec<Result<FoundPython>> =
        described_below(place).iter().map(|file| read(file)).collect();
    let (found, refused): (Vec<_>, Vec<_>) = read.into_iter().partition(Result::is_ok);
    let found: Vec<FoundPython> = found.into_iter().flatten().collect();
    let fits = |one: &&FoundPython| wanted.is_none_or(|triple| triple.is_same(&one.triple));
    let mut fitting: Vec<&FoundPython> = found.iter().filter(fits).collect();
    if let ([], [other, ..], Some(triple)) = (&fitting[..], &found[..], wanted) {
        return Err(other_machine(other, triple));
    }
    if fitting.is_empty() {
        return Err(refused.into_iter().find_map(Result::err).unwrap_or_else(|| {
            Error::new(format!("there is no Python below `{}`", place.display()))
                .note("looked for `lib/python3.*/_sysconfigdata*.py` and `build-details.json` in it, in `usr` and in `usr/local`")
                .hint(WHAT)
        }));
    }
    let is_closer = |one: &FoundPython| {
        (one.python.version != host.version, one.python.free_threaded != host.free_threaded)
    };
    fitting.sort_by_key(|one| (one.python.debug, is_closer(one)));
    let first = fitting[0];
    let is_other = |one: &&&FoundPython| one.python.version != first.python.version;
    match fitting.iter().find(is_other).filter(|_| first.python.version != host.version) {
        None => Ok(first.clone()),
        Some(other) => Err(Error::new(format!(
            "there are several Pythons below `{}`: {} and {}",
            place.display(),
            first.python.version,
            other.python.version
        ))
        .hint(format!("name one of them: `{}`", first.file.display()))),
    }
}

const WHAT: &str = "name the folder of that machine's system or Python, its build-details.json, or \
                    its _sysconfigdata*.py";

/// The files below a folder that describe a Python, those first that say more.
fn described_below(folder: &Path) -> Vec<PathBuf> {
    let mut libraries = vec![folder.to_owned()];
    for base in ["", "usr", "usr/local"] {
        for library in ["lib", "lib64"] {
            let listed = names(&folder.join(base).join(library));
            let is_library = |path: &PathBuf| {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                name.starts_with("python3.") && path.is_dir()
            };
            libraries.extend(listed.into_iter().filter(is_library));
        }
    }
    let in_each = |library: &PathBuf| {
        let data = names(library).into_iter().filter(|path| sysconfigdata::is_name(path));
        let details = Some(library.join(build_details::NAME)).filter(|file| file.is_file());
        data.chain(details).collect::<Vec<_>>()
    };
    libraries.iter().flat_map(in_each).collect()
}

/// The paths in a folder, sorted.
fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn read(file: &Path) -> Result<FoundPython> {
    let name = file.display().to_string();
    let is_json = file.extension().is_some_and(|end| end == "json");
    let none = |why: String| Error::new(format!("`{name}` describes no Python: {why}")).hint(WHAT);
    if !is_json && !sysconfigdata::is_name(file) {
        return Err(none("it has the name of another file".into()));
    }
    let text = fs::read_source(file, &name)?.text;
    let python = match is_json {
        true => build_details::describe(&text).map_err(none)?,
        false => sysconfigdata::describe(&text)
            .ok_or_else(|| none("it is no _sysconfigdata of CPython".into()))?,
    };
    if python.implementation != "cpython" {
        let message = format!("`{name}` is of {}", python.implementation);
        return Err(Error::new(message).hint("`target-python` has to be a CPython"));
    }
    let Some(triple) = Triple::new(&python.machine) else {
        let message = format!("`{name}` is of a Python for `{}`", python.machine);
        return Err(Error::new(message)
            .note("a target is a Linux with glibc or musl")
            .hint("name the Python of such a machine"));
    };
    let (prefix, root) = place_of(file, &python.prefix);
    Ok(FoundPython { python, triple, file: file.to_owned(), prefix, root })
}

/// The prefix of the Python that a file describes, and the folder that is `/` for it. Where `/lib`
/// leads to `/usr/lib`, a file may be named by either.
fn place_of(file: &Path, configured: &Path) -> (Option<PathBuf>, Option<PathBuf>) {
    let named = prefix_of(file);
    let real = || prefix_of(&without_link(file)?);
    let in_root = |prefix: PathBuf| Some((root_of(&prefix, configured)?, prefix));
    match named.clone().and_then(in_root).or_else(|| real().and_then(in_root)) {
        Some((root, prefix)) => (Some(prefix), Some(root)),
        None => (named, None),
    }
}

/// `/x/usr/lib/python3.11/a.py` for `/x/lib/python3.11/a.py`, where `/x/lib` is a link.
fn without_link(file: &Path) -> Option<PathBuf> {
    let library = file.parent()?;
    let above = std::fs::canonicalize(library.parent()?).ok()?;
    Some(above.join(library.file_name()?).join(file.file_name()?))
}

/// The folder that a file of a Python's library lies in: `/x/usr` for `/x/usr/lib/python3.11/a.py`.
fn prefix_of(file: &Path) -> Option<PathBuf> {
    let library = file.parent()?;
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str().map(str::to_owned));
    let above = library.parent()?;
    let is_library = name(library)?.starts_with("python") && name(above)?.starts_with("lib");
    is_library.then(|| above.parent().map(Path::to_owned))?
}

/// The folder that is `/` for a Python: `/x` where `/usr` is `/x/usr`.
fn root_of(prefix: &Path, configured: &Path) -> Option<PathBuf> {
    let below = configured.strip_prefix("/").ok()?;
    if !prefix.ends_with(below) {
        return None;
    }
    let depth = below.components().count();
    prefix.ancestors().nth(depth).filter(|root| root.parent().is_some()).map(Path::to_owned)
}

fn other_machine(found: &FoundPython, wanted: &Triple) -> Error {
    Error::new(format!(
        "the Python of `target-python` is for `{}`, and `target` is `{wanted}`",
        found.triple
    ))
    .note(format!("`{}` says so", found.file.display()))
    .hint("name the Python of the other machine, or leave `target` out: its Python says it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_what_stands_before_the_prefix() {
        for (file, configured, prefix, root) in [
            ("/x/usr/lib/python3.11/_sysconfigdata_.py", "/usr", Some("/x/usr"), Some("/x")),
            ("/usr/lib/python3.11/_sysconfigdata_.py", "/usr", Some("/usr"), None),
            ("/x/python/lib/python3.12/_sysconfigdata_.py", "/install", Some("/x/python"), None),
            ("/opt/py/lib64/python3.12/build-details.json", "/opt/py", Some("/opt/py"), None),
            ("/x/_sysconfigdata_.py", "/usr", None, None),
        ] {
            let found = prefix_of(Path::new(file));
            assert_eq!(found.as_deref(), prefix.map(Path::new), "{file}");
            let found = found.and_then(|prefix| root_of(&prefix, Path::new(configured)));
            assert_eq!(found.as_deref(), root.map(Path::new), "{file}");
        }
    }
}
