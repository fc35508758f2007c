//! What the file system says of a file without its bytes being read.

use std::fs::Metadata;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Size, times and inode of a file. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStat {
    /// How many bytes it has.
    pub size: u64,
    /// When the bytes were written (`mtime`).
    pub modified: i128,
    /// When the inode changed (`ctime`), which no program can set; 0 where the system does not tell.
    pub changed: i128,
    /// Which inode; 0 where the system does not tell.
    pub inode: u64,
}

impl FileStat {
    /// That of a path; links are followed. `None` if it leads to nothing.
    pub fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| stat(&metadata))
    }

    /// When the bytes were written or the inode changed, whichever came last.
    pub fn touched(self) -> i128 {
        self.modified.max(self.changed)
    }
}

/// The time, in nanoseconds since 1970.
pub fn now() -> i128 {
    nanoseconds(SystemTime::now())
}

fn nanoseconds(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
    }
}

/// That of metadata that somebody asked for already.
#[cfg(unix)]
pub fn stat(metadata: &Metadata) -> FileStat {
    use std::os::unix::fs::MetadataExt;
    let time = |seconds: i64, nanoseconds: i64| {
        i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
    };
    FileStat {
        size: metadata.len(),
        modified: time(metadata.mtime(), metadata.mtime_nsec()),
        changed: time(metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
    }
}

/// That of metadata that somebody asked for already.
#[cfg(not(unix))]
pub fn stat(metadata: &Metadata) -> FileStat {
    let modified = metadata.modified().map(nanoseconds).unwrap_or_default();
    FileStat { size: metadata.len(), modified, changed: 0, inode: 0 }
}
