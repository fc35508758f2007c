//! The digests of files, each file read at most once in a build, and not at all while its inode says
//! that nobody touched it since an earlier build read it.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::engine::digest::{Digest, hexadecimal};
use crate::engine::file_stat::{FileStat, now, stat};

/// What stands for the digest of a path that leads to nothing.
pub const MISSING: &str = "missing";
/// What stands for the digest of a file that cannot be read.
pub const UNREADABLE: &str = "unreadable";

/// A file that was read, and when that was, in nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// What its inode said.
    pub stat: FileStat,
    /// When it was read.
    pub at: i128,
    /// The digest of its bytes.
    pub digest: Digest,
}

impl ReadFile {
    /// Whether the inode would tell of a later write.
    fn is_settled(&self) -> bool {
        self.stat.touched() + TICK < self.at
    }
}

/// A file that was written this close to being read may be written again within the same tick of
/// the file system's clock; the coarsest (FAT's) ticks every two seconds. git has the same rule.
const TICK: i128 = 2_000_000_000;

/// The digests of files, as far as somebody asked for them.
#[derive(Debug, Default)]
pub struct FileDigests {
    before: HashMap<PathBuf, ReadFile>,
    now: Mutex<HashMap<PathBuf, Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    digest: Digest,
    /// `None` for what is no file.
    read: Option<ReadFile>,
}

impl FileDigests {
    /// Digests of which earlier builds knew these.
    pub fn knowing(before: HashMap<PathBuf, ReadFile>) -> Self {
        FileDigests { before, now: Mutex::default() }
    }

    /// The digest of a file's bytes, [`MISSING`] or [`UNREADABLE`] (a folder is).
    pub fn of(&self, path: &Path) -> Digest {
        if let Some(known) = self.lock().get(path) {
            return known.digest.clone();
        }
        let found = self.look(path);
        self.lock().entry(path.to_owned()).or_insert(found).digest.clone()
    }

    /// A step has written this file, or is about to: what was known of it is not true any more.
    pub fn forget(&self, path: &Path) {
        self.lock().remove(path);
    }

    /// Programs ran that may have written files. What does not say that nobody touched it is read
    /// again when somebody asks.
    pub fn forget_what_may_have_changed(&self) {
        self.lock().retain(|path, known| {
            known
                .read
                .as_ref()
                .is_some_and(|read| read.is_settled() && FileStat::of(path) == Some(read.stat))
        });
    }

    /// What the file system said of a file when it was read, as far as that was in this build.
    pub fn stat(&self, path: &Path) -> Option<FileStat> {
        self.lock().get(path)?.read.as_ref().map(|read| read.stat)
    }

    /// Every file that was read in this build or is still known to be what it was.
    pub fn all(&self) -> HashMap<PathBuf, ReadFile> {
        let now = self.lock();
        now.iter().filter_map(|(path, known)| Some((path.clone(), known.read.clone()?))).collect()
    }

    /// Whether this build found every file as an earlier one left it, and no other file.
    pub fn are_as_before(&self) -> bool {
        let now = self.lock();
        let files = || now.iter().filter_map(|(path, known)| Some((path, known.read.as_ref()?)));
        files().count() == self.before.len()
            && files().all(|(path, read)| self.before.get(path) == Some(read))
    }

    fn look(&self, path: &Path) -> Known {
        let nothing = |word: &str| Known { digest: word.into(), read: None };
        let Ok(metadata) = std::fs::metadata(path) else { return nothing(MISSING) };
        // Whoever opens a pipe waits until somebody writes into it.
        if !metadata.is_file() {
            return nothing(UNREADABLE);
        }
        let stat = stat(&metadata);
        if let Some(read) = self.before.get(path)
            && read.stat == stat
            && read.is_settled()
        {
            return Known { digest: read.digest.clone(), read: Some(read.clone()) };
        }
        let at = now();
        match read(path, stat.size) {
            Ok(digest) => {
                Known { digest: digest.clone(), read: Some(ReadFile { stat, at, digest }) }
            }
            Err(_) => nothing(UNREADABLE),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Known>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path, size: u64) -> std::io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    // One byte more than there should be, so that a small file's end shows at the second read. Some
    // files (in /proc) say that they have none.
    let size = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let mut buffer = vec![0; size.clamp(1 << 12, 1 << 16)];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aged(digests: &FileDigests) -> HashMap<PathBuf, ReadFile> {
        let mut read = digests.all();
        read.values_mut().for_each(|read| read.at += 2 * TICK);
        read
    }

    #[test]
    fn a_file_that_nobody_touched_is_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let first = FileDigests::default();
        let digest = first.of(&path);
        let mut read = aged(&first);
        read.get_mut(&path).unwrap().digest = "believed".into();
        assert_eq!(FileDigests::knowing(read.clone()).of(&path), "believed");
        std::fs::write(&path, "two").unwrap();
        let changed = FileDigests::knowing(read).of(&path);
        assert!(changed != "believed" && changed != digest);
    }

    #[test]
    fn a_file_that_was_just_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let first = FileDigests::default();
        let digest = first.of(&path);
        let mut read = first.all();
        read.get_mut(&path).unwrap().digest = "not believed".into();
        assert_eq!(FileDigests::knowing(read).of(&path), digest);
    }

    #[test]
    fn the_same_bytes_with_another_time_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let first = FileDigests::default();
        let digest = first.of(&path);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(FileDigests::knowing(aged(&first)).of(&path), digest);
    }

    #[test]
    fn what_programs_may_have_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let digests = FileDigests::default();
        let digest = digests.of(&path);
        std::fs::write(&path, "two").unwrap();
        assert_eq!(digests.of(&path), digest, "known in this build");
        digests.forget_what_may_have_changed();
        assert_ne!(digests.of(&path), digest);
    }
}
