//! Files and folders, read, written and removed; errors name them.

use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

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

/// Writes a small text file in the place of what was there. Another name of the same file, or what a
/// link leads to, stays as it is.
///
/// # Errors
/// The operating system refuses; the message names the file.
pub fn write_text(path: &Path, text: &str) -> Result<()> {
    let failed = |e| Error::io("write", path, &e);
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound && is_there(path) => Err(failed(e)),
        _ => std::fs::write(path, text).map_err(failed),
    }
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
        Err(e) if e.kind() != std::io::ErrorKind::NotFound && is_there(file) => {
            Err(Error::io("remove", file, &e))
        }
        _ => Ok(()),
    }
}

/// A disk that cannot be written refuses to remove what is not there too.
fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// What went wrong alone: the name of a temporary file says nothing to anybody.
pub(super) fn without_path(error: std::io::Error) -> std::io::Error {
    let text = error.to_string();
    match text.split_once(" at path \"") {
        Some((what, _)) => std::io::Error::new(error.kind(), what),
        None => error,
    }
}

/// A temporary folder that is removed when the value is dropped, on success and on failure alike.
///
/// # Errors
/// There is no usable temporary folder.
pub fn scratch_dir() -> Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix("officina-").tempdir();
    folder.map_err(|e| {
        Error::io("create a temporary folder in", &std::env::temp_dir(), &without_path(e))
            .hint("set TMPDIR to a folder that you can write to")
    })
}

/// The same where the folder for temporary files cannot be used: in one of the usual places then, or
/// here.
///
/// # Errors
/// None of them can be written.
pub fn scratch_dir_anywhere() -> Result<tempfile::TempDir> {
    let elsewhere = ["/tmp", "/var/tmp", "."].into_iter();
    let made = |folder: &str| tempfile::Builder::new().prefix("officina-").tempdir_in(folder).ok();
    scratch_dir().or_else(|error| {
        let made = elsewhere.map(made).find_map(|made| made);
        made.ok_or(error)
    })
}

/// Removes the files of a folder that nobody uses, and what folders are empty then. A folder that is
/// not there has none.
///
/// # Errors
/// The operating system refuses; the message names the file or folder.
pub fn remove_files(folder: &Path, is_used: &dyn Fn(&Path) -> bool) -> Result<()> {
    for (path, kind) in listed(folder)? {
        if kind.is_dir() {
            remove_files(&path, is_used)?;
            let _ = std::fs::remove_dir(&path); // refused where something is left in it
        } else if !is_used(&path) {
            std::fs::remove_file(&path).map_err(|e| Error::io("remove", &path, &e))?;
        }
    }
    Ok(())
}

/// What a folder holds, with the kind of each entry, links not followed. A folder that is not there,
/// or that is a link, has nothing.
pub(super) fn listed(folder: &Path) -> Result<Vec<(PathBuf, FileType)>> {
    if !std::fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir()) {
        return Ok(Vec::new());
    }
    let failed = |e: std::io::Error| Error::io("list the folder", folder, &e);
    let entry = |entry: std::io::Result<DirEntry>| {
        let entry = entry.map_err(failed)?;
        Ok((entry.path(), entry.file_type().map_err(failed)?))
    };
    std::fs::read_dir(folder).map_err(failed)?.map(entry).collect()
}

/// Removes a folder with all that is in it, if there is one. Links in it are removed, not followed.
///
/// # Errors
/// The operating system refuses; the message names the folder.
pub fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", folder, &e)),
        _ => Ok(()),
    }
}

/// The files in a folder and in those below it, sorted; none where it cannot be read. Links count as
/// what they lead to, but folders behind links are not looked into.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ if entry.path().is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// Removes the folder of a hook that is gone: the request and the answer, nothing else.
pub fn remove_control_folder(control: &Path) {
    for name in ["request.json", "response.json"] {
        let _ = std::fs::remove_file(control.join(name)); // there may be only one of them
    }
    let _ = std::fs::remove_dir(control); // nobody is left to tell
}

/// Renames a file; what had the new name is replaced.
///
/// # Errors
/// The operating system refuses; the message names the new file.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(|e| Error::io("write", to, &e))
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
