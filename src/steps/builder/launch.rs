//! Runs builders: one in a plain Python, several side by side.

use std::path::Path;
use std::time::SystemTime;

use crate::engine::jobserver::{Permit, Urgency};
use crate::error::{Ending, Error, Result};
use crate::fs;
use crate::model::{Builder, Task, TaskKind};
use crate::process::{self, Output};
use crate::report::{self, RunningTask};
use crate::steps::builder::context::{BuilderContext, task};
use crate::steps::builder::control::{self, BuilderRun, ProcessEnd, folder_of};
use crate::steps::builder::fork_server;
use crate::steps::builder::side_by_side;

/// What became of a builder; `None`: another one failed before it ended.
pub type LaunchOutcome = Option<Result<BuilderRun>>;

/// Runs builders until one fails.
///
/// # Errors
/// They cannot be started, or the user interrupted the build.
pub fn launch(builders: &[&Builder], context: &BuilderContext) -> Result<Vec<LaunchOutcome>> {
    match builders {
        [builder] => Ok(vec![Some(run_alone(builder, context))]),
        several => run_several(several, context),
    }
}

/// How the task is called that starts the Python of which several builders are forked.
const START: &str = "Python, with cffi";

/// What it prints is shown as it comes.
fn run_alone(builder: &Builder, context: &BuilderContext) -> Result<BuilderRun> {
    let _permits = permits(1, context)?;
    let running = report::begin_aloud(task(builder));
    let folder = fs::scratch_dir()?;
    control::write_request(folder.path(), builder, &context.request_parts())?;
    let invocation = context.python("_run_builder.py", folder.path());
    context.console.command(&invocation.command_line());
    let began = SystemTime::now();
    let status =
        process::run_cancellable(&invocation, Output::Inherited, &context.jobs.cancel)?.status;
    let ended = ProcessEnd { status, began, ended: SystemTime::now(), stopped: false };
    let run = control::read(folder.path(), &ended, builder, context)?;
    running.done();
    Ok(run)
}

/// What each prints is shown whole, in the order of the builders, when all have ended.
fn run_several(builders: &[&Builder], context: &BuilderContext) -> Result<Vec<LaunchOutcome>> {
    let scratch = fs::scratch_dir()?;
    for (index, builder) in builders.iter().enumerate() {
        let folder = folder_of(scratch.path(), index);
        fs::create_dir(&folder)?;
        control::write_request(&folder, builder, &context.request_parts())?;
    }
    let permits = permits(builders.len(), context)?;
    let tasks: Vec<RunningTask> =
        builders.iter().map(|builder| report::expect(task(builder))).collect();
    let run = if cfg!(unix) { fork_server::run } else { side_by_side::run };
    let called = SystemTime::now();
    let (ended, result) = run(scratch.path(), builders.len(), permits.len(), context);
    drop(permits);
    let first = ended.iter().flatten().map(|ended| ended.began).min();
    if let Some(first) = first.filter(|_| cfg!(unix)) {
        report::expect(Task::new(TaskKind::Generate, START)).ran(called, first).done();
    }
    let is_stopped =
        result.as_ref().is_err_and(|error| error.parts().ending == Ending::Interrupted);
    let outcomes = tasks.into_iter().zip(ended).enumerate().map(|(index, (running, ended))| {
        let ended = ended?;
        let ended = ProcessEnd { stopped: is_stopped || ended.stopped, ..ended };
        outcome(&folder_of(scratch.path(), index), running, &ended, builders[index], context)
    });
    let outcomes = outcomes.collect();
    result.map(|()| outcomes)
}

fn outcome(
    folder: &Path,
    running: RunningTask,
    ended: &ProcessEnd,
    builder: &Builder,
    context: &BuilderContext,
) -> LaunchOutcome {
    let running = running.ran(ended.began, ended.ended);
    if ended.stopped {
        return None;
    }
    control::show_output(folder, context.console);
    let run = control::read(folder, ended, builder, context);
    if run.is_ok() {
        running.done();
    }
    Some(run)
}

/// Waits for the right to run one builder, and takes what else is free.
fn permits<'a>(wanted: usize, context: &BuilderContext<'a>) -> Result<Vec<Permit<'a>>> {
    let jobs = context.jobs;
    let first = jobs.acquire(Urgency::Builder, || false).ok_or_else(Error::interrupted)?;
    let further = std::iter::from_fn(|| jobs.try_acquire());
    Ok(std::iter::once(first).chain(further).take(wanted).collect())
}
