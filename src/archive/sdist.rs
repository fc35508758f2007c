//! Writes a source distribution (packaging.python.org, "Source distribution format"; PEP 625): a
//! gzipped tar archive in the pax format, the same to the byte wherever it is made.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder, write::GzEncoder};
use tar::{Builder, EntryType, Header};

use crate::error::{Error, Result};
use crate::fs;
use crate::model::{Content, Manifest, ManifestEntry};
use crate::process;

/// `foo-1.0`: the folder that all files of the sdist lie in, and the stem of its name.
pub fn folder_name(dist_name: &str, version: &str) -> String {
    format!("{}-{version}", dist_name.replace(['-', '.'], "_").to_lowercase())
}

/// Writes the sdist of `manifest` into `target_dir` and returns its path. `modified` is the time
/// of every entry, in seconds since 1970.
///
/// Files are read in pieces. A file that grows or shrinks while it is read fails the build: what
/// stands in the archive's headers must be what follows them.
///
/// # Errors
/// A file cannot be read or changes meanwhile, the folder cannot be written, the disk is full, or
/// the user interrupted. Nothing is left then.
pub fn write(
    target_dir: &Path,
    folder: &str,
    manifest: &Manifest,
    modified: u64,
) -> Result<PathBuf> {
    let target = target_dir.join(format!("{folder}.tar.gz"));
    fs::write_product(&target, |file| {
        // Neither a name nor a time in the header of gzip, and no trace of the system.
        let gzip = GzBuilder::new().mtime(0).operating_system(255).write(file, Compression::new(6));
        let mut archive =
            SdistWriter { tar: Builder::new(gzip), folder, modified, target: &target };
        for entry in &manifest.entries {
            archive.append(entry)?;
        }
        archive.finish()
    })?;
    Ok(target)
}

struct SdistWriter<'a, W: Write> {
    tar: Builder<GzEncoder<W>>,
    folder: &'a str,
    modified: u64,
    target: &'a Path,
}

impl<W: Write> SdistWriter<'_, W> {
    fn append(&mut self, entry: &ManifestEntry) -> Result<()> {
        if process::interrupted() {
            return Err(Error::interrupted());
        }
        match &entry.content {
            Content::Text(text) => {
                self.header(entry, text.len() as u64)?;
                self.body(&mut text.as_bytes(), text.len() as u64)?;
            }
            Content::File(path) => self.append_file(entry, path)?,
        }
        Ok(())
    }

    fn append_file(&mut self, entry: &ManifestEntry, path: &Path) -> Result<()> {
        let failed = |e: &io::Error| Error::io("read", path, e);
        let mut file = File::open(path).map_err(|e| failed(&e))?;
        let size = file.metadata().map_err(|e| failed(&e))?.len();
        self.header(entry, size)?;
        let mut source = InputFile { file: &mut file, failure: None };
        let copied = self.body(&mut (&mut source).take(size), size);
        if let Some(error) = &source.failure {
            return Err(failed(error));
        }
        let is_longer = file.read(&mut [0]).map_err(|e| failed(&e))? > 0;
        if copied? < size || is_longer {
            return Err(Error::new(format!("`{}` changed while it was packed", entry.path))
                .hint("let what writes it finish, and build again"));
        }
        Ok(())
    }

    /// The header; a path or a size that the old format has no room for goes into a pax record.
    fn header(&mut self, entry: &ManifestEntry, size: u64) -> Result<()> {
        let path = format!("{}/{}", self.folder, entry.path);
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(if entry.executable { 0o755 } else { 0o644 });
        header.set_mtime(self.modified);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(size);
        let mut records: Vec<(&str, Vec<u8>)> = Vec::new();
        if !path.is_ascii() || header.set_path(&path).is_err() {
            records.push(("path", path.clone().into_bytes()));
            let short: String = path.chars().filter(char::is_ascii).take(100).collect();
            header.set_path(short.trim_end_matches('/')).map_err(|e| self.failed(&e))?;
        }
        if size > LARGEST {
            records.push(("size", size.to_string().into_bytes()));
        }
        header.set_cksum();
        let records = records.iter().map(|(key, value)| (*key, value.as_slice()));
        self.tar.append_pax_extensions(records).map_err(|e| self.failed(&e))?;
        self.tar.get_mut().write_all(header.as_bytes()).map_err(|e| self.failed(&e))
    }

    /// The bytes of a file, filled up to a whole number of blocks. Returns how many there were.
    fn body(&mut self, source: &mut dyn Read, size: u64) -> Result<u64> {
        let copied = io::copy(source, self.tar.get_mut()).map_err(|e| self.failed(&e))?;
        let padding = (BLOCK - size % BLOCK) % BLOCK;
        let zeros = vec![0; usize::try_from(padding).unwrap_or_default()];
        self.tar.get_mut().write_all(&zeros).map_err(|e| self.failed(&e))?;
        Ok(copied)
    }

    fn finish(self) -> Result<()> {
        let target = self.target;
        let failed = |e: io::Error| Error::io("write", target, &e);
        self.tar.into_inner().and_then(GzEncoder::finish).map_err(failed)?;
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::io("write", self.target, error)
    }
}

/// The size of a block of tar.
const BLOCK: u64 = 512;

/// The largest size that eleven octal digits can say.
const LARGEST: u64 = 0o777_7777_7777;

/// A file that keeps its error, so that it is not taken for one of the archive.
struct InputFile<'a> {
    file: &'a mut File,
    failure: Option<io::Error>,
}

impl Read for InputFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).map_err(|error| {
            let kind = error.kind();
            self.failure = Some(error);
            kind.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_pep_625() {
        assert_eq!(folder_name("My.Cool-dist", "1.0"), "my_cool_dist-1.0");
    }

    fn entry(path: &str, file: &str) -> ManifestEntry {
        let content = Content::File(file.into());
        ManifestEntry { path: path.into(), content, executable: false }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_is_not_what_it_said_is_refused() {
        let table = [
            // The kernel makes these while they are read: it says that the size of the first is
            // nothing, and that of the second a page.
            ("/proc/self/status", "`file` changed while it was packed"),
            ("/sys/devices/system/cpu/online", "`file` changed while it was packed"),
            ("/no/such/file", "cannot read `/no/such/file`: there is no such file"),
        ];
        for (path, expected) in table {
            if path.starts_with("/sys/") && !std::path::Path::new("/sys/devices").exists() {
                println!("not tried, there is no /sys here: {path}");
                continue;
            }
            let folder = tempfile::tempdir().unwrap();
            let before = entry("a", "/bin/sh");
            let manifest = Manifest { entries: vec![before, entry("file", path)] };
            let error = write(folder.path(), "a-1", &manifest, 0).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something is left");
        }
    }

    #[test]
    fn sizes_and_names_beyond_the_old_format_come_back() {
        let long = format!("{}/{}", "d".repeat(200), "\u{e9}".repeat(120));
        // On Windows no name has this letter.
        let slash = if cfg!(windows) { "back/slash" } else { "back\\slash" };
        let names = ["a", "new\nline", slash, &"x".repeat(150), &long];
        for (name, size) in names.into_iter().zip([0, 5, LARGEST, LARGEST + 1, 9 << 30]) {
            let mut file = tempfile::tempfile().unwrap();
            let gzip = GzBuilder::new().write(&mut file, Compression::fast());
            let target = Path::new("a-1.tar.gz");
            let tar = Builder::new(gzip);
            let mut archive = SdistWriter { tar, folder: "a-1", modified: 0, target };
            archive.header(&entry(name, "/x"), size).unwrap();
            archive.finish().unwrap();
            std::io::Seek::rewind(&mut file).unwrap();
            let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
            let found = archive.entries().unwrap().next().unwrap().unwrap();
            let path = String::from_utf8(found.path_bytes().into_owned()).unwrap();
            assert_eq!((path, found.size()), (format!("a-1/{name}"), size));
        }
    }
}
