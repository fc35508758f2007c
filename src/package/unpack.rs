//! Unpacks an sdist, to build from what users will get.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tar::Archive;

use crate::error::{Error, Result};

/// Unpacks an sdist into a folder and returns the source tree in it: the archive's one top folder
/// (packaging.python.org, "Source distribution format").
///
/// # Errors
/// The archive cannot be read, or the folder cannot be written.
pub fn sdist(archive: &Path, into: &Path) -> Result<PathBuf> {
    let failed = |e: &std::io::Error| Error::io("unpack", archive, e);
    let file = File::open(archive).map_err(|e| failed(&e))?;
    let mut entries = Archive::new(GzDecoder::new(BufReader::new(file)));
    entries.set_preserve_mtime(true);
    entries.unpack(into).map_err(|e| failed(&e))?;
    let mut folders = std::fs::read_dir(into).map_err(|e| failed(&e))?;
    let folder = folders.next().transpose().map_err(|e| failed(&e))?;
    folder
        .map(|folder| folder.path())
        .ok_or_else(|| Error::new(format!("`{}` is empty", archive.display())))
}
