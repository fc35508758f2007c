//! How many programs run side by side, shared with GNU make where we run below one, and with the
//! programs below us that know its protocol (make, ninja, cargo).
//!
//! Protocol: <https://www.gnu.org/software/make/manual/html_node/POSIX-Jobserver.html>. Only its
//! named pipe (make 4.4 and newer) is spoken: frontends close the file descriptors of the older
//! way, and a number that comes through all the same may by now be another file of ours.

use std::fs::File;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(unix)]
use crate::error::Error;
use crate::error::Result;
use crate::model::Environment;
use crate::process::Cancel;

/// The right to work, for all that a build does side by side, until it fails.
#[derive(Debug)]
pub struct Jobs {
    /// The most threads that are worth having.
    pub workers: usize,
    /// A named pipe, make's or our own; each byte in it is the right to run one more program.
    server: Option<File>,
    /// Where our own named pipe is.
    served: Option<PathBuf>,
    /// What all programs of the build share: the first failure ends them.
    pub cancel: Cancel,
    taken: Mutex<Taken>,
    /// Notified when a permit is given back.
    given_back: Condvar,
}

#[derive(Debug, Default)]
struct Taken {
    /// How many permits are out.
    permits: usize,
    /// How many threads wait, by [`Urgency`].
    waiting: [usize; 3],
    /// Whether the one job that make gave with our own start is taken.
    own: bool,
}

/// What a permit is for: the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// A builder: others wait for what it makes.
    Builder,
    /// A compiler or a linker.
    Compiler,
    /// Work of our own that nobody waits for yet: compression.
    Packing,
}

/// The right to do one thing, given back when dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    jobs: &'a Jobs,
    /// The byte to give back; `None` for our own job.
    byte: Option<u8>,
}

/// More than any machine has processors. Each worker is a thread, with a program of its own and pipes
/// to it, and each of them a byte in a pipe that holds no more than 4096 everywhere.
const MOST_WORKERS: usize = 1024;

/// How long a thread waits before it looks whether it still wants what it waits for.
const PATIENCE: Duration = Duration::from_millis(10);

impl Jobs {
    /// As many as asked for; else as many as make allows; else as the machine has processors.
    pub fn new(asked: Option<usize>, environment: &Environment) -> Self {
        let server = match asked {
            Some(_) => None,
            None => environment.text("MAKEFLAGS").and_then(fifo).and_then(open),
        };
        Jobs {
            workers: asked.unwrap_or_else(cores).clamp(1, MOST_WORKERS),
            server,
            served: None,
            cancel: Cancel::default(),
            taken: Mutex::default(),
            given_back: Condvar::new(),
        }
    }

    /// The same, with a jobserver of our own where no make has one: a named pipe in `folder`, from
    /// which the programs take that are given [`Jobs::makeflags`]. What they run counts with what we
    /// run.
    ///
    /// # Errors
    /// The pipe cannot be made.
    pub fn serving(asked: Option<usize>, environment: &Environment, folder: &Path) -> Result<Self> {
        let mut jobs = Jobs::new(asked, environment);
        if jobs.server.is_none() {
            let path = folder.join("jobserver");
            // Everybody has the right to run one program without asking.
            jobs.server = make_pipe(&path, jobs.workers - 1)?;
            jobs.served = jobs.server.is_some().then_some(path);
        }
        Ok(jobs)
    }

    /// What stands in `MAKEFLAGS` for programs that take part; `None`: what stands there already.
    pub fn makeflags(&self) -> Option<String> {
        let path = self.served.as_ref()?;
        Some(format!("-j{} --jobserver-auth=fifo:{}", self.workers, path.display()))
    }

    /// Waits for the right to work; `None` once `stop` says so or the user, or the build has failed.
    pub fn acquire(&self, urgency: Urgency, stop: impl Fn() -> bool) -> Option<Permit<'_>> {
        self.lock().waiting[urgency as usize] += 1;
        let permit = self.wait(urgency, stop);
        self.lock().waiting[urgency as usize] -= 1;
        permit
    }

    /// The build has failed: ends its programs, and gives no further permit.
    pub fn close(&self) {
        self.cancel.cancel();
        self.given_back.notify_all();
    }

    /// The right to work, if there is one at once.
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let byte = self.take(&mut self.lock())?;
        Some(Permit { jobs: self, byte })
    }

    fn wait(&self, urgency: Urgency, stop: impl Fn() -> bool) -> Option<Permit<'_>> {
        loop {
            if crate::process::interrupted() || self.cancel.is_cancelled() || stop() {
                return None;
            }
            let mut taken = self.lock();
            let is_first = taken.waiting[..urgency as usize].iter().all(|waiting| *waiting == 0);
            if is_first && let Some(byte) = self.take(&mut taken) {
                return Some(Permit { jobs: self, byte });
            }
            // make tells nobody when it has another job.
            let _ = self.given_back.wait_timeout(taken, PATIENCE);
        }
    }

    /// A permit, if there is one: `Some(None)` is one without a byte of make's.
    fn take(&self, taken: &mut Taken) -> Option<Option<u8>> {
        if taken.permits >= self.workers {
            return None;
        }
        let byte = match &self.server {
            None => None,
            Some(_) if !std::mem::replace(&mut taken.own, true) => None,
            Some(server) => {
                let mut byte = [0];
                let read = std::io::Read::read(&mut &*server, &mut byte);
                Some(read.ok().filter(|count| *count == 1).map(|_| byte[0])?)
            }
        };
        taken.permits += 1;
        Some(byte)
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut taken = self.jobs.lock();
        taken.permits -= 1;
        match (&self.jobs.server, self.byte) {
            (Some(server), Some(byte)) => {
                // A server that is gone wants nothing back.
                let _ = std::io::Write::write(&mut &*server, &[byte]);
            }
            _ => taken.own = false,
        }
        drop(taken);
        self.jobs.given_back.notify_all();
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

/// Makes a named pipe with so many bytes in it; `None` where the system has none.
///
/// # Errors
/// The folder cannot be written.
#[cfg(unix)]
fn make_pipe(path: &Path, bytes: usize) -> Result<Option<File>> {
    use rustix::fs::{CWD, Mode, mkfifoat};
    let failed = |e: std::io::Error| Error::io("create", path, &e);
    mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).map_err(|e| failed(e.into()))?;
    let Some(mut pipe) = path.to_str().and_then(open) else { return Ok(None) };
    std::io::Write::write_all(&mut pipe, &vec![b'+'; bytes]).map_err(failed)?;
    Ok(Some(pipe))
}

#[cfg(not(unix))]
fn make_pipe(_path: &Path, _bytes: usize) -> Result<Option<File>> {
    Ok(None)
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
        let first = jobs.acquire(Urgency::Compiler, || false).unwrap();
        let second = jobs.acquire(Urgency::Compiler, || false).unwrap();
        assert!(jobs.acquire(Urgency::Compiler, thrice).is_none(), "make allowed two");
        assert_eq!((first.byte, second.byte), (None, Some(b'x')));
        drop((first, second));
        let again =
            [jobs.acquire(Urgency::Compiler, || false), jobs.acquire(Urgency::Compiler, || false)];
        assert!(again.iter().all(Option::is_some), "they were not given back");
        assert!(Jobs::new(Some(7), &environment).server.is_none(), "an explicit number wins");
    }

    #[cfg(unix)]
    #[test]
    fn programs_below_us_take_from_what_we_have() {
        let folder = tempfile::tempdir().unwrap();
        let ours = Jobs::serving(Some(3), &Environment::default(), folder.path()).unwrap();
        let makeflags = ours.makeflags().unwrap();
        let environment = Environment([("MAKEFLAGS".into(), makeflags.into())].into());
        let theirs = Jobs::new(None, &environment);
        let permit = |jobs: &'static Jobs| jobs.try_acquire();
        let (ours, theirs): (&'static Jobs, &'static Jobs) =
            (Box::leak(Box::new(ours)), Box::leak(Box::new(theirs)));
        // One each without asking, and two bytes for both.
        let held = [permit(ours), permit(theirs), permit(theirs), permit(ours)];
        assert!(held.iter().all(Option::is_some));
        assert!(permit(ours).is_none() && permit(theirs).is_none());
        drop(held);
        assert!(permit(ours).is_some());
        let below_make = Jobs::serving(None, &environment, folder.path()).unwrap();
        assert_eq!(below_make.makeflags(), None, "make's own is used");
    }

    #[test]
    fn no_number_of_jobs_is_too_large() {
        let folder = tempfile::tempdir().unwrap();
        for asked in [20_000, usize::MAX] {
            let jobs = Jobs::serving(Some(asked), &Environment::default(), folder.path()).unwrap();
            assert_eq!(jobs.workers, MOST_WORKERS, "{asked}");
            let _ = std::fs::remove_file(folder.path().join("jobserver"));
        }
    }

    #[test]
    fn the_most_urgent_goes_first() {
        let jobs = Jobs::new(Some(1), &Environment::default());
        let order = Mutex::new(Vec::new());
        let only = jobs.acquire(Urgency::Packing, || false);
        std::thread::scope(|scope| {
            for urgency in [Urgency::Packing, Urgency::Compiler, Urgency::Builder] {
                let (jobs, order) = (&jobs, &order);
                scope.spawn(move || {
                    let _permit = jobs.acquire(urgency, || false).unwrap();
                    order.lock().unwrap().push(urgency);
                });
            }
            while jobs.lock().waiting.iter().sum::<usize>() < 3 {
                std::thread::yield_now();
            }
            drop(only);
        });
        let expected = [Urgency::Builder, Urgency::Compiler, Urgency::Packing];
        assert_eq!(order.into_inner().unwrap(), expected);
    }

    #[test]
    fn what_is_free_is_taken_without_waiting() {
        let jobs = Jobs::new(Some(2), &Environment::default());
        let first = jobs.try_acquire().unwrap();
        let second = jobs.try_acquire().unwrap();
        assert!(jobs.try_acquire().is_none());
        drop(first);
        assert!(jobs.try_acquire().is_some());
        drop(second);
    }
}
