//! Reads the files of an archive, a wheel or an sdist, one by one.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use tar::Archive;
use zip::ZipArchive;

use crate::error::{Error, Result};

/// A file of an archive.
#[derive(Debug)]
pub struct PackedFile {
    /// Its path, with `/`; in an sdist without the top folder.
    pub path: String,
    /// Whether it may be run as a program.
    pub executable: bool,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Hands over each file of an archive: a wheel, or an sdist that is a `.tar.gz` or a `.zip`. Links in
/// an sdist are files with their target as content.
///
/// # Errors
/// The archive cannot be read, or its name has another ending.
pub fn each_file(archive: &Path, each: &mut dyn FnMut(PackedFile)) -> Result<()> {
    let name = archive.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let failed =
        |e: &dyn std::fmt::Display| Error::new(format!("cannot read `{}`: {e}", archive.display()));
    let file = File::open(archive).map_err(|e| Error::io("read", archive, &e))?;
    let file = BufReader::new(file);
    if name.ends_with(".whl") {
        of_zip(file, each).map_err(|e| failed(&e))
    } else if name.ends_with(".zip") {
        let below = &mut |file| below_top(file, each);
        of_zip(file, below).map_err(|e| failed(&e))
    } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        let below = &mut |file| below_top(file, each);
        of_tar(GzDecoder::new(file), below).map_err(|e| failed(&e))
    } else {
        Err(Error::new(format!("`{}` is no wheel and no sdist", archive.display()))
            .hint("name a `.whl`, a `.tar.gz` or a `.zip`"))
    }
}

fn below_top(mut file: PackedFile, each: &mut dyn FnMut(PackedFile)) {
    if let Some((_, below)) = file.path.split_once('/') {
        file.path = below.to_owned();
        each(file);
    }
}

fn of_zip(file: BufReader<File>, each: &mut dyn FnMut(PackedFile)) -> zip::result::ZipResult<()> {
    let mut archive = ZipArchive::new(file)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let path = entry.name()?.into_owned();
        if entry.is_dir() {
            continue;
        }
        let executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        each(PackedFile { path, executable, bytes });
    }
    Ok(())
}

fn of_tar(file: impl Read, each: &mut dyn FnMut(PackedFile)) -> std::io::Result<()> {
    for entry in Archive::new(file).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().replace('\\', "/");
        let path = path.trim_start_matches("./").to_owned();
        let kind = entry.header().entry_type();
        let executable = entry.header().mode()? & 0o111 != 0;
        let mut bytes = Vec::new();
        match entry.link_name()? {
            Some(target) => bytes.extend(target.to_string_lossy().bytes()),
            None if kind.is_file() => drop(entry.read_to_end(&mut bytes)?),
            None => continue,
        }
        each(PackedFile { path, executable, bytes });
    }
    Ok(())
}
