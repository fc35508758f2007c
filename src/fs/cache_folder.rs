//! The folder of what builds keep, the locks in it, and how it is removed.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use same_file::Handle;

use crate::error::{Error, Result};
use crate::fs::files::{create_dir, write_text};

const TAG: &str = "CACHEDIR.TAG";
const GIT_IGNORE: &str = ".gitignore";

/// How a cache says that it is one (<https://bford.info/cachedir/>).
const SIGNATURE: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
     # What is in this folder was made by a build, and can be made again.\n";

/// Makes a folder that backups, git and our own walks leave alone: for what a build keeps.
///
/// # Errors
/// It cannot be made, or holds files of somebody else: a build removes what it finds there.
pub fn mark_as_cache(folder: &Path) -> Result<()> {
    create_dir(folder)?;
    if is_file(&folder.join(TAG)) {
        return Ok(());
    }
    let mut entries =
        std::fs::read_dir(folder).map_err(|e| Error::io("list the folder", folder, &e))?;
    if entries.next().is_some() {
        return Err(Error::new(format!("`{}` holds other files", folder.display()))
            .note("everything in the folder of a build belongs to the build")
            .hint("name a folder that is not there yet, or one that is empty"));
    }
    tagged(folder)
}

fn tagged(folder: &Path) -> Result<()> {
    write_text(&folder.join(TAG), SIGNATURE)?;
    write_text(&folder.join(GIT_IGNORE), "*\n")
}

/// Removes a folder that [`mark_as_cache`] made, with all that builds left in it.
///
/// The order matters. The contents go while all locks are held, so that no build works in them. The
/// lock files go while they are held too: a build that waits for one of them then locks a file
/// that is gone, and [`try_lock`] sees that. Windows keeps the name of a removed file for as long
/// as it is open, so the locks are closed before the folder itself goes. A build that starts
/// between these two steps makes its own files, and the folder, which is not empty then, stays and
/// is tagged again.
///
/// # Errors
/// It is somebody else's, a build works in it, or the operating system refuses.
pub fn remove_cache(folder: &Path) -> Result<()> {
    let shown = folder.display();
    let tag = folder.join(TAG);
    if !is_file(&tag) || std::fs::read_to_string(tag).unwrap_or_default() != SIGNATURE {
        return Err(Error::new(format!("`{shown}` was not made by a build"))
            .hint("remove it yourself if nobody needs it"));
    }
    let is_lock =
        |path: &PathBuf| path.extension().is_some_and(|suffix| suffix == "lock") && is_file(path);
    let (locks, contents): (Vec<_>, Vec<_>) = listed(folder)?.into_iter().partition(is_lock);
    let mut held = Vec::with_capacity(locks.len());
    for lock in &locks {
        held.push(try_lock(lock, lock)?.ok_or_else(|| {
            Error::new(format!("a build works in `{shown}`")).hint("let it finish, or end it")
        })?);
    }
    let is_last = |path: &&PathBuf| path.ends_with(TAG) || path.ends_with(GIT_IGNORE);
    let (last, contents): (Vec<_>, Vec<_>) = contents.iter().partition(is_last);
    contents.into_iter().chain(&locks).try_for_each(|path| removed(path))?;
    drop(held);
    last.into_iter().try_for_each(|path| removed(path))?;
    std::fs::remove_dir(folder).map_err(|e| {
        let _ = tagged(folder); // the error at hand says more
        Error::io("remove", folder, &e)
    })
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| Error::io("list the folder", folder, &e);
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}

fn removed(path: &Path) -> Result<()> {
    let is_dir = std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let done = if is_dir { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    done.map_err(|e| Error::io("remove", path, &e))
}

/// Whether a file lies there, and not a link to one.
fn is_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// Tries to be the one that holds a lock file, until the value is dropped; the file is made if it
/// is not there, and nobody else may open it then. `what` is what messages say is locked.
///
/// # Errors
/// The file cannot be made, or there are no locks on that disk.
pub fn try_lock(path: &Path, what: &Path) -> Result<Option<File>> {
    let failed = |e: std::io::Error| Error::io("write", path, &e);
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.create(true).truncate(false).write(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(e)) => {
            return Err(Error::io("lock", what, &e).hint("name a folder on a disk of this machine"));
        }
    }
    // Whoever held it may have removed it in between: the lock of such a file keeps nobody out.
    let ours = file.try_clone().and_then(Handle::from_file).map_err(failed)?;
    let is_current = Handle::from_path(path).is_ok_and(|there| there == ours);
    Ok(is_current.then_some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        mark_as_cache(folder.path()).unwrap();
        std::fs::create_dir_all(folder.path().join("one/deep")).unwrap();
        std::fs::write(folder.path().join("one/deep/file"), "x").unwrap();
        for lock in ["one.lock", "two.lock"] {
            std::fs::write(folder.path().join(lock), "").unwrap();
        }
        folder
    }

    #[test]
    fn a_cache_is_removed_with_its_locks() {
        let folder = cache();
        remove_cache(folder.path()).unwrap();
        assert!(!folder.path().exists());
    }

    #[test]
    fn nothing_is_removed_while_a_build_holds_a_lock() {
        let folder = cache();
        let lock = folder.path().join("two.lock");
        let held = try_lock(&lock, &lock).unwrap().unwrap();
        assert!(try_lock(&lock, &lock).unwrap().is_none());
        let error = remove_cache(folder.path()).unwrap_err();
        assert!(error.to_string().starts_with("a build works in `"), "{error}");
        assert!(folder.path().join("one/deep/file").exists());
        drop(held);
        remove_cache(folder.path()).unwrap();
    }

    #[test]
    fn the_folder_of_somebody_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine"), "").unwrap();
        assert!(mark_as_cache(folder.path()).is_err());
        assert!(remove_cache(folder.path()).is_err());
        assert!(folder.path().join("mine").exists());
    }
}
