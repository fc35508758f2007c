//! The only door to the disk: reads and writes whose errors name the file, and products that
//! appear whole or not at all.

use std::fs::{File, TryLockError};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::model::SourceText;

/// Reads a UTF-8 text file of the project; `name` is how messages call it.
///
/// # Errors
/// The file cannot be read, or is not UTF-8 (with the line of the first bad byte).
pub fn read_source(path: &Path, name: &str) -> Result<SourceText> {
    let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, &e))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Error::new(format!("`{name}` is not valid UTF-8 (line {line})"))
            .hint("save the file as UTF-8 and build again")
    })?;
    Ok(SourceText { name: name.to_owned(), text })
}

/// Reads a file.
///
/// # Errors
/// The operating system refuses; the message names the file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Error::io("read", path, &e))
}

/// Writes a small text file, replacing what was there.
///
/// # Errors
/// The operating system refuses; the message names the file.
pub fn write_text(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|e| Error::io("write", path, &e))
}

/// Creates a folder and its parents.
///
/// # Errors
/// The operating system refuses; the message names the folder.
pub fn create_dir(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|e| Error::io("create the folder", path, &e))
}

/// Creates the folder that a file lies in.
///
/// # Errors
/// The operating system refuses; the message names the folder.
pub fn create_parent(file: &Path) -> Result<()> {
    file.parent().map_or(Ok(()), create_dir)
}

/// Removes a file, if there is one.
///
/// # Errors
/// The operating system refuses; the message names the file.
pub fn remove_if_there(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", file, &e)),
        _ => Ok(()),
    }
}

/// A temporary folder that is removed when the value is dropped, on success and on failure alike.
///
/// # Errors
/// There is no usable temporary folder.
pub fn scratch_dir() -> Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix("officina-").tempdir();
    folder.map_err(|e| {
        Error::io("create a temporary folder in", &std::env::temp_dir(), &e)
            .hint("set TMPDIR to a folder that you can write to")
    })
}

/// How a cache says that it is one (<https://bford.info/cachedir/>).
const CACHE: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
     # What is in this folder was made by a build, and can be made again.\n";

/// Makes a folder that backups, git and our own walks leave alone: for what a build keeps.
///
/// # Errors
/// It cannot be made, or holds files of somebody else: a build removes what it finds there.
pub fn mark_as_cache(folder: &Path) -> Result<()> {
    create_dir(folder)?;
    let tag = folder.join("CACHEDIR.TAG");
    if tag.is_file() {
        return Ok(());
    }
    let mut entries =
        std::fs::read_dir(folder).map_err(|e| Error::io("list the folder", folder, &e))?;
    if entries.next().is_some() {
        return Err(Error::new(format!("`{}` holds other files", folder.display()))
            .note("everything in the folder of a build belongs to the build")
            .hint("name a folder that is not there yet, or one that is empty"));
    }
    write_text(&tag, CACHE)?;
    write_text(&folder.join(".gitignore"), "*\n")
}

/// Removes a folder that [`mark_as_cache`] made, with all that builds left in it.
///
/// # Errors
/// It is somebody else's, a build works in it, or the operating system refuses.
pub fn remove_cache(folder: &Path) -> Result<()> {
    let shown = folder.display();
    let tag = std::fs::read_to_string(folder.join("CACHEDIR.TAG")).unwrap_or_default();
    if tag != CACHE {
        return Err(Error::new(format!("`{shown}` was not made by a build"))
            .hint("remove it yourself if nobody needs it"));
    }
    let entries =
        std::fs::read_dir(folder).map_err(|e| Error::io("list the folder", folder, &e))?;
    let mut held = Vec::new(); // until all is gone
    for entry in entries {
        let path = entry.map_err(|e| Error::io("list the folder", folder, &e))?.path();
        if path.extension().is_some_and(|suffix| suffix == "lock") {
            let file = lock_file(&path)?;
            if !try_lock(&file, &path)? {
                return Err(Error::new(format!("a build works in `{shown}`"))
                    .hint("let it finish, or end it"));
            }
            held.push(file);
        }
    }
    std::fs::remove_dir_all(folder).map_err(|e| Error::io("remove", folder, &e))
}

/// Opens a file for locking; made if it is not there.
///
/// # Errors
/// The operating system refuses; the message names the file.
pub fn lock_file(path: &Path) -> Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path);
    file.map_err(|e| Error::io("write", path, &e))
}

/// Tries to be the one that holds the lock of `what`, until the file is closed.
///
/// # Errors
/// There are no locks on that disk.
pub fn try_lock(file: &File, what: &Path) -> Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(e)) => {
            Err(Error::io("lock", what, &e).hint("name a folder on a disk of this machine"))
        }
    }
}

/// Removes the files of a folder that nobody uses, and what folders are empty then. A folder that is
/// not there has none.
///
/// # Errors
/// The operating system refuses; the message names the file or folder.
pub fn remove_files(folder: &Path, is_used: &dyn Fn(&Path) -> bool) -> Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|e| Error::io("list the folder", folder, &e))?,
    };
    for entry in entries {
        let entry = entry.map_err(|e| Error::io("list the folder", folder, &e))?;
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_files(&path, is_used)?;
            let _ = std::fs::remove_dir(&path); // refused where something is left in it
        } else if !is_used(&path) {
            std::fs::remove_file(&path).map_err(|e| Error::io("remove", &path, &e))?;
        }
    }
    Ok(())
}

/// Makes a folder with nothing in it, whatever was there before.
///
/// # Errors
/// The operating system refuses; the message names the folder.
pub fn empty_dir(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("empty the folder", folder, &e))
        }
        _ => create_dir(folder),
    }
}

/// Removes the folder of a hook that is gone: the request and the answer, nothing else.
pub fn remove_control_folder(control: &Path) {
    for name in ["request.json", "response.json"] {
        let _ = std::fs::remove_file(control.join(name)); // there may be only one of them
    }
    let _ = std::fs::remove_dir(control); // nobody is left to tell
}

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
        let failed = |e: &std::io::Error| Error::io("write", target, e);
        let file = self.0.into_inner().map_err(|e| failed(e.error()))?;
        share(file.as_file()).map_err(|e| failed(&e))?;
        file.persist(target).map_err(|e| failed(&e.error))?;
        Ok(())
    }
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

/// A temporary folder inside `folder`, for products that are renamed into it when all are complete.
///
/// # Errors
/// The folder is not writable.
pub fn folder_beside(folder: &Path) -> Result<tempfile::TempDir> {
    let made = tempfile::Builder::new().prefix(".officina-").tempdir_in(folder);
    made.map_err(|e| Error::io("write into", folder, &e))
}

/// Renames a file; what had the new name is replaced.
///
/// # Errors
/// The operating system refuses; the message names the new file.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(|e| Error::io("write", to, &e))
}

/// Writes a folder of files beside its target and renames it when it is complete. A folder that
/// was there before is replaced.
///
/// # Errors
/// The parent is not writable, the disk is full, or `write` itself fails; nothing is left then.
pub fn write_folder(target: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let parent = target.parent().unwrap_or(Path::new("."));
    create_dir(parent)?;
    let part = tempfile::Builder::new()
        .prefix(".officina-")
        .tempdir_in(parent)
        .map_err(|e| Error::io("write into", parent, &e))?;
    let whole = part.path().join("whole"); // the temporary folder itself is private to its owner
    create_dir(&whole)?;
    write(&whole)?;
    if target.exists() {
        std::fs::remove_dir_all(target).map_err(|e| Error::io("replace", target, &e))?;
    }
    std::fs::rename(&whole, target).map_err(|e| Error::io("write", target, &e))
}

/// Copies a file's bytes, creating the folders that lead to the copy.
///
/// # Errors
/// The file cannot be read or the copy cannot be written; the message names the one to blame.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    create_dir(to.parent().unwrap_or(Path::new(".")))?;
    let bytes = std::fs::read(from).map_err(|e| Error::io("read", from, &e))?;
    std::fs::write(to, bytes).map_err(|e| Error::io("write", to, &e))
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
