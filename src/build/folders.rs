//! The folders of a build: the one that it works in, and those that it was told to look in.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::build::context::HookContext;
use crate::build::project::console;
use crate::engine::build_dir::BuildDir;
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{BuildOptions, Project, SettingValue, Task, TaskKind, WheelKind};
use crate::process;
use crate::python::tags;
use crate::report::{self, Console};

/// The folder of builds, where nobody named another one.
const BUILD_DIR: &str = "build/officina";

/// Opens the folder that a build works in: one below `build-dir`, which stays, or a temporary one
/// where the tree cannot be written.
///
/// # Errors
/// The folder that somebody named cannot be made, is somebody else's, or cannot be locked; or the
/// user interrupted while another build had it.
pub fn open(context: &HookContext, project: &Project) -> Result<BuildDir> {
    let paths = || relocatable_paths(context, project);
    let Some(folder) = made_build_dir(project)? else {
        if project.options.names_real_places() {
            console(project).warning(
                "a debugger will not find the generated C: this build leaves no folder behind; name \
                 one with `-C build-dir=FOLDER` or OFFICINA_BUILD_DIR",
            );
        }
        return BuildDir::scratch(paths());
    };
    let opened = kept(&folder, &name(context, project), project, paths);
    opened.map_err(|error| match &project.options.build_dir {
        Some(build_dir) => error.set_by(&build_dir.origin),
        None => error,
    })
}

/// The folder below `build-dir` that builds of this kind work in, where it stays. Nothing is made.
pub fn home(context: &HookContext, project: &Project) -> PathBuf {
    build_dir(project).join(name(context, project))
}

/// Opens a temporary folder, which leaves no trace.
///
/// # Errors
/// There is no usable temporary folder.
pub fn scratch(context: &HookContext, project: &Project) -> Result<BuildDir> {
    BuildDir::scratch(relocatable_paths(context, project))
}

/// `cp311-linux_x86_64-release-wheel`: builds that differ in one of these parts share nothing, and
/// do not remove what the other left.
fn name(context: &HookContext, project: &Project) -> String {
    let soabi = context.target.sysconfig.soabi.as_deref();
    let python = tags::folder_name(context.target.interpreter, soabi);
    let python = match &context.target.sysconfig.cross {
        Some(cross) => format!("{python}-for-{}", cross.triple.rust()),
        None => python,
    };
    let kind = match context.kind {
        WheelKind::Standard => "wheel",
        WheelKind::Editable => "editable",
    };
    format!("{python}-{}-{kind}", project.options.profile.as_str())
}

/// The folders that isolated builds have under another name each time: where build requirements
/// are, and the virtual environment.
fn relocatable_paths(context: &HookContext, project: &Project) -> RelocatablePaths {
    let executable = &context.target.interpreter.executable;
    let environment = executable
        .parent()
        .and_then(Path::parent)
        .filter(|folder| folder.join("pyvenv.cfg").is_file());
    RelocatablePaths {
        named: environment.map(|folder| (folder.to_owned(), "{environment}")).into_iter().collect(),
        root: project.root.clone(),
        import_path: context.host.sys_path.iter().map(Into::into).collect(),
    }
}

/// Makes the folder that builds of a project leave things in; `None` where there is none.
///
/// # Errors
/// The folder that somebody named cannot be made, or is somebody else's.
pub fn made_build_dir(project: &Project) -> Result<Option<PathBuf>> {
    let folder = build_dir(project);
    let refuse_foreign = || fs::refuse_foreign(&folder, &project.root);
    if let Some(build_dir) = &project.options.build_dir {
        let made = fs::mark_as_cache(&folder).and_then(|()| refuse_foreign());
        return made.map(|()| Some(folder)).map_err(|error| error.set_by(&build_dir.origin));
    }
    // A project may have a package of the name `build`.
    if project.root.join("build/__init__.py").exists() || fs::mark_as_cache(&folder).is_err() {
        return Ok(None);
    }
    refuse_foreign()?;
    Ok(Some(folder))
}

/// The folder that builds of a project leave things in.
pub fn build_dir(project: &Project) -> PathBuf {
    let named = project.options.build_dir.as_ref().map(|build_dir| build_dir.value.as_path());
    below_root(project, named.unwrap_or(Path::new(BUILD_DIR)))
}

/// A folder of the settings, relative to the project root.
pub fn below_root(project: &Project, folder: &Path) -> PathBuf {
    project.root.join(folder).components().collect()
}

fn kept(
    folder: &Path,
    name: &str,
    project: &Project,
    paths: impl FnOnce() -> RelocatablePaths,
) -> Result<BuildDir> {
    let home = folder.join(name);
    let shown = home.strip_prefix(&project.root).unwrap_or(&home).display();
    let holder = format!("another build in `{shown}`");
    let lock = folder.join(format!("{name}.lock"));
    fs::refuse_no_file(&lock)?;
    let lock = wait_for_lock(&lock, &home, Duration::ZERO, &holder, console(project))?;
    fs::refuse_foreign(&home, &project.root)?;
    BuildDir::kept(&home, lock, |path| {
        let mut paths = paths();
        // Debug information may name the files in it: with another name, they are others.
        if !project.options.names_real_places() {
            let short = path.strip_prefix(&project.root).ok().map(Path::to_owned);
            let names = [Some(path.to_owned()), short].into_iter().flatten();
            paths.named.splice(0..0, names.map(|name| (name, "{build}")));
        }
        paths
    })
}

/// Waits until nobody else holds a lock. The system gives it back when its holder ends, in whatever
/// way. After `patience` it is said for whom we wait.
///
/// # Errors
/// There are no locks on that disk, or the user does not want to wait.
pub fn wait_for_lock(
    lock: &Path,
    what: &Path,
    patience: Duration,
    holder: &str,
    console: Console,
) -> Result<File> {
    let begun = Instant::now();
    let mut is_told = false;
    let mut under_way = None;
    // Not a lock that blocks: nothing would end it when the user does not want to wait.
    let file = loop {
        if let Some(file) = fs::try_lock(lock, what)? {
            break file;
        }
        if process::interrupted() {
            return Err(Error::interrupted());
        }
        under_way.get_or_insert_with(|| report::begin_aloud(Task::new(TaskKind::Wait, holder)));
        if !is_told && begun.elapsed() >= patience {
            console.waiting(holder);
            is_told = true;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    under_way.into_iter().for_each(report::RunningTask::done);
    Ok(file)
}

/// Refuses folders of the settings that are not there: compilers say nothing about them.
///
/// # Errors
/// There is such a folder; the error says who named it.
pub fn check(options: &BuildOptions, root: &Path) -> Result<()> {
    let named = [("include-dirs", &options.include_dirs), ("library-dirs", &options.library_dirs)];
    for (setting, folders) in named {
        if let Some(missing) = folders.iter().find(|folder| !root.join(&folder.value).is_dir()) {
            return Err(not_there(setting, missing, root));
        }
    }
    Ok(())
}

fn not_there(setting: &str, folder: &SettingValue<PathBuf>, root: &Path) -> Error {
    let shown = folder.value.display();
    let what = match root.join(&folder.value).exists() {
        true => format!("`{shown}` in `{setting}` is not a folder"),
        false => format!("no folder `{shown}`, which `{setting}` names"),
    };
    let error = Error::new(what).set_by(&folder.origin);
    match folder.value.is_absolute() {
        true => error,
        false => error.hint("it is relative to the folder of pyproject.toml"),
    }
}
