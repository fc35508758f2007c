//! Runs a program to its end and keeps all that it says.

use std::ffi::OsString;
use std::io::{ErrorKind, PipeReader, PipeWriter};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;

use crate::error::{Error, Result};
use crate::model::Environment;
use crate::process::cancel::Cancel;
use crate::process::groups::{Force, end_group};
use crate::process::last_word::{hear_all, read_all, read_lines};
use crate::process::signals::{forget, interrupted, start};
use crate::process::status::describe_status;

/// One run of a program: everything that decides what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program: a path, or a name that is looked up in `PATH`.
    pub program: OsString,
    /// Its arguments, not including the program itself.
    pub arguments: Vec<OsString>,
    /// The working directory.
    pub directory: PathBuf,
    /// The whole environment.
    pub environment: Environment,
}

impl Invocation {
    /// The command line, quoted so that it can be pasted into a POSIX shell.
    pub fn command_line(&self) -> String {
        std::iter::once(&self.program)
            .chain(&self.arguments)
            .map(|word| {
                let word = word.to_string_lossy();
                shlex::try_quote(&word).map_or_else(|_| word.to_string(), |quoted| quoted.into())
            })
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// What a finished program leaves behind.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// stdout and stderr in the order in which they were written; empty where they were passed on.
    pub output: String,
}

impl Finished {
    /// How the program ended, in words: `exit code 2`, `signal 11 (SIGSEGV)`.
    pub fn ending(&self) -> String {
        describe_status(self.status)
    }
}

/// Where the output of a program goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Into memory: for programs whose output belongs to a message of ours.
    Captured,
    /// Straight to our stderr, as it comes.
    Inherited,
}

/// Runs a program to its end.
///
/// # Errors
/// The program cannot be started, or the user interrupted the build (its whole process group is
/// ended then). A program that fails is not an error here: look at [`Finished::status`].
pub fn run(invocation: &Invocation, output: Output) -> Result<Finished> {
    run_cancellable(invocation, output, &Cancel::default())
}

/// Runs a program to its end, or until somebody cancels it.
///
/// # Errors
/// Those of [`run`]; it was cancelled.
pub fn run_cancellable(
    invocation: &Invocation,
    output: Output,
    cancel: &Cancel,
) -> Result<Finished> {
    let mut command = command_for(invocation);
    if output == Output::Inherited {
        command.stdout(stderr_handle(invocation)?).stderr(Stdio::inherit());
        return to_its_end(invocation, command, cancel, wait_for);
    }
    let pipes = pipe().and_then(|(reader, writer, ours)| {
        Ok((command.stdout(writer.try_clone()?).stderr(writer), reader, ours))
    });
    let (_, reader, ours) = pipes.map_err(|e| cannot_start(invocation, &e))?;
    to_its_end(invocation, command, cancel, |child| {
        let (status, bytes) = hear_all(child, vec![ours], || read_all(reader))?;
        Ok(Finished { status, output: String::from_utf8_lossy(&bytes?).into_owned() })
    })
}

/// A line that a program has written, with its line break.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// On stdout.
    Out(String),
    /// On stderr.
    Err(String),
}

/// Runs a program whose stdout is data and whose stderr is for people, to its end, or until somebody
/// cancels it. Both are handed over line by line as they come; [`Finished::output`] stays empty.
///
/// # Errors
/// Those of [`run_cancellable`].
pub fn run_listening(
    invocation: &Invocation,
    cancel: &Cancel,
    mut each: impl FnMut(Said),
) -> Result<Finished> {
    let mut command = command_for(invocation);
    let ((out, out_writer, our_out), (err, err_writer, our_err)) =
        pipe().and_then(|out| Ok((out, pipe()?))).map_err(|e| cannot_start(invocation, &e))?;
    command.stdout(out_writer).stderr(err_writer);
    to_its_end(invocation, command, cancel, |child| {
        let (status, heard) = hear_all(child, vec![our_out, our_err], || {
            let (sender, lines) = std::sync::mpsc::channel();
            listen_to(out, sender.clone(), Said::Out)?;
            listen_to(err, sender, Said::Err)?;
            lines.into_iter().for_each(&mut each);
            Ok::<(), std::io::Error>(())
        })?;
        heard.map(|()| Finished { status, output: String::new() })
    })
}

/// A pipe: its reading end, its writing end for a program, and for us.
fn pipe() -> std::io::Result<(PipeReader, PipeWriter, PipeWriter)> {
    let (reader, writer) = std::io::pipe()?;
    let ours = writer.try_clone()?;
    Ok((reader, writer, ours))
}

/// Reads to the end, on a thread of its own.
fn listen_to(pipe: PipeReader, lines: Sender<Said>, of: fn(String) -> Said) -> std::io::Result<()> {
    let send = move |line: &[u8]| lines.send(of(String::from_utf8_lossy(line).into_owned()));
    let read = move || read_lines(pipe, |line| send(line).is_ok());
    std::thread::Builder::new().spawn(read).map(drop)
}

/// Runs a program to its end; what it says on stdout and stderr goes into a file, in the order in
/// which it was written, and [`Finished::output`] stays empty. For any amount of output.
///
/// # Errors
/// Those of [`run`].
pub fn run_into(
    invocation: &Invocation,
    file: &std::fs::File,
    cancel: &Cancel,
) -> Result<Finished> {
    let mut command = command_for(invocation);
    let stdout = file.try_clone().map_err(|e| cannot_start(invocation, &e))?;
    let stderr = file.try_clone().map_err(|e| cannot_start(invocation, &e))?;
    command.stdout(stdout).stderr(stderr);
    to_its_end(invocation, command, cancel, wait_for)
}

/// Runs a program that starts others, to its end; what they print goes straight to our stderr. If it
/// fails, those of its process group that still run are killed.
///
/// # Errors
/// Those of [`run`].
pub fn run_group(invocation: &Invocation, cancel: &Cancel) -> Result<Finished> {
    let mut command = command_for(invocation);
    command.stdout(stderr_handle(invocation)?).stderr(Stdio::inherit());
    to_its_end(invocation, command, cancel, |child| {
        let group = child.id();
        let finished = wait_for(child)?;
        if !finished.status.success() {
            end_group(group, Force::Kill);
        }
        Ok(finished)
    })
}

/// Runs a program to its end, for a library in somebody else's program: it stays in the process
/// group of that program, so that what ends one ends both, and nothing is kept of it. What it says
/// goes into a file: a process that it leaves behind may hold that open.
///
/// # Errors
/// The program cannot be started.
pub fn run_as_guest(invocation: &Invocation, file: &std::fs::File) -> Result<ExitStatus> {
    let mut command = plain_command_for(invocation);
    let stdout = file.try_clone().map_err(|e| cannot_start(invocation, &e))?;
    let stderr = file.try_clone().map_err(|e| cannot_start(invocation, &e))?;
    command.stdout(stdout).stderr(stderr);
    command.status().map_err(|e| cannot_start(invocation, &e))
}

fn to_its_end(
    invocation: &Invocation,
    mut command: Command,
    cancel: &Cancel,
    wait: impl FnOnce(Child) -> std::io::Result<Finished>,
) -> Result<Finished> {
    if cancel.is_cancelled() {
        return Err(Error::interrupted());
    }
    let child = start(&mut command).map_err(|e| match e.kind() {
        ErrorKind::Interrupted => Error::interrupted(),
        _ => cannot_start(invocation, &e),
    })?;
    drop(command); // closes our copies of the pipe's writing end
    let group = child.id();
    cancel.enter(group);
    let finished = wait(child);
    cancel.leave(group);
    forget(group);
    if interrupted() || cancel.is_cancelled() {
        return Err(Error::interrupted());
    }
    finished.map_err(|e| Error::new(format!("lost contact with `{}`: {e}", shown(invocation))))
}

fn wait_for(mut child: Child) -> std::io::Result<Finished> {
    Ok(Finished { status: child.wait()?, output: String::new() })
}

fn command_for(invocation: &Invocation) -> Command {
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut command = plain_command_for(invocation);
    // A group of its own, so that a compiler driver's or a builder's children end with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

fn plain_command_for(invocation: &Invocation) -> Command {
    let mut command = Command::new(&invocation.program);
    command
        .args(&invocation.arguments)
        .current_dir(&invocation.directory)
        .env_clear()
        .envs(&invocation.environment.0)
        .stdin(Stdio::null());
    command
}

/// A second handle on our stderr: what a builder prints on stdout is for people, never data.
fn stderr_handle(invocation: &Invocation) -> Result<Stdio> {
    #[cfg(unix)]
    let cloned = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned();
    #[cfg(windows)]
    let cloned = std::os::windows::io::AsHandle::as_handle(&std::io::stderr()).try_clone_to_owned();
    cloned.map(Stdio::from).map_err(|e| cannot_start(invocation, &e))
}

fn shown(invocation: &Invocation) -> std::path::Display<'_> {
    Path::new(&invocation.program).display()
}

fn cannot_start(invocation: &Invocation, error: &std::io::Error) -> Error {
    let failure = Error::new(format!("cannot start `{}`: {error}", shown(invocation)))
        .note(format!("the command was: {}", invocation.command_line()));
    match what_is_missing(invocation, error) {
        Some(missing) => failure.hint(missing),
        None => failure,
    }
}

/// What a system may mean with "no such file" when the program itself is there.
fn what_is_missing(invocation: &Invocation, error: &std::io::Error) -> Option<String> {
    let directory = &invocation.directory;
    match error.kind() {
        ErrorKind::NotFound if !directory.is_dir() => {
            Some(format!("the folder `{}`, in which it would run, is gone", directory.display()))
        }
        ErrorKind::NotFound if cfg!(unix) && !Path::new("/dev/null").exists() => {
            Some("this system has no `/dev/null`: mount `/dev` in this container or chroot".into())
        }
        _ => None,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn shell(script: &str) -> Invocation {
        Invocation {
            program: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            directory: "/".into(),
            environment: Environment([("PATH".into(), std::env::var_os("PATH").unwrap())].into()),
        }
    }

    #[test]
    fn whoever_is_left_behind_with_the_pipes_is_not_waited_for() {
        let script = shell("echo out; echo err >&2; (setsid sleep 30 &) ; printf last; exit 3");
        let mut said = Vec::new();
        let begun = Instant::now();
        let captured = run(&script, Output::Captured).unwrap();
        let finished = run_listening(&script, &Cancel::default(), |line| said.push(line)).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20));
        assert_eq!((captured.status.code(), finished.status.code()), (Some(3), Some(3)));
        assert_eq!(captured.output, "out\nerr\nlast");
        let (out, err): (Vec<_>, Vec<_>) =
            said.into_iter().partition(|line| matches!(line, Said::Out(_)));
        assert_eq!(err, [Said::Err("err\n".into())]);
        assert_eq!(out, [Said::Out("out\n".into()), Said::Out("last".into())]);
    }

    #[test]
    fn a_folder_that_is_gone_is_said() {
        let mut script = shell(":");
        script.directory = "/is/gone".into();
        let error = run(&script, Output::Captured).unwrap_err();
        assert_eq!(error.to_string(), "cannot start `sh`: No such file or directory (os error 2)");
        let hints = &error.parts().hints;
        assert_eq!(hints, &["the folder `/is/gone`, in which it would run, is gone"]);
    }

    #[test]
    fn all_that_is_said_is_heard() {
        // More than a pipe holds, and pieces that end anywhere.
        let script = shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i + 1)); done");
        let expected: String = (0..20000).map(|line| format!("line {line}\n")).collect();
        assert_eq!(run(&script, Output::Captured).unwrap().output, expected);
        let mut heard = String::new();
        let hear = |said| {
            if let Said::Out(line) = said {
                heard.push_str(&line);
            }
        };
        run_listening(&script, &Cancel::default(), hear).unwrap();
        assert_eq!(heard, expected);
        assert_eq!(run(&shell(":"), Output::Captured).unwrap().output, "");
    }
}
