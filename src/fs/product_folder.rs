//! The folder beside products in which they are made, and what killed builds left of theirs.

use std::fs::File;
use std::path::Path;

use tempfile::TempDir;

use crate::error::Result;
use crate::fs::products::{BEGIN, folder_beside};

/// Held as long as its build lives. It gets this name once it is held, so that one that is free is
/// nobody's.
const LOCK: &str = "lock";

/// A temporary folder inside the one of products, which are renamed into that when all are complete.
pub struct ProductFolder {
    // Dropped in this order: Windows removes no folder with an open file.
    _lock: Option<File>,
    folder: TempDir,
}

impl ProductFolder {
    /// Makes it in `out`. What builds left there that were killed is removed.
    ///
    /// # Errors
    /// `out` is not writable.
    pub fn begin(out: &Path) -> Result<Self> {
        remove_leftovers(out);
        let folder = folder_beside(out)?;
        let lock = held(folder.path()); // on a disk without locks, what is left there stays
        Ok(ProductFolder { _lock: lock, folder })
    }

    /// Where products are made.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn held(folder: &Path) -> Option<File> {
    let new = folder.join("new");
    let file = File::create(&new).ok()?;
    file.try_lock().ok()?;
    std::fs::rename(&new, folder.join(LOCK)).ok()?;
    Some(file)
}

/// Removes the folders of builds that are gone. None of this matters enough to fail.
fn remove_leftovers(out: &Path) {
    for entry in std::fs::read_dir(out).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(BEGIN)
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_ours && is_nobodys(&entry.path()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn is_nobodys(folder: &Path) -> bool {
    let lock = folder.join(LOCK);
    let is_file = std::fs::symlink_metadata(&lock).is_ok_and(|found| found.is_file());
    is_file && File::options().write(true).open(lock).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_build_left_is_removed_and_nothing_else() {
        let out = tempfile::tempdir().unwrap();
        let left = out.path().join(".officina-killed");
        let others =
            [".officina-started", "other", ".officina-file"].map(|name| out.path().join(name));
        for folder in [&left, &others[0], &others[1]] {
            std::fs::create_dir(folder).unwrap();
        }
        for file in [left.join(LOCK), left.join("a.whl"), others[1].join(LOCK), others[2].clone()] {
            std::fs::write(file, "").unwrap();
        }
        let first = ProductFolder::begin(out.path()).unwrap();
        assert!(!left.exists());
        assert!(others.iter().all(|path| path.exists()));
        let own = first.path().to_owned();
        let second = ProductFolder::begin(out.path()).unwrap();
        assert!(own.is_dir() && second.path() != own);
        drop((first, second));
        assert!(!own.exists());
        assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), others.len());
    }
}
