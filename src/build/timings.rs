//! Timings of a build: records its tasks and writes down, at its end, where the time went.

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::build::commands::ProjectCommand;
use crate::build::folders;
use crate::build::project::{console, load};
use crate::engine::jobserver;
use crate::engine::timings::{page, summary};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{
    BuildResult, Environment, Hook, PYPROJECT, Project, Task, TaskKind, TimedBuild, TimingsPlace,
};
use crate::process;
use crate::report;

/// The files that are written.
const PAGE: &str = "timings.html";
const DATA: &str = "timings.json";

/// How the task is called that unpacks an sdist.
pub const SDIST: &str = "the sdist";

/// Does `work`, and writes down how long its tasks took, if the project's settings ask for it. What
/// fails or is interrupted is written down as well; what is part of something that is recorded
/// already belongs to that. The project was read from `begun` on.
///
/// # Errors
/// Those of `work`; or the folder that somebody named for the timings cannot be made.
pub fn recorded<T>(
    project: &Project,
    begun: Instant,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let read = Task::new(TaskKind::Read, PYPROJECT).after(TaskKind::Read, [SDIST]);
    if report::is_recording() {
        report::did(read, begun);
        return work();
    }
    let Some(folder) = folder(project)? else { return work() };
    let started = SystemTime::now().checked_sub(begun.elapsed()).unwrap_or(UNIX_EPOCH);
    let (result, report::Recording { tasks, tools }, wall) = report::recorded(begun, || {
        report::did(read, begun);
        work()
    });
    let build = TimedBuild {
        name: project.metadata.name.clone(),
        version: project.metadata.version.to_string(),
        started: started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
        wall,
        workers: project.options.jobs.unwrap_or_else(jobserver::cores),
        result: match &result {
            _ if process::interrupted() => BuildResult::Interrupted,
            Ok(_) => BuildResult::Succeeded,
            Err(_) => BuildResult::Failed,
        },
        profile: project.options.profile.as_str(),
        tools,
        tasks,
    };
    tell(project, &folder, build);
    result
}

/// The same for a command that makes several products, which are one build to its user.
///
/// # Errors
/// Those of `work`, and those of [`recorded`].
pub fn of_command<T>(
    command: &ProjectCommand,
    environment: &Environment,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let begun = Instant::now();
    match load(&command.request(Hook::GetRequiresForBuildSdist), environment) {
        Ok(project) => recorded(&project, begun, work),
        // `work` will tell.
        Err(_) => work(),
    }
}

/// Where the timings go, if anybody wants them.
fn folder(project: &Project) -> Result<Option<PathBuf>> {
    match &project.options.timings {
        TimingsPlace::Nowhere => Ok(None),
        TimingsPlace::Folder(said) => {
            let folder = folders::below_root(project, &said.value);
            fs::create_dir(&folder).map_err(|error| error.set_by(&said.origin))?;
            Ok(Some(folder))
        }
        TimingsPlace::BuildFolder => {
            let folder = folders::made_build_dir(project)?;
            if folder.is_none() {
                console(project).warning(
                    "there is no place for timings: this build leaves no folder behind; \
                     name one with `-C timings=FOLDER` or OFFICINA_TIMINGS",
                );
            }
            Ok(folder)
        }
    }
}

/// A product that is made is not spoiled by a disk that is full.
fn tell(project: &Project, folder: &Path, build: TimedBuild) {
    let page = folder.join(PAGE);
    match write(folder, build) {
        Err(error) => console(project).warning(&format!("there are no timings: {error}")),
        Ok(()) => console(project).place("Timings", &place(project, &page)),
    }
}

fn write(folder: &Path, build: TimedBuild) -> Result<()> {
    let timings = summary::of(build);
    for (name, text) in [(DATA, summary::json(&timings)?), (PAGE, page::html(&timings)?)] {
        let target = folder.join(name);
        fs::write_product(&target, |file| {
            std::io::Write::write_all(file, text.as_bytes())
                .map_err(|e| Error::io("write", &target, &e))
        })?;
    }
    Ok(())
}

/// Frontends unpack an sdist somewhere and remove that folder, with all that is in it.
fn place(project: &Project, page: &Path) -> String {
    let shown = page.display();
    let is_sdist = project.root.join("PKG-INFO").is_file();
    match is_sdist && page.starts_with(&project.root) {
        true => {
            format!("{shown} (an sdist that a frontend may remove: `-C timings=FOLDER` keeps them)")
        }
        false => shown.to_string(),
    }
}
