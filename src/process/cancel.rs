//! Ends programs that nobody wants any more, because another one failed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::process::groups::{Force, end_group};

/// What several runs of programs share: once cancelled, those that run are ended and none is started.
#[derive(Debug, Default)]
pub struct Cancel {
    state: Mutex<CancelState>,
    /// Notified when a program has ended.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct CancelState {
    is_cancelled: bool,
    /// The process groups that run.
    groups: Vec<u32>,
}

/// How long a program has to end by itself. Somebody waits for the error that cancelled it.
const GRACE: Duration = Duration::from_millis(30);

impl Cancel {
    /// Ends what runs: asked first, and forced after a moment, which nobody waits for.
    pub fn cancel(&self) {
        let mut state = self.lock();
        state.is_cancelled = true;
        state.groups.iter().for_each(|group| end_group(*group, Force::Ask));
        let deadline = Instant::now() + GRACE;
        while !state.groups.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.groups.iter().for_each(|group| end_group(*group, Force::Kill));
                return;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether somebody cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.lock().is_cancelled
    }

    /// A program has started. One that comes too late is ended at once: it has nothing to clean up.
    pub(super) fn enter(&self, group: u32) {
        let mut state = self.lock();
        state.groups.push(group);
        if state.is_cancelled {
            end_group(group, Force::Kill);
        }
    }

    /// It has ended.
    pub(super) fn leave(&self, group: u32) {
        self.lock().groups.retain(|running| *running != group);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, CancelState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Command;

    use super::*;

    #[test]
    fn a_program_that_starts_when_all_is_cancelled_is_killed() {
        let cancel = Cancel::default();
        cancel.cancel();
        let mut program = Command::new("sleep").arg("30").process_group(0).spawn().unwrap();
        cancel.enter(program.id());
        assert_eq!(program.wait().unwrap().signal(), Some(9)); // and not 15, which is for who may clean up
        cancel.leave(program.id());
    }
}
