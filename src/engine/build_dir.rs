//! The folder that a build works in, with the cache of what earlier builds did there.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::engine::cache::{ActionCache, BuildEnd};
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::error::Result;
use crate::model::{Task, TaskKind};
use crate::report::{self, Console};
use crate::{fs, process};

/// A folder that a build works in, until the value is dropped.
#[derive(Debug)]
pub struct BuildDir {
    /// The folder. Absolute.
    pub path: PathBuf,
    /// What builds did in it.
    pub cache: ActionCache,
    /// Whether the folder stays when the build has ended.
    pub stays: bool,
    _held: Held,
}

/// What goes when the build ends. Invariant: never read; it counts when it is dropped.
#[derive(Debug)]
enum Held {
    Scratch {
        _folder: tempfile::TempDir,
    },
    /// The folder is left before its lock is given back.
    Locked {
        _folder: NumberedFolder,
        _lock: File,
    },
}

impl BuildDir {
    /// A folder without a past or a future, which is removed at the end.
    ///
    /// # Errors
    /// There is no usable temporary folder.
    pub fn scratch(paths: RelocatablePaths) -> Result<Self> {
        let folder = fs::scratch_dir()?;
        Ok(BuildDir {
            path: folder.path().to_owned(),
            cache: ActionCache::empty(paths),
            stays: false,
            _held: Held::Scratch { _folder: folder },
        })
    }

    /// A folder in `home` that stays. Whoever asks holds `lock`, the one of `home`; `paths` is told
    /// the folder.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn kept(
        home: &Path,
        lock: File,
        paths: impl FnOnce(&Path) -> RelocatablePaths,
    ) -> Result<Self> {
        let folder = NumberedFolder::enter(home)?;
        let path = folder.path.clone();
        let under_way = report::begin(Task::new(TaskKind::Read, "the state of earlier builds"));
        let cache = ActionCache::open(&path, paths(&path));
        under_way.done();
        let held = Held::Locked { _folder: folder, _lock: lock };
        Ok(BuildDir { path, cache, stays: true, _held: held })
    }

    /// Writes down what a complete build did, while `work` is done.
    pub fn remember_beside<T>(&self, console: Console, work: impl FnOnce() -> T) -> T {
        std::thread::scope(|scope| {
            scope.spawn(|| self.remember(BuildEnd::Complete, console));
            work()
        })
    }

    /// Writes down what this build did. A disk that is full spoils the next build's start only.
    pub fn remember(&self, ended: BuildEnd, console: Console) {
        if !self.stays {
            return;
        }
        let under_way = report::begin(Task::new(TaskKind::Save, "the state of the build"));
        if let Err(error) = self.cache.save(&self.path, ended)
            && ended == BuildEnd::Complete
        {
            console.warning(&format!("the next build starts from nothing: {error}"));
            return;
        }
        under_way.done();
    }
}

/// A folder with a number for a name, another one after a build that was killed: a compiler that
/// such a build started may still run, or the server of a compiler cache, and would write over what
/// the next build makes. Renaming the folder takes away the place that they were told to write to.
///
/// Temporary names for each output would not do: compilers write the name of their output into what
/// they make (`.gcda` paths of coverage, `.dwo` names, Microsoft's debug information) and name
/// further files after it.
#[derive(Debug)]
struct NumberedFolder {
    path: PathBuf,
    mark: PathBuf,
}

/// A file in `home` while a build works there.
const UNDER_WAY: &str = "under-way";

impl NumberedFolder {
    /// Enters the folder of `home`, under the next number if the build before did not leave it. Links
    /// that somebody put there are followed by nothing that comes after.
    fn enter(home: &Path) -> Result<Self> {
        fs::create_private_dir(home)?;
        fs::remove_links(home)?;
        let mark = home.join(UNDER_WAY);
        let number = highest_number(home);
        let mut path = home.join(number.unwrap_or(1).to_string());
        if let Some(number) = number.filter(|_| mark.exists()) {
            let moved = home.join((number + 1).to_string());
            // Windows keeps a folder in which somebody has a file open: then the new one is empty.
            let _ = std::fs::rename(&path, &moved);
            path = moved;
        }
        fs::create_dir(&path)?;
        fs::write_text(&mark, "")?;
        Ok(NumberedFolder { path, mark })
    }
}

impl Drop for NumberedFolder {
    fn drop(&mut self) {
        // An interrupted build waits for its programs, but not for servers that work for them.
        if !process::interrupted() {
            let _ = std::fs::remove_file(&self.mark); // if it stays, the next build does more
        }
    }
}

/// The folder of `home` that the last build worked in, if there was one. Nothing is made.
pub fn last(home: &Path) -> Option<PathBuf> {
    highest_number(home).map(|number| home.join(number.to_string()))
}

fn highest_number(home: &Path) -> Option<u64> {
    let entries = std::fs::read_dir(home).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_has_another_name_after_a_build_that_did_not_leave_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let entered = || NumberedFolder::enter(&home).unwrap();
        let first = entered();
        std::fs::write(first.path.join("a"), "kept").unwrap();
        let path = first.path.clone();
        drop(first);
        assert_eq!(entered().path, path);
        // Killed: nothing is dropped.
        std::mem::forget(entered());
        let next = entered();
        assert_eq!(next.path, home.join("2"));
        assert_eq!(std::fs::read_to_string(next.path.join("a")).unwrap(), "kept");
        assert!(!path.exists());
        drop(next);
        assert_eq!(entered().path, home.join("2"));
    }
}
