//! The one place that records the tasks of a build: for the progress line, and for the timings.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::model::{BuildTools, CacheUse, FinishedTask, Outcome, Task};
use crate::report::progress;

/// The build that runs, one in a process. Invariant: `Some` exactly while [`recorded`] runs its work.
static TIMELINE: Mutex<Option<Timeline>> = Mutex::new(None);

struct Timeline {
    begun: Instant,
    recording: Recording,
}

/// What was recorded.
#[derive(Debug, Default)]
pub struct Recording {
    /// The tasks, in the order of their ends.
    pub tasks: Vec<FinishedTask>,
    /// What they were done with.
    pub tools: BuildTools,
}

/// Does `work`, which began at `begun`, and returns what was recorded and how long it took. Calls do
/// not nest.
pub fn recorded<T>(begun: Instant, work: impl FnOnce() -> T) -> (T, Recording, Duration) {
    *timeline() = Some(Timeline { begun, recording: Recording::default() });
    let result = work();
    let recording = timeline().take().map(|timeline| timeline.recording);
    (result, recording.unwrap_or_default(), begun.elapsed())
}

/// The build is for this Python.
pub fn note_python(python: impl FnOnce() -> String) {
    if let Some(timeline) = timeline().as_mut() {
        timeline.recording.tools.python = Some(python());
    }
}

/// The build has found this compiler.
pub fn note_compiler(compiler: impl FnOnce() -> String) {
    if let Some(timeline) = timeline().as_mut() {
        timeline.recording.tools.compiler = Some(compiler());
    }
}

/// Whether tasks are recorded.
pub fn is_recording() -> bool {
    timeline().is_some()
}

/// A task that has begun. A task that is dropped before it is ended has failed.
#[must_use]
#[derive(Debug)]
pub struct RunningTask {
    /// `None` once it has ended.
    task: Option<Task>,
    time: TaskTime,
    /// Whether it is on the progress line.
    shows_progress: bool,
}

/// When a task ran.
#[derive(Debug, Clone, Copy)]
enum TaskTime {
    /// Nobody has said so: it is not written down.
    Unknown,
    /// From this moment on.
    Since(Instant),
    /// From a moment to another one.
    Between(Instant, Instant),
}

/// A task that begins now.
pub fn begin(task: Task) -> RunningTask {
    progress::enter(&task.name);
    let time = TaskTime::Since(Instant::now());
    RunningTask { task: Some(task), time, shows_progress: true }
}

/// A task that begins now and writes to the terminal itself, where the progress line would be in its
/// way.
pub fn begin_aloud(task: Task) -> RunningTask {
    let time = TaskTime::Since(Instant::now());
    RunningTask { task: Some(task), time, shows_progress: false }
}

/// A task of another process, which tells afterwards when it ran: see [`RunningTask::ran`].
pub fn expect(task: Task) -> RunningTask {
    progress::enter(&task.name);
    RunningTask { task: Some(task), time: TaskTime::Unknown, shows_progress: true }
}

/// A task that began at `begun` and is done.
pub fn did(task: Task, begun: Instant) {
    note(task, (begun, Instant::now()), Outcome::Done, None);
}

impl RunningTask {
    /// It ran from one moment to another.
    pub fn ran(mut self, begun: SystemTime, ended: SystemTime) -> Self {
        self.time = TaskTime::Between(instant(begun), instant(ended));
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
        let Some(task) = self.task.take() else { return };
        if self.shows_progress {
            progress::leave(&task.name);
        }
        let time = match self.time {
            TaskTime::Unknown => return,
            TaskTime::Since(begun) => (begun, Instant::now()),
            TaskTime::Between(begun, ended) => (begun, ended),
        };
        note(task, time, outcome, cache);
    }
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        self.end(Outcome::Failed, None);
    }
}

/// The same moment by the clock that tasks are measured with.
fn instant(time: SystemTime) -> Instant {
    let now = Instant::now();
    now.checked_sub(time.elapsed().unwrap_or_default()).unwrap_or(now)
}

fn note(task: Task, (begun, ended): (Instant, Instant), outcome: Outcome, cache: Option<CacheUse>) {
    let mut timeline = timeline();
    let Some(timeline) = timeline.as_mut() else { return };
    let since = |moment: Instant| moment.saturating_duration_since(timeline.begun);
    let (begun, ended) = (since(begun), since(ended));
    timeline.recording.tasks.push(FinishedTask { task, begun, ended, outcome, cache });
}

fn timeline() -> MutexGuard<'static, Option<Timeline>> {
    TIMELINE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TaskKind;

    /// Other tests of this process may have tasks at the same time.
    fn ours(tasks: Vec<FinishedTask>) -> Vec<(String, Outcome, Option<CacheUse>)> {
        let is_ours = |finished: &FinishedTask| finished.task.name.starts_with("tasks.rs: ");
        let tasks = tasks.into_iter().filter(is_ours);
        tasks.map(|one| (one.task.name.clone(), one.outcome, one.cache)).collect()
    }

    fn task(name: &str) -> Task {
        Task::new(TaskKind::Compile, format!("tasks.rs: {name}"))
    }

    #[test]
    fn every_way_to_end_is_recorded_once() {
        begin(task("before")).done();
        let begun = Instant::now();
        let (answer, Recording { tasks, .. }, wall) = recorded(begun, || {
            assert!(is_recording());
            did(task("read"), begun);
            begin(task("a")).done();
            begin_aloud(task("b")).done_with(Some(CacheUse::Hit));
            begin(task("c")).unchanged();
            drop(begin(task("d")));
            let (from, to) = (SystemTime::now(), SystemTime::now());
            expect(task("e")).ran(from, to).done();
            drop(expect(task("f")).ran(from, to));
            drop(expect(task("g")));
            7
        });
        drop(begin(task("after")));
        assert!(!is_recording());
        assert_eq!(answer, 7);
        assert!(tasks.iter().all(|task| task.begun <= task.ended && task.ended <= wall));
        let named = |name: &str| format!("tasks.rs: {name}");
        let expected = [
            (named("read"), Outcome::Done, None),
            (named("a"), Outcome::Done, None),
            (named("b"), Outcome::Done, Some(CacheUse::Hit)),
            (named("c"), Outcome::Unchanged, None),
            (named("d"), Outcome::Failed, None),
            (named("e"), Outcome::Done, None),
            (named("f"), Outcome::Failed, None),
        ];
        assert_eq!(ours(tasks), expected);
    }
}
