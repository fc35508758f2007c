//! The folder that builds work in, one after the other. After a build that did not come to its end it
//! gets another name: a compiler which that build started may still be running, or a server of a
//! cache, and would write over what the next build made. What it was told to write is gone then.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::{fs, process};

/// A folder that a build works in. Whoever has it holds the lock of `home`.
#[derive(Debug)]
pub struct Room {
    /// The folder, `home` and a number. Absolute.
    pub path: PathBuf,
    mark: PathBuf,
}

/// Stands in `home` while a build works there.
const UNDER_WAY: &str = "under-way";

impl Room {
    /// Enters the room of `home`, under another number if the build before did not leave it.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn enter(home: &Path) -> Result<Self> {
        fs::create_dir(home)?;
        let mark = home.join(UNDER_WAY);
        let number = number(home);
        let mut path = home.join(number.unwrap_or(1).to_string());
        if let Some(number) = number.filter(|_| mark.exists()) {
            let moved = home.join((number + 1).to_string());
            // Windows keeps a folder in which somebody has a file open: then the new one is empty.
            let _ = std::fs::rename(&path, &moved);
            path = moved;
        }
        fs::create_dir(&path)?;
        fs::write_text(&mark, "")?;
        Ok(Room { path, mark })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Who is interrupted waits for its programs, but not for servers that work for them.
        if !process::interrupted() {
            let _ = std::fs::remove_file(&self.mark); // without it the next build only does more
        }
    }
}

/// The highest number that a folder in `home` has.
fn number(home: &Path) -> Option<u64> {
    let entries = std::fs::read_dir(home).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_has_another_name_after_a_build_that_did_not_leave_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let entered = || Room::enter(&home).unwrap();
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
