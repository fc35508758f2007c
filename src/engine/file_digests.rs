//! The contents of files as digests, each file read at most once in a build, and not at all while
//! its inode says that nobody touched it.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

/// What a path leads to: the digest of a file's bytes or of a folder's names, or one of the words
/// `missing` and `unreadable`.
pub type Digest = String;

/// A path of the state with its content at some time. Steps read the same headers by the hundred, and
/// share what is known of each.
pub type Known = Arc<(PathBuf, Digest)>;

/// As the last part of a path: the names of the headers in its folder. Another one there may be found
/// before the one that was read.
pub const HEADERS: &str = "*.h";

/// Suffixes of headers; those of C++'s own library have none.
const HEADER_SUFFIXES: [&str; 9] = ["", "h", "hh", "hpp", "hxx", "h++", "inc", "inl", "ipp"];

/// What an inode said when its file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// When the bytes were written, in nanoseconds since 1970.
    pub modified: i128,
    /// When the inode changed, which no program can set; 0 where the system does not tell.
    pub changed: i128,
    /// Which inode; 0 where the system does not tell.
    pub inode: u64,
}

/// A file that was read, and when that was, in nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What the inode said.
    pub stamp: Stamp,
    /// When the file was read.
    pub at: i128,
    /// The digest of its bytes.
    pub digest: Digest,
}

impl Stamp {
    /// When the bytes were written or the inode changed, whichever came last.
    fn touched(self) -> i128 {
        self.modified.max(self.changed)
    }
}

impl Seen {
    /// Whether the inode would tell of a later write.
    fn is_settled(&self) -> bool {
        self.stamp.touched() + TICK < self.at
    }
}

/// A file that was written this close to being read may be written again within the same tick of the
/// file system's clock; the coarsest (FAT's) ticks every two seconds.
const TICK: i128 = 2_000_000_000;

/// The contents of files, as far as somebody asked for them.
#[derive(Debug, Default)]
pub struct Contents {
    before: HashMap<PathBuf, Seen>,
    now: Mutex<HashMap<PathBuf, (Digest, Option<Seen>)>>,
}

impl Contents {
    /// Contents of which earlier builds knew these.
    pub fn knowing(before: HashMap<PathBuf, Seen>) -> Self {
        Contents { before, now: Mutex::default() }
    }

    /// The digest of a file or of a folder's names.
    pub fn of(&self, path: &Path) -> Digest {
        if let Some((digest, _)) = self.lock().get(path) {
            return digest.clone();
        }
        let found = self.look(path);
        self.lock().entry(path.to_owned()).or_insert(found).0.clone()
    }

    /// A step has written this file: what was known of it is not true any more.
    pub fn forget(&self, path: &Path) {
        self.lock().remove(path);
    }

    /// Somebody may have written files since they were looked at: what does not say that nobody touched
    /// it is looked at again.
    pub fn doubt(&self) {
        self.lock().retain(|path, (_, seen)| {
            seen.as_ref().is_some_and(|seen| seen.is_settled() && look(path) == Some(seen.stamp))
        });
    }

    /// The same for one path, on behalf of a step that read it just now.
    pub fn doubt_one(&self, path: &Path) {
        let mut now = self.lock();
        let is_same = now.get(path).is_some_and(|(_, seen)| {
            seen.as_ref().is_some_and(|seen| look(path) == Some(seen.stamp))
        });
        if !is_same {
            now.remove(path);
        }
    }

    /// Every file that was read in this build or is still known to be what it was.
    pub fn seen(&self) -> HashMap<PathBuf, Seen> {
        let now = self.lock();
        now.iter().filter_map(|(path, (_, seen))| Some((path.clone(), seen.clone()?))).collect()
    }

    /// Whether this build found every file as an earlier one left it, and no other file.
    pub fn are_as_before(&self) -> bool {
        let now = self.lock();
        let files = || now.iter().filter_map(|(path, (_, seen))| Some((path, seen.as_ref()?)));
        files().count() == self.before.len()
            && files().all(|(path, seen)| self.before.get(path) == Some(seen))
    }

    /// When a file was last written or its inode changed, as far as that is known: in nanoseconds
    /// since 1970.
    pub fn touched(&self, path: &Path) -> Option<i128> {
        let now = self.lock();
        let (_, seen) = now.get(path)?;
        seen.as_ref().map(|seen| seen.stamp.touched())
    }

    fn look(&self, path: &Path) -> (Digest, Option<Seen>) {
        if let Some(folder) = path.parent().filter(|_| path.ends_with(HEADERS)) {
            return (names(folder, Names::OfHeaders).unwrap_or_else(|_| "missing".into()), None);
        }
        let Ok(metadata) = std::fs::metadata(path) else { return ("missing".into(), None) };
        if metadata.is_dir() {
            return (names(path, Names::All).unwrap_or_else(|_| "unreadable".into()), None);
        }
        let stamp = stamp(&metadata);
        if let Some(seen) = self.before.get(path)
            && seen.stamp == stamp
            && seen.is_settled()
        {
            return (seen.digest.clone(), Some(seen.clone()));
        }
        let at = now();
        match read(path, stamp.size) {
            Ok(digest) => (digest.clone(), Some(Seen { stamp, at, digest })),
            Err(_) => ("unreadable".into(), None),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, (Digest, Option<Seen>)>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path, size: u64) -> std::io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    // One byte more than there should be, so that a small file's end shows at the second read. Some files
    // say that they have none.
    let size = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let mut buffer = vec![0; size.clamp(1 << 12, 1 << 16)];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(super::hex(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// Which names of a folder count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// All, but for bytecode, which comes and goes with every run of Python and says nothing new.
    All,
    /// Those of headers.
    OfHeaders,
}

fn names(folder: &Path, which: Names) -> std::io::Result<Digest> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        let suffix = name.extension().map(|suffix| suffix.to_string_lossy().into_owned());
        let is_header = HEADER_SUFFIXES.contains(&suffix.unwrap_or_default().as_str());
        if which == Names::OfHeaders && !is_header {
            continue;
        }
        let kind = if entry.file_type()?.is_dir() { b'd' } else { b'f' };
        let name = entry.file_name().into_encoded_bytes();
        if name != b"__pycache__" {
            names.push([&[kind], name.as_slice()].concat());
        }
    }
    names.sort();
    Ok(super::key(names.iter().map(Vec::as_slice)))
}

/// The time, in nanoseconds since 1970.
pub fn now() -> i128 {
    nanoseconds(SystemTime::now())
}

/// How far the clock that a file system stamps with may lie behind ours: Linux' ticks a hundred times
/// in a second at the least.
const GRAIN: i128 = 10_000_000;

/// What the inode of a file says, or that of the folder where [`HEADERS`] of it are meant.
pub fn look(path: &Path) -> Option<Stamp> {
    let folder = path.parent().filter(|_| path.ends_with(HEADERS));
    std::fs::metadata(folder.unwrap_or(path)).ok().map(|metadata| stamp(&metadata))
}

/// Whether a folder, or a link to one, may have got its name since a time that [`now`] told. One in which
/// files come and go keeps it.
pub fn moved_since(folder: &Path, time: i128) -> bool {
    std::fs::symlink_metadata(folder).is_ok_and(|metadata| {
        let stamp = stamp(&metadata);
        stamp.changed + GRAIN >= time && !(metadata.is_dir() && stamp.changed == stamp.modified)
    })
}

/// Whether a file, or a folder's list of names, may have changed since a time that [`now`] told, by what
/// a [`look`] at it says; it was there then, or else it is [`HEADERS`] of a folder that may not have been.
pub fn touched_since(path: &Path, today: Option<Stamp>, time: i128) -> bool {
    match today {
        Some(stamp) => stamp.touched() + GRAIN >= time,
        None => !path.ends_with(HEADERS),
    }
}

fn nanoseconds(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
    }
}

#[cfg(unix)]
fn stamp(metadata: &Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    let time = |seconds: i64, nanoseconds: i64| {
        i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
    };
    Stamp {
        size: metadata.len(),
        modified: time(metadata.mtime(), metadata.mtime_nsec()),
        changed: time(metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
    }
}

#[cfg(not(unix))]
fn stamp(metadata: &Metadata) -> Stamp {
    let modified = metadata.modified().map(nanoseconds).unwrap_or_default();
    Stamp { size: metadata.len(), modified, changed: 0, inode: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aged(contents: &Contents) -> HashMap<PathBuf, Seen> {
        let mut seen = contents.seen();
        seen.values_mut().for_each(|seen| seen.at += 2 * TICK);
        seen
    }

    #[test]
    fn a_file_that_nobody_touched_is_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let first = Contents::default();
        let digest = first.of(&path);
        let mut seen = aged(&first);
        seen.get_mut(&path).unwrap().digest = "believed".into();
        assert_eq!(Contents::knowing(seen.clone()).of(&path), "believed");
        std::fs::write(&path, "two").unwrap();
        let changed = Contents::knowing(seen).of(&path);
        assert!(changed != "believed" && changed != digest);
    }

    #[test]
    fn a_file_that_was_just_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let first = Contents::default();
        let digest = first.of(&path);
        let mut seen = first.seen();
        seen.get_mut(&path).unwrap().digest = "not believed".into();
        assert_eq!(Contents::knowing(seen).of(&path), digest);
    }

    #[test]
    fn the_same_bytes_with_another_time_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let first = Contents::default();
        let digest = first.of(&path);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(Contents::knowing(aged(&first)).of(&path), digest);
    }

    #[test]
    fn what_was_touched_since_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (file, headers) = (folder.path().join("a.h"), folder.path().join(HEADERS));
        let before = now();
        std::fs::write(&file, "x").unwrap();
        let later = now() + 60 * TICK;
        let touched_since = |path: &Path, time| super::touched_since(path, look(path), time);
        assert!(touched_since(&file, before) && touched_since(&headers, before));
        assert!(!touched_since(&file, later) && !touched_since(&headers, later));
        assert!(touched_since(&folder.path().join("gone.h"), later));
        assert!(!touched_since(&folder.path().join("nowhere").join(HEADERS), before));
    }

    #[test]
    fn a_folder_is_its_names() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "").unwrap();
        let digest = Contents::default().of(folder.path());
        std::fs::write(folder.path().join("a"), "other").unwrap();
        std::fs::create_dir(folder.path().join("__pycache__")).unwrap();
        assert_eq!(Contents::default().of(folder.path()), digest);
        std::fs::write(folder.path().join("b"), "").unwrap();
        assert_ne!(Contents::default().of(folder.path()), digest);
        assert_eq!(Contents::default().of(&folder.path().join("c")), "missing");
    }
}
