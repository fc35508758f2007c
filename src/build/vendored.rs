//! C that the project says is vendored: whether the wheel holds it.

use std::collections::BTreeSet;

use crate::build::context::Build;
use crate::build::made_of::MadeOf;
use crate::engine::input::Input;
use crate::error::{Error, Result, nearest};
use crate::files::{globs, tree};
use crate::model::{Project, Spanned, Vendored};

/// What is said to be vendored and was compiled. Of `planned` modules some may be left out, and what
/// only they are made of.
///
/// # Errors
/// Nothing compiles or includes what a path names.
pub fn compiled<'a>(
    build: &'a Build,
    made_of: &MadeOf,
    planned: usize,
) -> Result<Vec<&'a Vendored>> {
    let project = build.project;
    let said = &project.settings.native.vendored;
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let read = FilesRead::of(build, made_of);
    let is_complete = read.is_all && made_of.linked.len() >= planned;
    let mut found = Vec::with_capacity(said.len());
    for one in said {
        let mut unread = Vec::new();
        for path in &one.paths {
            if !read.holds(project, path)? {
                unread.push(path);
            }
        }
        match unread.first() {
            Some(path) if is_complete => return Err(read.nothing_reads(project, path)),
            // Commands that do not say what they read may have read it; an optional module is gone.
            Some(_) if read.is_all => {}
            _ => found.push(one),
        }
    }
    Ok(found)
}

/// The files of the project that steps, builders, compilers and linkers read.
struct FilesRead {
    /// Relative to the project root, with `/`.
    files: BTreeSet<String>,
    /// There are no others.
    is_all: bool,
}

impl FilesRead {
    fn of(build: &Build, made_of: &MadeOf) -> Self {
        let cache = &build.folder.cache;
        let steps: BTreeSet<String> = made_of.steps().collect();
        let (mut paths, mut is_all) = (BTreeSet::new(), true);
        for known in steps.iter().flat_map(|step| cache.inputs_of(step)) {
            match known.input {
                Input::File(path) => drop(paths.insert(path)),
                Input::Unknown(_) => is_all = false,
                _ => {}
            }
        }
        let root = &build.project.root;
        // Most are headers of the system; those of the tree are spelled in other ways at times.
        let files = paths.iter().filter_map(|path| tree::path_below(root, path)).collect();
        FilesRead { files, is_all }
    }

    fn holds(&self, project: &Project, path: &Spanned<String>) -> Result<bool> {
        let one = std::slice::from_ref(path);
        let globs = globs::unchecked(KEY, one, &project.pyproject)?;
        Ok(self.files.iter().any(|file| globs.rule(file).is_some()))
    }

    fn nothing_reads(&self, project: &Project, path: &Spanned<String>) -> Error {
        let message = format!("nothing compiles or includes `{}`", path.value);
        let error = Error::new(message).at(&project.pyproject, path.span.clone());
        let plain = globs::plain(&path.value).trim_end_matches('/');
        let folders = self.files.iter().flat_map(|file| {
            file.match_indices('/').map(|(at, _)| &file[..at]).collect::<Vec<_>>()
        });
        let candidates = self.files.iter().map(String::as_str).chain(folders);
        match nearest(plain, candidates.filter(|one| *one != plain)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(
                "name the files that are compiled, or their folder; an `if` says where they are",
            ),
        }
    }
}

/// The key that the paths stand under.
const KEY: &str = "paths";
