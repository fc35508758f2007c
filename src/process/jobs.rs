//! How many programs run side by side, shared with GNU make where we run below one.
//!
//! Protocol: <https://www.gnu.org/software/make/manual/html_node/POSIX-Jobserver.html>. Only its
//! named pipe (make 4.4 and newer) is spoken: frontends close the file descriptors of the older
//! way, and a number that comes through all the same may by now be another file of ours.

use std::fs::File;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Environment;

/// The right to run programs.
#[derive(Debug)]
pub struct Jobs {
    /// The most threads that are worth having.
    pub workers: usize,
    /// make's named pipe; each byte in it is the right to run one more program.
    server: Option<File>,
    /// Whether the one job that make gave with our own start is free.
    own: Mutex<bool>,
}

/// The right to run one program, given back when dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    jobs: &'a Jobs,
    /// The byte to give back; `None` for our own job.
    byte: Option<u8>,
}

impl Jobs {
    /// As many as asked for; else as many as make allows; else as the machine has processors.
    pub fn new(asked: Option<usize>, environment: &Environment) -> Self {
        let server = match asked {
            Some(_) => None,
            None => environment.text("MAKEFLAGS").and_then(fifo).and_then(open),
        };
        Jobs { workers: asked.unwrap_or_else(cores).max(1), server, own: Mutex::new(true) }
    }

    /// Waits for the right to run a program; `None` once `stop` says so, or the user.
    pub fn acquire(&self, stop: impl Fn() -> bool) -> Option<Permit<'_>> {
        loop {
            if super::interrupted() || stop() {
                return None;
            }
            let Some(server) = &self.server else { return Some(Permit { jobs: self, byte: None }) };
            if std::mem::take(&mut *self.own.lock().unwrap_or_else(PoisonError::into_inner)) {
                return Some(Permit { jobs: self, byte: None });
            }
            let mut byte = [0];
            if let Ok(1) = std::io::Read::read(&mut &*server, &mut byte) {
                return Some(Permit { jobs: self, byte: Some(byte[0]) });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        match (&self.jobs.server, self.byte) {
            (Some(server), Some(byte)) => {
                // A server that is gone wants nothing back.
                let _ = std::io::Write::write(&mut &*server, &[byte]);
            }
            _ => *self.jobs.own.lock().unwrap_or_else(PoisonError::into_inner) = true,
        }
    }
}

/// How many threads this machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// The named pipe in `MAKEFLAGS`, the last one if there are several.
fn fifo(makeflags: &str) -> Option<&str> {
    makeflags
        .split_whitespace()
        .rev()
        .find_map(|word| word.strip_prefix("--jobserver-auth="))?
        .strip_prefix("fifo:")
}

#[cfg(unix)]
fn open(path: &str) -> Option<File> {
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
    // Non-blocking, so that a build that fails or is interrupted waits for nobody.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).ok()?;
    let pipe = File::options().read(true).write(true).custom_flags(flags).open(path).ok()?;
    pipe.metadata().ok()?.file_type().is_fifo().then_some(pipe)
}

#[cfg(not(unix))]
fn open(_path: &str) -> Option<File> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_named_pipe_counts_and_descriptors_do_not() {
        let cases = [
            ("-j8 --jobserver-auth=fifo:/tmp/GMfifo1", Some("/tmp/GMfifo1")),
            ("--jobserver-auth=fifo:/a --jobserver-auth=fifo:/b -- X=1", Some("/b")),
            ("-j8 --jobserver-auth=3,4", None),
            ("", None),
        ];
        for (flags, expected) in cases {
            assert_eq!(fifo(flags), expected, "{flags}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn permits_come_from_the_server_and_go_back_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).unwrap();
        let mut server = open(path.to_str().unwrap()).unwrap();
        std::io::Write::write_all(&mut server, b"x").unwrap();
        let makeflags = format!("-j2 --jobserver-auth=fifo:{}", path.display());
        let environment = Environment([("MAKEFLAGS".into(), makeflags.into())].into());
        let jobs = Jobs::new(None, &environment);
        let polls = std::cell::Cell::new(0);
        let thrice = || polls.replace(polls.get() + 1) == 3;
        let first = jobs.acquire(|| false).unwrap();
        let second = jobs.acquire(|| false).unwrap();
        assert!(jobs.acquire(thrice).is_none(), "make allowed two");
        assert_eq!((first.byte, second.byte), (None, Some(b'x')));
        drop((first, second));
        let again = [jobs.acquire(|| false), jobs.acquire(|| false)];
        assert!(again.iter().all(Option::is_some), "they were not given back");
        assert!(Jobs::new(Some(7), &environment).server.is_none(), "an explicit number wins");
    }
}
