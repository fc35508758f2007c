//! Several builders side by side, each in a Python of its own: where the system cannot fork.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::process;
use crate::steps::builder::context::BuilderContext;
use crate::steps::builder::control::{self, OUTPUT, ProcessEnd, folder_of};

/// Runs the builders whose requests lie in the folders `0`, `1`, .. of a folder, `at_once` of them
/// side by side; once one has failed, no other is started. Returns how those ended that were
/// started, and an error if one cannot be started or the user interrupted the build.
pub fn run(
    folder: &Path,
    builders: usize,
    at_once: usize,
    context: &BuilderContext,
) -> (Vec<Option<ProcessEnd>>, Result<()>) {
    let next = AtomicUsize::new(0);
    let all_ended = Mutex::new(vec![None; builders]);
    let result = Mutex::new(Ok(()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            if index >= builders {
                return;
            }
            let folder = folder_of(folder, index);
            let ended = run_one(&folder, context);
            if !ended.as_ref().is_ok_and(|ended| control::is_complete(&folder, ended)) {
                next.store(builders, Ordering::SeqCst);
            }
            match ended {
                Ok(ended) => lock(&all_ended)[index] = Some(ended),
                Err(error) => *lock(&result) = Err(error),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..at_once {
            scope.spawn(work);
        }
        work();
    });
    let ended = std::mem::take(&mut *lock(&all_ended));
    (ended, result.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn run_one(folder: &Path, context: &BuilderContext) -> Result<ProcessEnd> {
    let invocation = context.python("_run_builder.py", folder);
    context.console.command(&invocation.command_line());
    let path = folder.join(OUTPUT);
    let output = File::create(&path).map_err(|e| Error::io("write", &path, &e))?;
    let began = SystemTime::now();
    let status = process::run_into(&invocation, &output)?.status;
    Ok(ProcessEnd { status, began, ended: SystemTime::now(), stopped: false })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
