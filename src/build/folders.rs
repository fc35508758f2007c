//! The folders of a build: the one that it works in, and those that it was told to look in.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::build::console;
use crate::engine::jobserver::Jobs;
use crate::engine::{Ended, Ledger, Places, Room};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{BuildOptions, Project, Said, StepKind, Work};
use crate::process;
use crate::report::{self, Console};

/// Where generated C, objects and modules are made.
pub(super) struct Workshop {
    /// The folder. Absolute.
    pub path: PathBuf,
    /// What earlier builds did in it; `None` in a scratch folder, which had none.
    pub ledger: Option<Ledger>,
    /// The right to work, for all that goes on side by side in it.
    pub jobs: Arc<Jobs>,
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
pub(super) fn workshop(
    project: &Project,
    name: &str,
    places: Places,
    jobs: Jobs,
) -> Result<Workshop> {
    if let Some(build_dir) = &project.options.build_dir {
        let opened = kept(project, &build_dir.value, (name, places), jobs);
        return opened.map_err(|error| build_dir.by.blamed(error));
    }
    match made_build_dir(project)? {
        Some(_) => kept(project, Path::new(BUILD_DIR), (name, places), jobs),
        None => scratch(jobs),
    }
}

/// Makes the folder that builds of a project leave things in; `None` where there is none.
///
/// # Errors
/// The folder that somebody named cannot be made, or is somebody else's.
pub(super) fn made_build_dir(project: &Project) -> Result<Option<PathBuf>> {
    let folder = build_dir(project);
    if let Some(build_dir) = &project.options.build_dir {
        let made = fs::mark_as_cache(&folder);
        return made.map(|()| Some(folder)).map_err(|error| build_dir.by.blamed(error));
    }
    // A project may have a package of the name `build`.
    let is_package = project.root.join("build/__init__.py").exists();
    Ok(Some(folder).filter(|folder| !is_package && fs::mark_as_cache(folder).is_ok()))
}

/// A workshop without a past or a future.
///
/// # Errors
/// There is no usable temporary folder.
pub(super) fn scratch(jobs: Jobs) -> Result<Workshop> {
    let folder = fs::scratch_dir()?;
    let path = folder.path().to_owned();
    Ok(Workshop {
        path,
        ledger: None,
        jobs: Arc::new(jobs),
        _held: Held::Scratch { _folder: folder },
    })
}

/// The folder that builds of a project leave things in.
pub(super) fn build_dir(project: &Project) -> PathBuf {
    let named = project.options.build_dir.as_ref().map(|build_dir| build_dir.value.as_path());
    below_root(project, named.unwrap_or(Path::new(BUILD_DIR)))
}

/// A folder of the settings, relative to the project root.
pub(super) fn below_root(project: &Project, folder: &Path) -> PathBuf {
    project.root.join(folder).components().collect()
}

impl Workshop {
    /// Writes down what a build did that came to its end, while `work` is done.
    pub fn remember_beside<T>(&self, console: Console, work: impl FnOnce() -> T) -> T {
        std::thread::scope(|scope| {
            scope.spawn(|| self.remember(Ended::Whole, console));
            work()
        })
    }

    /// Writes down what this build did. A disk that is full spoils the next build's start only.
    pub fn remember(&self, ended: Ended, console: Console) {
        let Some(ledger) = &self.ledger else { return };
        let under_way = report::begin(Work::new(StepKind::Save, "the state of the build"));
        if let Err(error) = ledger.save(&self.path, ended)
            && ended == Ended::Whole
        {
            console.warning(&format!("the next build starts anew: {error}"));
            return;
        }
        under_way.done();
    }
}

fn kept(
    project: &Project,
    build_dir: &Path,
    (name, mut places): (&str, Places),
    jobs: Jobs,
) -> Result<Workshop> {
    let folder = below_root(project, build_dir);
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
        let said = path.strip_prefix(&project.root).ok().map(Path::to_owned);
        let names = [Some(path.clone()), said].into_iter().flatten();
        places.named.splice(0..0, names.map(|name| (name, "{build}")));
    }
    let under_way = report::begin(Work::new(StepKind::Read, "the state of earlier builds"));
    let ledger = Some(Ledger::open(&path, places));
    under_way.done();
    Ok(Workshop {
        path,
        ledger,
        jobs: Arc::new(jobs),
        _held: Held::Locked { _room: room, _file: file },
    })
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
    let begun = Instant::now();
    let mut is_said = false;
    let mut under_way = None;
    // Not a lock that blocks: nothing would end it when the user does not want to wait.
    let file = loop {
        if let Some(file) = fs::try_lock(lock, what)? {
            break file;
        }
        if process::interrupted() {
            return Err(Error::interrupted());
        }
        under_way.get_or_insert_with(|| report::begin_aloud(Work::new(StepKind::Wait, holder)));
        if !is_said && begun.elapsed() >= patience {
            console.waiting(holder);
            is_said = true;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    under_way.into_iter().for_each(report::Step::done);
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
