//! Several builders side by side, in processes forked from one Python that has imported cffi
//! (`_fork_server.py`).

use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::json;

use crate::error::{Error, MAKE_ROOM, Result};
use crate::fs;
use crate::process::{self, Finished};
use crate::steps::builder::context::BuilderContext;
use crate::steps::builder::control::{self, ProcessEnd, folder_of};

/// Runs the builders whose requests lie in the folders `0`, `1`, .. of a folder, `at_once` of them
/// side by side, until one fails. Returns how those ended that were started, and an error if Python
/// cannot be started, the server itself failed, or the user interrupted the build.
pub fn run(
    folder: &Path,
    builders: usize,
    at_once: usize,
    context: &BuilderContext,
) -> (Vec<Option<ProcessEnd>>, Result<()>) {
    let served = serve(folder, builders, at_once, context);
    let ended: Vec<Option<ProcessEnd>> =
        (0..builders).map(|index| read_ended(&folder_of(folder, index))).collect();
    let has_failed = |index: usize| match &ended[index] {
        Some(ended) => !ended.stopped && !control::is_complete(&folder_of(folder, index), ended),
        None => false,
    };
    let served = served.and_then(|finished| {
        let is_expected = finished.status.success() || (0..builders).any(has_failed);
        if is_expected { Ok(()) } else { Err(failure(&finished)) }
    });
    (ended, served)
}

fn serve(
    folder: &Path,
    builders: usize,
    at_once: usize,
    context: &BuilderContext,
) -> Result<Finished> {
    let request =
        json!({"builders": builders, "at_once": at_once, "executable": std::process::id()});
    fs::write_text(&folder.join("builders.json"), &request.to_string())?;
    let invocation = context.python("_fork_server.py", folder);
    context.console.command(&invocation.command_line());
    process::run_group(&invocation, &context.jobs.cancel)
}

/// `ended.json`
#[derive(Deserialize)]
struct EndedFile {
    /// As wait(2) tells it.
    status: i32,
    /// Nanoseconds since 1970.
    began: u64,
    ended: u64,
    /// Another builder had failed.
    stopped: bool,
}

/// `None` where the builder was not started, or where the server did not see it end.
fn read_ended(folder: &Path) -> Option<ProcessEnd> {
    let text = std::fs::read(folder.join("ended.json")).ok()?;
    let file: EndedFile = serde_json::from_slice(&text).ok()?;
    Some(ProcessEnd {
        status: exit_status(file.status),
        began: UNIX_EPOCH + Duration::from_nanos(file.began),
        ended: UNIX_EPOCH + Duration::from_nanos(file.ended),
        stopped: file.stopped,
    })
}

fn failure(finished: &Finished) -> Error {
    if finished.status.code() == Some(control::CANNOT_WRITE) {
        return Error::new("cannot write how builders ended").hint(MAKE_ROOM);
    }
    let ending = finished.ending();
    Error::new(format!("the process that runs builders has ended: {ending}"))
        .hint("the system may have run out of memory: build again, with less at the same time")
}

#[cfg(unix)]
fn exit_status(raw: i32) -> ExitStatus {
    std::os::unix::process::ExitStatusExt::from_raw(raw)
}

#[cfg(windows)]
fn exit_status(raw: i32) -> ExitStatus {
    std::os::windows::process::ExitStatusExt::from_raw(raw.cast_unsigned())
}
