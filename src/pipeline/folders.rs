//! The folders of a build: the one that it works in, and those that it was told to look in.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::console;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{BuildOptions, Project, Said};
use crate::process;

/// Where generated C, objects and modules are made.
pub(super) struct Workshop {
    /// The folder. Absolute, and empty at first.
    pub path: PathBuf,
    /// Goes with the build.
    _held: Held,
}

/// What is held for as long as the build runs. Invariant: never read; it counts when it is dropped.
enum Held {
    Scratch { _folder: tempfile::TempDir },
    Locked { _file: File },
}

/// Opens the workshop: a folder `name` below `build-dir`, which stays, or a scratch folder.
///
/// # Errors
/// A folder cannot be made, is somebody else's, or cannot be locked; or the user interrupted while
/// another build had it.
pub(super) fn workshop(project: &Project, name: &str) -> Result<Workshop> {
    let Some(build_dir) = &project.options.build_dir else {
        let folder = fs::scratch_dir()?;
        let path = folder.path().to_owned();
        return Ok(Workshop { path, _held: Held::Scratch { _folder: folder } });
    };
    kept(project, &build_dir.value, name).map_err(|error| build_dir.by.blamed(error))
}

fn kept(project: &Project, build_dir: &Path, name: &str) -> Result<Workshop> {
    let folder: PathBuf = project.root.join(build_dir).components().collect();
    fs::mark_as_cache(&folder)?;
    let path = folder.join(name);
    let file = fs::lock_file(&folder.join(format!("{name}.lock")))?;
    if !fs::try_lock(&file, &path)? {
        let shown = path.strip_prefix(&project.root).unwrap_or(&path);
        console(project).waiting(&format!("another build in `{}`", shown.display()));
        // Not a lock that blocks: nothing would end it when the user does not want to wait.
        while !fs::try_lock(&file, &path)? {
            if process::interrupted() {
                return Err(Error::interrupted());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    fs::empty_dir(&path)?;
    Ok(Workshop { path, _held: Held::Locked { _file: file } })
}

/// Refuses folders of the settings that are not there: compilers say nothing about them.
///
/// # Errors
/// There is such a folder; the error says who named it.
pub(super) fn check(options: &BuildOptions, root: &Path) -> Result<()> {
    let named = [("include-dirs", &options.include_dirs), ("library-dirs", &options.library_dirs)];
    for (setting, folders) in named {
        if let Some(missing) = folders.iter().find(|folder| !root.join(&folder.value).is_dir()) {
            return Err(not_there(setting, missing, root));
        }
    }
    Ok(())
}

fn not_there(setting: &str, folder: &Said<PathBuf>, root: &Path) -> Error {
    let shown = folder.value.display();
    let what = match root.join(&folder.value).exists() {
        true => format!("`{shown}` in `{setting}` is not a folder"),
        false => format!("no folder `{shown}`, which `{setting}` names"),
    };
    let error = folder.by.blamed(Error::new(what));
    match folder.value.is_absolute() {
        true => error,
        false => error.hint("it is relative to the folder of pyproject.toml"),
    }
}
