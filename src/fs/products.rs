//! Products, which appear whole or not at all.

use std::io::{BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::fs::files::{create_dir, without_path};

/// How the names of what is being made begin.
pub(super) const BEGIN: &str = ".officina-";

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
        let file = tempfile::Builder::new().prefix(BEGIN).suffix(".part").tempfile_in(folder);
        let file = file.map_err(|e| Error::io("write into", folder, &without_path(e)))?;
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
        self.0.into_inner().map_err(|e| Error::io("write", target, &without_path(e.into_error())))
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
        self.0.write(bytes).map_err(without_path)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush().map_err(without_path)
    }
}

impl Seek for Part {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(position).map_err(without_path)
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
/// which then takes its place. `part` has no extension.
///
/// Windows replaces no module that some process has loaded, but lets it have another name: it is set
/// aside beside `part`, until a later call finds nobody who uses it.
///
/// # Errors
/// The operating system refuses; the message names the file.
pub fn replace(target: &Path, part: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e: std::io::Error| Error::io("replace", target, &e);
    forget_set_aside(part);
    // Not written into: an installer may have linked it to a file of its cache.
    match std::fs::remove_file(part) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(e)),
        _ => std::fs::write(part, bytes).map_err(failed)?,
    }
    if let Ok(found) = std::fs::metadata(target) {
        std::fs::set_permissions(part, found.permissions()).map_err(failed)?;
    }
    let mut tries = if cfg!(windows) { 20 } else { 1 };
    loop {
        tries -= 1;
        let Err(e) = std::fs::rename(part, target) else { return Ok(()) };
        if exchanged(part, target).is_ok() {
            return Ok(());
        }
        if tries == 0 {
            return Err(failed(e));
        }
        // Windows lets nobody rename what another process just reads: for moments only.
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Sets the target aside, and gives `part` its name.
fn exchanged(part: &Path, target: &Path) -> std::io::Result<()> {
    let names = (1_u32..).map(|number| part.with_extension(number.to_string()));
    let is_free = |path: &PathBuf| std::fs::symlink_metadata(path).is_err();
    let aside = names.take(MOST_SET_ASIDE).find(is_free).ok_or(ErrorKind::AlreadyExists)?;
    std::fs::rename(target, &aside)?;
    std::fs::rename(part, target).inspect_err(|_| {
        let _ = std::fs::rename(&aside, target); // the error at hand says more
    })
}

/// More than any process loads of what one folder holds.
const MOST_SET_ASIDE: usize = 1000;

/// Removes what earlier calls set aside and nobody uses any more.
fn forget_set_aside(part: &Path) {
    let folder = part.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let is_set_aside = |path: &PathBuf| {
        let number = path.extension().and_then(|number| number.to_str());
        path.file_stem() == part.file_name() && number.is_some_and(|it| it.parse::<u32>().is_ok())
    };
    let paths = folder.into_iter().flatten().flatten().map(|entry| entry.path());
    for path in paths.filter(is_set_aside) {
        let _ = std::fs::remove_file(path); // refused while somebody uses it
    }
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

/// A temporary folder inside `folder`, for what is renamed into it when it is complete.
///
/// # Errors
/// The folder is not writable.
pub(super) fn folder_beside(folder: &Path) -> Result<tempfile::TempDir> {
    let made = tempfile::Builder::new().prefix(BEGIN).tempdir_in(folder);
    made.map_err(|e| Error::io("write into", folder, &without_path(e)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_replaced_is_set_aside_until_nobody_uses_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (target, part) = (path("module"), path("part"));
        let put = |text: &str| replace(&target, &part, text.as_bytes());
        let now = || std::fs::read_to_string(&target).unwrap();
        let names = || {
            let entries = std::fs::read_dir(folder.path()).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            names.collect::<std::collections::BTreeSet<_>>()
        };
        put("first").unwrap();
        put("second").unwrap();
        assert_eq!(now(), "second");
        // No system replaces a folder by a file, as Windows does not replace a module that is loaded.
        for number in 1..=2 {
            std::fs::remove_file(&target).unwrap();
            std::fs::create_dir(&target).unwrap();
            put("third").unwrap();
            assert_eq!(now(), "third");
            assert!(path(&format!("part.{number}")).is_dir());
        }
        // It is in use no more: another file with such a name goes, and what is not ours stays.
        std::fs::remove_dir(path("part.1")).unwrap();
        std::fs::write(path("part.1"), "").unwrap();
        std::fs::write(path("part.txt"), "").unwrap();
        put("fourth").unwrap();
        assert_eq!(now(), "fourth");
        assert_eq!(names(), ["module", "part.2", "part.txt"].map(str::to_owned).into());
    }

    #[test]
    fn a_target_that_has_no_place_is_an_error_and_nothing_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("none/module");
        let error = replace(&target, &folder.path().join("part"), b"x").unwrap_err();
        assert!(error.to_string().starts_with("cannot replace `"), "{error}");
        assert!(!folder.path().join("part.1").exists());
    }

    #[test]
    #[cfg(unix)]
    fn nobody_reads_the_name_of_a_part() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        for error in [Part::begin(&file).err(), folder_beside(&file).err()] {
            let text = error.unwrap().to_string();
            assert!(!text.contains(".officina-"), "{text}");
        }
    }
}
