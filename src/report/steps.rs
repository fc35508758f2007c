//! The one place that records the steps of a build: for the progress line, and for the timings.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::model::{CacheUse, Heard, Outcome, Work};
use crate::report::progress;

/// The build that runs, one in a process. Invariant: `Some` exactly while [`recorded`] runs its work.
static TIMELINE: Mutex<Option<Timeline>> = Mutex::new(None);

struct Timeline {
    begun: Instant,
    heard: Vec<Heard>,
}

/// Does `work`, which began at `begun`, and returns its steps and how long it took. Calls do not
/// nest.
pub fn recorded<T>(begun: Instant, work: impl FnOnce() -> T) -> (T, Vec<Heard>, Duration) {
    *timeline() = Some(Timeline { begun, heard: Vec::new() });
    let result = work();
    let heard = timeline().take().map(|timeline| timeline.heard);
    (result, heard.unwrap_or_default(), begun.elapsed())
}

/// Whether steps are recorded.
pub fn is_recording() -> bool {
    timeline().is_some()
}

/// A step that has begun. A step that is dropped before it is ended has failed.
#[must_use]
#[derive(Debug)]
pub struct RunningStep {
    /// `None` once it has ended.
    work: Option<Work>,
    time: StepTime,
    /// Whether it is on the progress line.
    shows_progress: bool,
}

/// When a step ran.
#[derive(Debug, Clone, Copy)]
enum StepTime {
    /// Nobody has said so: it is not written down.
    Unknown,
    /// From this moment on.
    Since(Instant),
    /// From a moment to another one.
    Between(Instant, Instant),
}

/// A step that begins now.
pub fn begin(work: Work) -> RunningStep {
    progress::enter(&work.name);
    let time = StepTime::Since(Instant::now());
    RunningStep { work: Some(work), time, shows_progress: true }
}

/// A step that begins now and writes to the terminal itself, where the progress line would be in its
/// way.
pub fn begin_aloud(work: Work) -> RunningStep {
    let time = StepTime::Since(Instant::now());
    RunningStep { work: Some(work), time, shows_progress: false }
}

/// A step of another process, which tells afterwards when it ran: see [`RunningStep::ran`].
pub fn expect(work: Work) -> RunningStep {
    progress::enter(&work.name);
    RunningStep { work: Some(work), time: StepTime::Unknown, shows_progress: true }
}

/// A step that began at `begun` and is done.
pub fn did(work: Work, begun: Instant) {
    note(work, (begun, Instant::now()), Outcome::Done, None);
}

impl RunningStep {
    /// It ran from one moment to another.
    pub fn ran(mut self, begun: SystemTime, ended: SystemTime) -> Self {
        self.time = StepTime::Between(instant(begun), instant(ended));
        self
    }

    /// It is done.
    pub fn done(self) {
        self.done_with(None);
    }

    /// It is done, and a compiler cache had this to do with it.
    pub fn done_with(mut self, cache: Option<CacheUse>) {
        self.end(Outcome::Done, cache);
    }

    /// It need not be done: what an earlier build made is still right.
    pub fn unchanged(mut self) {
        self.end(Outcome::Unchanged, None);
    }

    fn end(&mut self, outcome: Outcome, cache: Option<CacheUse>) {
        let Some(work) = self.work.take() else { return };
        if self.shows_progress {
            progress::leave(&work.name);
        }
        let time = match self.time {
            StepTime::Unknown => return,
            StepTime::Since(begun) => (begun, Instant::now()),
            StepTime::Between(begun, ended) => (begun, ended),
        };
        note(work, time, outcome, cache);
    }
}

impl Drop for RunningStep {
    fn drop(&mut self) {
        self.end(Outcome::Failed, None);
    }
}

/// The same moment by the clock that steps are measured with.
fn instant(time: SystemTime) -> Instant {
    let now = Instant::now();
    now.checked_sub(time.elapsed().unwrap_or_default()).unwrap_or(now)
}

fn note(work: Work, (begun, ended): (Instant, Instant), outcome: Outcome, cache: Option<CacheUse>) {
    let mut timeline = timeline();
    let Some(timeline) = timeline.as_mut() else { return };
    let since = |moment: Instant| moment.saturating_duration_since(timeline.begun);
    let (begun, ended) = (since(begun), since(ended));
    timeline.heard.push(Heard { work, begun, ended, outcome, cache });
}

fn timeline() -> MutexGuard<'static, Option<Timeline>> {
    TIMELINE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StepKind;

    /// Other tests of this process may have steps at the same time.
    fn ours(heard: Vec<Heard>) -> Vec<(String, Outcome, Option<CacheUse>)> {
        let is_ours = |step: &Heard| step.work.name.starts_with("steps.rs: ");
        let heard = heard.into_iter().filter(is_ours);
        heard.map(|step| (step.work.name.clone(), step.outcome, step.cache)).collect()
    }

    fn work(name: &str) -> Work {
        Work::new(StepKind::Compile, format!("steps.rs: {name}"))
    }

    #[test]
    fn every_way_to_end_is_recorded_once() {
        begin(work("before")).done();
        let begun = Instant::now();
        let (answer, heard, wall) = recorded(begun, || {
            assert!(is_recording());
            did(work("read"), begun);
            begin(work("a")).done();
            begin_aloud(work("b")).done_with(Some(CacheUse::Hit));
            begin(work("c")).unchanged();
            drop(begin(work("d")));
            let (from, to) = (SystemTime::now(), SystemTime::now());
            expect(work("e")).ran(from, to).done();
            drop(expect(work("f")).ran(from, to));
            drop(expect(work("g")));
            7
        });
        drop(begin(work("after")));
        assert!(!is_recording());
        assert_eq!(answer, 7);
        assert!(heard.iter().all(|step| step.begun <= step.ended && step.ended <= wall));
        let named = |name: &str| format!("steps.rs: {name}");
        let expected = [
            (named("read"), Outcome::Done, None),
            (named("a"), Outcome::Done, None),
            (named("b"), Outcome::Done, Some(CacheUse::Hit)),
            (named("c"), Outcome::Unchanged, None),
            (named("d"), Outcome::Failed, None),
            (named("e"), Outcome::Done, None),
            (named("f"), Outcome::Failed, None),
        ];
        assert_eq!(ours(heard), expected);
    }
}
