//! A warm process that forks one of its own for each thing to do (`_builders.py`), so that what all
//! of them import is imported once.
//!
//! It reads `run <number> <control folder>` and says `started <number> <process>`, then
//! `ended <number> <wait status>`: a line each, over two pipes that nobody else holds.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::process::groups::{Force, end_group};
use crate::process::{Invocation, cannot_start, command_for, forget, interrupted, register};

/// Starts processes by forking. Ends with the value.
pub struct Forks {
    requests: Mutex<Option<Box<dyn Write + Send>>>,
    waiting: Arc<Waiting>,
    next: AtomicU64,
    /// The warm process, where it is ours.
    child: Option<Child>,
}

/// Who waits for the end of which process. `None` once the warm process is gone.
type Waiting = Mutex<Option<HashMap<u64, Sender<ExitStatus>>>>;

impl Forks {
    /// The process that waits at our own standard streams.
    pub fn at_our_streams() -> Self {
        Forks::between(Box::new(std::io::stdin()), Box::new(std::io::stdout()), None)
    }

    /// Starts the process.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(invocation: &Invocation) -> Result<Self> {
        let mut command = command_for(invocation);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().map_err(|e| cannot_start(invocation, &e))?;
        let no_pipe = || cannot_start(invocation, &std::io::ErrorKind::BrokenPipe.into());
        let requests = Box::new(child.stdin.take().ok_or_else(no_pipe)?);
        let answers = Box::new(child.stdout.take().ok_or_else(no_pipe)?);
        Ok(Forks::between(answers, requests, Some(child)))
    }

    fn between(
        answers: Box<dyn Read + Send>,
        requests: Box<dyn Write + Send>,
        child: Option<Child>,
    ) -> Self {
        let waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let theirs = Arc::clone(&waiting);
        // It ends with the pipe, or with us.
        std::thread::spawn(move || hear(answers, &theirs));
        Forks { requests: Mutex::new(Some(requests)), waiting, next: AtomicU64::new(0), child }
    }

    /// Has a process forked that does what a control folder says, and waits for its end.
    ///
    /// # Errors
    /// The warm process is gone, or the user interrupted the build.
    pub fn run(&self, control: &Path) -> Result<ExitStatus> {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let ended = self.ask(number, control).ok_or_else(gone)?;
        let status = ended.recv();
        if interrupted() {
            return Err(Error::interrupted());
        }
        status.map_err(|_| gone())
    }

    fn ask(&self, number: u64, control: &Path) -> Option<Receiver<ExitStatus>> {
        let (done, ended) = channel();
        lock(&self.waiting).as_mut()?.insert(number, done);
        let mut line = format!("run {number} ").into_bytes();
        line.extend(control.as_os_str().as_encoded_bytes());
        line.push(b'\n');
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = requests.as_mut()?;
        pipe.write_all(&line).and_then(|()| pipe.flush()).ok()?;
        Some(ended)
    }
}

impl Drop for Forks {
    fn drop(&mut self) {
        // The end of its input ends the process, and what it forked.
        drop(self.requests.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(child) = &mut self.child {
            let _ = child.wait();
        }
    }
}

fn gone() -> Error {
    Error::new("the process that runs builders has ended")
        .hint("the system may have run out of memory: build again, with less at the same time")
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, Option<HashMap<u64, Sender<ExitStatus>>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hears of what the warm process starts and sees end, until it is gone.
fn hear(answers: Box<dyn Read + Send>, waiting: &Waiting) {
    let mut groups = HashMap::new();
    for line in BufReader::new(answers).lines().map_while(|line| line.ok()) {
        let words: Vec<&str> = line.split(' ').collect();
        let [event, number, value] = words[..] else { continue };
        let (Ok(number), Ok(value)) = (number.parse::<u64>(), value.parse::<u32>()) else {
            continue;
        };
        match event {
            "started" => {
                register(value);
                groups.insert(number, value);
            }
            _ => {
                groups.remove(&number).into_iter().for_each(forget);
                let done = lock(waiting).as_mut().and_then(|waiting| waiting.remove(&number));
                // Nobody may wait any more.
                done.map(|done| done.send(status(value)));
            }
        }
    }
    // It ends those that it forked, unless it was killed.
    groups.into_values().for_each(|group| {
        end_group(group, Force::Kill);
        forget(group);
    });
    *lock(waiting) = None; // whoever waits hears that nobody will answer
}

#[cfg(unix)]
fn status(raw: u32) -> ExitStatus {
    std::os::unix::process::ExitStatusExt::from_raw(raw.cast_signed())
}

#[cfg(windows)]
fn status(raw: u32) -> ExitStatus {
    std::os::windows::process::ExitStatusExt::from_raw(raw)
}
