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
    let status = process::run_into(&invocation, &output, &context.jobs.cancel)?.status;
    Ok(ProcessEnd { status, began, ended: SystemTime::now(), stopped: false })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;
    use crate::engine::jobserver::Jobs;
    use crate::model::{
        Detail, Environment, Host, Interpreter, LimitedApi, PythonVersion, SourceText,
    };
    use crate::report::Console;
    use crate::steps::builder::spec::Rules;

    /// Runs three builders under a shell script in place of Python, whose `$4` is the control folder.
    fn run_three(script: &str, at_once: usize) -> (Vec<Option<bool>>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let executable = folder.path().join("python");
        std::fs::write(&executable, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&executable, PermissionsExt::from_mode(0o755)).unwrap();
        (0..3).for_each(|index| std::fs::create_dir(folder_of(folder.path(), index)).unwrap());
        let interpreter = Interpreter {
            executable: executable.clone(),
            ..Interpreter::cpython(PythonVersion(3, 11), "linux-x86_64")
        };
        let limited_api = LimitedApi::FromRequiresPython;
        let context = BuilderContext {
            root: folder.path(),
            source_root: folder.path(),
            pyproject: &SourceText { name: String::new(), text: String::new() }.into(),
            rules: Rules { interpreter: &interpreter, limited_api, ext_package: None },
            host: &Host { executable, ..Host::default() },
            environment: &std::env::vars_os().collect::<Environment>(),
            output: PathBuf::new(),
            jobs: &Jobs::new(Some(1), &Environment::default()),
            cache: &crate::engine::cache::ActionCache::default(),
            console: Console { detail: Detail::Steps },
            literals: None,
            target: None,
        };
        let (ended, result) = run(folder.path(), 3, at_once, &context);
        result.unwrap();
        let succeeded = |ended: Option<ProcessEnd>| ended.map(|ended| ended.status.success());
        (ended.into_iter().map(succeeded).collect(), folder)
    }

    #[test]
    fn all_run_and_each_prints_into_its_own_file() {
        let (succeeded, folder) = run_three("echo \"$3 $4\"; echo {} > \"$4/modules.json\"", 2);
        assert_eq!(succeeded, [Some(true); 3]);
        for index in 0..3 {
            let control = folder_of(folder.path(), index);
            let printed = std::fs::read_to_string(control.join(OUTPUT)).unwrap();
            assert_eq!(printed, format!("_run_builder.py {}\n", control.display()));
        }
    }

    #[test]
    fn none_is_started_after_one_has_failed() {
        let script = "echo {} > \"$4/modules.json\"; case $4 in */1) exit 1; esac";
        assert_eq!(run_three(script, 1).0, [Some(true), Some(false), None]);
        assert_eq!(run_three("exit 0", 1).0, [Some(true), None, None], "it left no answer");
    }
}
