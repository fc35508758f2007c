//! The folders of a build: the one that it works in, and those that it was told to look in.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::console;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{BuildOptions, Project, Said};
use crate::process;
use crate::report::Console;
use crate::state::{Ended, Ledger, Places, Room};

/// Where generated C, objects and modules are made.
pub(super) struct Workshop {
    /// The folder. Absolute.
    pub path: PathBuf,
    /// What earlier builds did in it; `None` in a scratch folder, which had none.
    pub ledger: Option<Ledger>,
    /// Goes with the build.
    _held: Held,
}

/// What is held for as long as the build runs. Invariant: never read; it counts when it is dropped.
enum Held {
    Scratch {
        _folder: tempfile::TempDir,
    },
    /// The room is left before the lock is given back.
    Locked {
        _room: Room,
        _file: File,
    },
}

/// The folder of builds, where nobody named another one.
const BUILD_DIR: &str = "build/officina";

/// Opens the workshop: a folder `name` below `build-dir`, which stays, or a scratch folder where the
/// tree cannot be written.
///
/// # Errors
/// The folder that somebody named cannot be made, is somebody else's, or cannot be locked; or the
/// user interrupted while another build had it.
pub(super) fn workshop(project: &Project, name: &str, places: Places) -> Result<Workshop> {
    if let Some(build_dir) = &project.options.build_dir {
        let opened = kept(project, &build_dir.value, name, places);
        return opened.map_err(|error| build_dir.by.blamed(error));
    }
    // A project may have a package of the name `build`.
    let is_package = project.root.join("build/__init__.py").exists();
    if !is_package && fs::mark_as_cache(&project.root.join(BUILD_DIR)).is_ok() {
        return kept(project, Path::new(BUILD_DIR), name, places);
    }
    scratch()
}

/// A workshop without a past or a future.
///
/// # Errors
/// There is no usable temporary folder.
pub(super) fn scratch() -> Result<Workshop> {
    let folder = fs::scratch_dir()?;
    let path = folder.path().to_owned();
    Ok(Workshop { path, ledger: None, _held: Held::Scratch { _folder: folder } })
}

/// The folder that builds of a project leave things in.
pub(super) fn build_dir(project: &Project) -> PathBuf {
    let named = project.options.build_dir.as_ref().map(|build_dir| build_dir.value.as_path());
    project.root.join(named.unwrap_or(Path::new(BUILD_DIR))).components().collect()
}

impl Workshop {
    /// Writes down what this build did. A disk that is full spoils the next build's start only.
    pub fn remember(&self, ended: Ended, console: Console) {
        let Some(ledger) = &self.ledger else { return };
        if let Err(error) = ledger.save(&self.path, ended)
            && ended == Ended::Whole
        {
            console.warning(&format!("the next build starts anew: {error}"));
        }
    }
}

fn kept(project: &Project, build_dir: &Path, name: &str, mut places: Places) -> Result<Workshop> {
    let folder: PathBuf = project.root.join(build_dir).components().collect();
    fs::mark_as_cache(&folder)?;
    let home = folder.join(name);
    let shown = home.strip_prefix(&project.root).unwrap_or(&home).display();
    let holder = format!("another build in `{shown}`");
    let lock = folder.join(format!("{name}.lock"));
    let file = turn(&lock, &home, Duration::ZERO, &holder, console(project))?;
    let room = Room::enter(&home)?;
    let path = room.path.clone();
    // Debug information may name the files in it: with another name, they are others.
    if !project.options.debugs_in_build_dir() {
        places.named.insert(0, (path.clone(), "{build}"));
    }
    let ledger = Some(Ledger::open(&path, places));
    Ok(Workshop { path, ledger, _held: Held::Locked { _room: room, _file: file } })
}

/// Waits until nobody else holds a lock. The system gives it back when its holder ends, in whatever
/// way. After `patience` it is said for whom we wait.
///
/// # Errors
/// There are no locks on that disk, or the user does not want to wait.
pub(super) fn turn(
    lock: &Path,
    what: &Path,
    patience: Duration,
    holder: &str,
    console: Console,
) -> Result<File> {
    let file = fs::lock_file(lock)?;
    let begun = Instant::now();
    let mut is_said = false;
    // Not a lock that blocks: nothing would end it when the user does not want to wait.
    while !fs::try_lock(&file, what)? {
        if process::interrupted() {
            return Err(Error::interrupted());
        }
        if !is_said && begun.elapsed() >= patience {
            console.waiting(holder);
            is_said = true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(file)
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
