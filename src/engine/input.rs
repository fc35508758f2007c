//! What a step reads, and the one place where that is looked at.
//!
//! Every kind of input is one variant of [`Input`]; [`InputReader::state`] says in what state it is
//! today, as a short text to compare. Nobody else decides whether an input changed.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::engine::digest::{Digest, digest_of};
use crate::engine::file_digests::{FileDigests, MISSING, ReadFile, UNREADABLE};
use crate::engine::file_stat::{FileStat, stat};
use crate::model::{COMPILE_COMMANDS, Environment};

/// Something that a step read or asked for. Paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// The bytes of a file, which may not have been there.
    File(PathBuf),
    /// The names in a folder.
    Folder(PathBuf),
    /// Whether a path leads to a file, to a folder or to nothing, and what it says if it is a link. A
    /// lookup that failed is one: the step comes out differently once something is found there.
    Path(PathBuf),
    /// Size, times and rights of what a path leads to.
    Stat(PathBuf),
    /// A variable of the environment.
    Variable(String),
    /// Something that nobody can look at, for this reason: the step runs each time.
    Unknown(String),
}

impl Input {
    /// The path that is looked at, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Input::File(path) | Input::Folder(path) | Input::Path(path) | Input::Stat(path) => {
                Some(path)
            }
            Input::Variable(_) | Input::Unknown(_) => None,
        }
    }

    /// The same input with another path.
    #[must_use]
    pub fn with_path(&self, change: impl FnOnce(&Path) -> PathBuf) -> Self {
        match self {
            Input::File(path) => Input::File(change(path)),
            Input::Folder(path) => Input::Folder(change(path)),
            Input::Path(path) => Input::Path(change(path)),
            Input::Stat(path) => Input::Stat(change(path)),
            Input::Variable(_) | Input::Unknown(_) => self.clone(),
        }
    }
}

/// As a sentence that says what is wrong with it.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::File(path) => write!(f, "`{}` changed", path.display()),
            Input::Folder(path) => write!(f, "the files in `{}` are others", path.display()),
            Input::Path(path) => write!(f, "`{}` was not there, or is gone", path.display()),
            Input::Stat(path) => write!(f, "`{}` was touched", path.display()),
            Input::Variable(name) => write!(f, "the environment variable {name} changed"),
            Input::Unknown(why) => f.write_str(why),
        }
    }
}

/// The state of an input when a step read it. Steps share what is known of an input: hundreds of
/// objects read the same headers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReadInput {
    /// The input, with its path as the cache stores it.
    pub input: Input,
    /// See [`InputReader::state`].
    pub state: Digest,
}

/// The state of what nobody knows, and of what changed while a step read it: it is not known which
/// of its contents the step saw. It never counts as the same.
pub const CHANGED_MEANWHILE: &str = "changed while it was read";

/// Looks at inputs: at files and at paths once in a build, as long as nobody may have written.
#[derive(Debug, Default)]
pub struct InputReader {
    /// The digests of files.
    pub files: FileDigests,
    /// The state of each [`Input::Path`] that was looked at. Hundreds of objects look for the same
    /// headers in the same folders.
    paths: Mutex<KnownPaths>,
}

/// The paths that were looked at since somebody wrote last.
#[derive(Debug, Default)]
struct KnownPaths {
    states: HashMap<PathBuf, Digest>,
    /// How often somebody wrote: what was seen before that is not remembered after it.
    writes: u64,
}

impl KnownPaths {
    fn forget(&mut self) {
        self.states.clear();
        self.writes += 1;
    }
}

impl InputReader {
    /// Looks at inputs of which earlier builds knew these files.
    pub fn knowing(files: HashMap<PathBuf, ReadFile>) -> Self {
        InputReader { files: FileDigests::knowing(files), paths: Mutex::default() }
    }

    /// A step has written these files, or is about to: what was known of them is not true any more.
    pub fn forget<'a>(&self, files: impl IntoIterator<Item = &'a PathBuf>) {
        files.into_iter().for_each(|file| self.files.forget(file));
        self.paths().forget();
    }

    /// Programs ran that may have written any file.
    pub fn forget_what_may_have_changed(&self) {
        self.files.forget_what_may_have_changed();
        self.paths().forget();
    }

    fn paths(&self) -> MutexGuard<'_, KnownPaths> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kind_of(&self, path: &Path) -> Digest {
        let writes = {
            let known = self.paths();
            if let Some(state) = known.states.get(path) {
                return state.clone();
            }
            known.writes
        };
        let found = kind(path);
        let mut known = self.paths();
        if known.writes == writes {
            known.states.insert(path.to_owned(), found.clone());
        }
        found
    }

    /// In what state an input is today. Two states of one input are equal if the input is the same.
    pub fn state(&self, input: &Input, environment: &Environment) -> Digest {
        match input {
            Input::File(path) => self.files.of(path),
            Input::Folder(path) => names(path).unwrap_or_else(|e| word_for(&e).into()),
            Input::Path(path) => self.kind_of(path),
            Input::Stat(path) => facts(path),
            Input::Variable(name) => match environment.0.get(OsStr::new(name)) {
                Some(value) => digest_of([value.as_encoded_bytes()]),
                None => MISSING.into(),
            },
            Input::Unknown(_) => CHANGED_MEANWHILE.into(),
        }
    }

    /// What the file system said of a file when its bytes were read for [`InputReader::state`];
    /// `None` for other inputs.
    pub fn stat(&self, input: &Input) -> Option<FileStat> {
        match input {
            Input::File(path) => self.files.stat(path),
            _ => None,
        }
    }
}

fn kind(path: &Path) -> Digest {
    let word = |metadata: std::io::Result<Metadata>| match metadata {
        Ok(metadata) if metadata.is_dir() => "folder",
        Ok(_) => "file",
        Err(_) => MISSING,
    };
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            let target = std::fs::read_link(path).unwrap_or_default();
            let found = word(std::fs::metadata(path));
            digest_of([target.as_os_str().as_encoded_bytes(), found.as_bytes()])
        }
        other => word(other).into(),
    }
}

fn facts(path: &Path) -> Digest {
    let Ok(metadata) = std::fs::metadata(path) else { return MISSING.into() };
    let FileStat { size, modified, .. } = stat(&metadata);
    let kind = if metadata.is_dir() { "folder" } else { "file" };
    digest_of([format!("{kind} {size} {modified} {:?}", metadata.permissions()).as_bytes()])
}

fn word_for(error: &std::io::Error) -> &'static str {
    if error.kind() == std::io::ErrorKind::NotFound { MISSING } else { UNREADABLE }
}

/// The names in a folder and what each leads to, but for bytecode, which comes and goes with every
/// run of Python and says nothing new, and for what a build writes itself.
fn names(folder: &Path) -> std::io::Result<Digest> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.file_type()?;
        let leads_to_folder = || std::fs::metadata(entry.path()).is_ok_and(|to| to.is_dir());
        let kind = match found.is_symlink() {
            true if leads_to_folder() => b'D',
            true => b'l',
            false if found.is_dir() => b'd',
            false => b'f',
        };
        let name = entry.file_name().into_encoded_bytes();
        if name != b"__pycache__" && name != COMPILE_COMMANDS.as_bytes() {
            names.push([&[kind], name.as_slice()].concat());
        }
    }
    names.sort();
    Ok(digest_of(names.iter().map(Vec::as_slice)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(input: &Input) -> Digest {
        InputReader::default().state(input, &Environment::default())
    }

    #[test]
    fn a_path_is_looked_at_again_once_a_step_has_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h");
        let reader = InputReader::default();
        let state = || reader.state(&Input::Path(path.clone()), &Environment::default());
        let before = state();
        std::fs::write(&path, "").unwrap();
        assert_eq!(state(), before);
        reader.forget([&path]);
        let there = state();
        assert_ne!(there, before);
        std::fs::remove_file(&path).unwrap();
        reader.forget_what_may_have_changed();
        assert_eq!(state(), before);
    }

    #[test]
    fn a_folder_is_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let input = Input::Folder(folder.path().to_owned());
        std::fs::write(folder.path().join("a"), "").unwrap();
        let before = state(&input);
        std::fs::write(folder.path().join("a"), "other").unwrap();
        std::fs::create_dir(folder.path().join("__pycache__")).unwrap();
        std::fs::write(folder.path().join(COMPILE_COMMANDS), "[]").unwrap();
        assert_eq!(state(&input), before);
        std::fs::write(folder.path().join("b"), "").unwrap();
        assert_ne!(state(&input), before);
        assert_eq!(state(&Input::Folder(folder.path().join("c"))), MISSING);
    }

    #[test]
    fn a_path_is_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let input = Input::Path(path.clone());
        assert_eq!(state(&input), MISSING);
        std::fs::write(&path, "").unwrap();
        assert_eq!(state(&input), "file");
        std::fs::write(&path, "other").unwrap();
        assert_eq!(state(&input), "file");
        assert_eq!(state(&Input::Path(folder.path().to_owned())), "folder");
    }

    #[test]
    fn a_variable_is_its_value_and_no_value_is_stored() {
        let input = Input::Variable("A".into());
        let with = |value: &str| {
            let environment = Environment([("A".into(), value.into())].into());
            InputReader::default().state(&input, &environment)
        };
        assert_eq!(state(&input), MISSING);
        assert_eq!(with("secret"), with("secret"));
        assert_ne!(with(""), state(&input));
        assert!(!with("secret").contains("secret"));
    }
}
