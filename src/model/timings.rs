//! How long the tasks of a build take: as they are recorded, and as it is shown afterwards. A task
//! is a step of the engine or other work that takes time: whoever reads timings knows both as steps.
//!
//! What is serialised here is `timings.json`; docs/timings.md describes it, and [`FORMAT`] counts its
//! versions.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::model::setting::SettingValue;

/// The version of `timings.json`. It goes up when a field changes its meaning or goes away.
pub const FORMAT: u32 = 1;

/// What is done in a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// The project, an sdist, or the state of earlier builds is read.
    Read,
    /// Somebody else has what this build needs: a lock.
    Wait,
    /// Commands of the project's own run.
    Command,
    /// A builder runs, or headers are imported for one.
    Generate,
    /// The files of the source tree are looked at, and those of the product chosen.
    Walk,
    /// The compiler is looked for.
    Find,
    /// A source is compiled.
    Compile,
    /// Objects are put into an archive.
    Archive,
    /// Objects are linked.
    Link,
    /// A linked module is read back.
    Check,
    /// Shared libraries are looked for, copied into the wheel, or named anew.
    Bundle,
    /// A product is compressed and written.
    Pack,
    /// What the build did is written down for the next one.
    Save,
}

/// A step of the engine or other work of a build, and the tasks that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What is done.
    pub kind: TaskKind,
    /// To what, as messages call it: with the kind it is the task's name in a build.
    pub name: String,
    /// The tasks whose results it takes.
    pub needs: Vec<(TaskKind, String)>,
}

impl Task {
    /// A task that needs no other.
    pub fn new(kind: TaskKind, name: impl Into<String>) -> Self {
        Task { kind, name: name.into(), needs: Vec::new() }
    }

    /// The same task, which needs these as well. Tasks that a build does not have count as done.
    #[must_use]
    pub fn after<N: Into<String>>(
        mut self,
        kind: TaskKind,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.needs.extend(names.into_iter().map(|name| (kind, name.into())));
        self
    }
}

/// A task that has ended. Times are counted from the start of the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedTask {
    /// The task.
    pub task: Task,
    /// When it began.
    pub begun: Duration,
    /// When it ended.
    pub ended: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// What a compiler cache had to do with it.
    pub cache: Option<CacheUse>,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was run, and worked.
    Done,
    /// It was not run: what an earlier build made is still right.
    Unchanged,
    /// It failed, or was ended.
    Failed,
}

/// Whether a compiler cache (ccache, sccache) had what a compiler was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheUse {
    /// It had it: no compiler ran.
    Hit,
    /// It had not.
    Miss,
    /// This cache does not tell.
    Unknown,
}

/// Where the timings of a build go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TimingsPlace {
    /// Nowhere: nobody asked for them.
    #[default]
    Nowhere,
    /// Into the folder of builds.
    BuildFolder,
    /// Into this folder, relative to the project root or absolute.
    Folder(SettingValue<PathBuf>),
}

/// How a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BuildResult {
    /// The product is there.
    Succeeded,
    /// It is not.
    Failed,
    /// Its user ended it.
    Interrupted,
}

/// What a build works with, as people call it; `None` where it has not come that far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BuildTools {
    /// The Python that the product is for: `CPython 3.11, linux-x86_64`.
    pub python: Option<String>,
    /// The C compiler: `GCC 12 (gcc)`.
    pub compiler: Option<String>,
}

/// A build of which the tasks were recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedBuild {
    /// The distribution's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// When it began, in seconds since 1970.
    pub started: f64,
    /// How long it took.
    pub wall: Duration,
    /// How many programs it ran side by side at most.
    pub workers: usize,
    /// How it ended.
    pub result: BuildResult,
    /// `release` or `debug`.
    pub profile: &'static str,
    /// What it worked with.
    pub tools: BuildTools,
    /// Its tasks.
    pub tasks: Vec<FinishedTask>,
}

/// Where the time of a build went. All times are seconds, counted from its start.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timings {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of Officina.
    pub officina: &'static str,
    /// The distribution's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// When it began, in seconds since 1970.
    pub started: f64,
    /// How it ended.
    pub result: BuildResult,
    /// `release` or `debug`.
    pub profile: &'static str,
    /// What it worked with.
    #[serde(flatten)]
    pub tools: BuildTools,
    /// The whole of it.
    pub summary: TimingsSummary,
    /// Its tasks, in the order in which they began.
    #[serde(rename = "steps")]
    pub tasks: Vec<TimedTask>,
    /// How many tasks ran, and how many could have, from each moment to the next.
    pub load: Vec<Load>,
}

/// A build as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimingsSummary {
    /// From its start to its end.
    pub wall: f64,
    /// How many programs it ran side by side at most.
    pub workers: usize,
    /// All tasks added up, less those that only waited.
    pub work: f64,
    /// `work / wall`: how many tasks ran side by side on average.
    pub parallelism: f64,
    /// How many of the lanes are those of workers: the first ones. In the others is what Officina
    /// does itself.
    pub worker_lanes: usize,
    /// For each lane, how long something ran in it.
    pub busy: Vec<f64>,
    /// The tasks of the longest chain, each of which needs the one before it.
    pub chain: Vec<usize>,
    /// These added up: with the same tasks, no number of cores makes the build shorter.
    pub chain_time: f64,
    /// How many tasks were run.
    pub ran: usize,
    /// How many were not, since what they made is still right.
    pub unchanged: usize,
    /// What compiler caches did.
    pub cache: CacheSummary,
}

/// What compiler caches had of what was asked of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CacheSummary {
    /// Runs that it answered.
    pub hits: usize,
    /// Runs that it did not.
    pub misses: usize,
    /// Runs of which it does not tell.
    pub unknown: usize,
}

/// A task, seen in its build. Other tasks are named by their place in [`Timings::tasks`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimedTask {
    /// What was done.
    pub kind: TaskKind,
    /// To what.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Where it is drawn: tasks of one lane do not overlap.
    pub lane: usize,
    /// When the last of the tasks ended that it needs.
    pub ready: f64,
    /// When it began.
    pub begin: f64,
    /// When it ended.
    pub end: f64,
    /// The tasks whose results it takes.
    pub needs: Vec<usize>,
    /// What a compiler cache had to do with it.
    pub cache: Option<CacheUse>,
}

/// What went on from a moment to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Load {
    /// The moment.
    pub at: f64,
    /// How many tasks ran.
    pub running: usize,
    /// How many could have begun and had not.
    pub waiting: usize,
}
