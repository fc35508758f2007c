//! Products, which appear whole or not at all.

use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::fs::files::create_dir;

/// A product that is being written beside its target, which it becomes when it is complete, so that no
/// failure leaves half a file. Dropped before, it is gone.
pub struct Part(BufWriter<NamedTempFile>);

impl Part {
    /// Begins a product that will lie in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// The folder is not writable.
    pub fn begin(folder: &Path) -> Result<Self> {
        create_dir(folder)?;
        let file =
            tempfile::Builder::new().prefix(".officina-").suffix(".part").tempfile_in(folder);
        let file = file.map_err(|e| Error::io("write into", folder, &e))?;
        Ok(Part(BufWriter::with_capacity(1 << 16, file)))
    }

    /// The product is complete: it becomes `target`, in the folder where it was begun.
    ///
    /// # Errors
    /// The disk is full.
    pub fn become_file(self, target: &Path) -> Result<()> {
        let file = self.whole(target)?;
        share(file.as_file()).map_err(|e| Error::io("write", target, &e))?;
        named(file, target)
    }

    fn whole(self, target: &Path) -> Result<NamedTempFile> {
        self.0.into_inner().map_err(|e| Error::io("write", target, e.error()))
    }
}

/// Makes the folder of a product if it is not there, and sees that it can be written, so that nobody waits
/// for a build whose product has no place.
///
/// # Errors
/// The folder is not writable.
pub fn check_writable(folder: &Path) -> Result<()> {
    Part::begin(folder).map(drop)
}

fn named(file: NamedTempFile, target: &Path) -> Result<()> {
    file.persist(target).map(drop).map_err(|e| Error::io("write", target, &e.error))
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Seek for Part {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(position)
    }
}

/// Writes a product in one go; see [`Part`].
///
/// # Errors
/// The folder is not writable, the disk is full, or `write` itself fails; nothing is left then.
pub fn write_product(target: &Path, write: impl FnOnce(&mut Part) -> Result<()>) -> Result<()> {
    let mut part = Part::begin(target.parent().unwrap_or(Path::new(".")))?;
    write(&mut part)?;
    part.become_file(target)
}

/// The same for a file that only its owner can read.
///
/// # Errors
/// Those of [`write_product`].
pub fn write_private(target: &Path, write: impl FnOnce(&mut Part) -> Result<()>) -> Result<()> {
    let mut part = Part::begin(target.parent().unwrap_or(Path::new(".")))?;
    write(&mut part)?;
    named(part.whole(target)?, target)
}

/// Puts other bytes into a file at once, with the permissions that it has: written as `part` first,
/// which then takes its place.
///
/// # Errors
/// The operating system refuses; the message names the file.
pub fn replace(target: &Path, part: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e: std::io::Error| Error::io("replace", target, &e);
    // Not written into: an installer may have linked it to a file of its cache.
    match std::fs::remove_file(part) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
        _ => std::fs::write(part, bytes).map_err(failed)?,
    }
    if let Ok(found) = std::fs::metadata(target) {
        std::fs::set_permissions(part, found.permissions()).map_err(failed)?;
    }
    std::fs::rename(part, target).map_err(failed)
}

/// Lets everybody run a program, where systems ask for that.
///
/// # Errors
/// The operating system refuses; the message names the file.
pub fn make_executable(file: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(file, mode).map_err(|e| Error::io("write", file, &e))?;
    }
    let _ = file; // elsewhere nothing is asked for
    Ok(())
}

/// A temporary folder inside `folder`, for products that are renamed into it when all are complete.
///
/// # Errors
/// The folder is not writable.
pub fn folder_beside(folder: &Path) -> Result<tempfile::TempDir> {
    let made = tempfile::Builder::new().prefix(".officina-").tempdir_in(folder);
    made.map_err(|e| Error::io("write into", folder, &e))
}

/// Writes a folder of files beside its target and renames it when it is complete. A folder that
/// was there before is replaced.
///
/// # Errors
/// The parent is not writable, the disk is full, or `write` itself fails; nothing is left then.
pub fn write_folder(target: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let parent = target.parent().unwrap_or(Path::new("."));
    create_dir(parent)?;
    let part = folder_beside(parent)?;
    let whole = part.path().join("whole"); // the temporary folder itself is private to its owner
    create_dir(&whole)?;
    write(&whole)?;
    if target.exists() {
        std::fs::remove_dir_all(target).map_err(|e| Error::io("replace", target, &e))?;
    }
    std::fs::rename(&whole, target).map_err(|e| Error::io("write", target, &e))
}

/// Temporary files are private to their owner; products are readable as any other file is,
/// whatever the umask of the moment says.
#[cfg(unix)]
fn share(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_file: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
