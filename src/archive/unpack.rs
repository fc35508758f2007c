//! Reads products back: what users will get.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tar::Archive;
use zip::ZipArchive;

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

/// What a wheel holds: path -> size and check sum. `RECORD` has the hashes of all files, so that two
/// wheels with equal contents are equal indeed.
///
/// # Errors
/// The wheel cannot be read.
pub fn contents(wheel: &Path) -> Result<BTreeMap<String, (u64, u32)>> {
    let failed =
        |e: &dyn std::fmt::Display| Error::new(format!("cannot read `{}`: {e}", wheel.display()));
    let file = File::open(wheel).map_err(|e| failed(&e))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| failed(&e))?;
    let mut contents = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|e| failed(&e))?;
        let name = entry.name().map_err(|e| failed(&e))?.into_owned();
        contents.insert(name, (entry.size(), entry.crc32()));
    }
    Ok(contents)
}
