//! Where the time of a build went: the tasks that were recorded -> [`Timings`], and the page that shows
//! them. Pure.

use std::collections::HashMap;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::{
    CacheSummary, CacheUse, FORMAT, FinishedTask, Load, Outcome, TaskKind, TimedBuild, TimedTask,
    Timings, TimingsSummary,
};

/// Tells what the tasks of a build tell together.
pub fn of(build: TimedBuild) -> Timings {
    let mut tasks = build.tasks;
    tasks.sort_by_key(|task| (task.begun, task.ended));
    let needs = needs(&tasks);
    let lanes = lanes(&tasks);
    let tasks: Vec<TimedTask> = tasks
        .into_iter()
        .zip(needs.iter().zip(&lanes))
        .scan(Vec::new(), |ends, (task, (needs, lane))| {
            let timed = timed(task, needs, *lane, ends);
            ends.push(timed.end);
            Some(timed)
        })
        .collect();
    Timings {
        format: FORMAT,
        officina: env!("CARGO_PKG_VERSION"),
        name: build.name,
        version: build.version,
        started: build.started,
        result: build.result,
        profile: build.profile,
        tools: build.tools,
        summary: summary(&tasks, build.wall.as_secs_f64(), build.workers),
        load: load(&tasks),
        tasks,
    }
}

/// `timings.json`.
///
/// # Errors
/// None that anybody knows of.
pub fn json(timings: &Timings) -> Result<String> {
    let text = serde_json::to_string(timings);
    text.map(|text| text + "\n").map_err(|e| Error::new(format!("cannot write JSON: {e}")))
}

/// The places of the tasks that each task needs. Of several with one name (a build may make two
/// wheels) it is the last that had ended.
fn needs(tasks: &[FinishedTask]) -> Vec<Vec<usize>> {
    let mut places: HashMap<(TaskKind, &str), Vec<usize>> = HashMap::new();
    for (place, finished) in tasks.iter().enumerate() {
        places.entry((finished.task.kind, &finished.task.name)).or_default().push(place);
    }
    let of = |(at, finished): (usize, &FinishedTask)| {
        let last = |(kind, name): &(TaskKind, String)| {
            let candidates = places.get(&(*kind, name.as_str()))?.iter().rev().copied();
            let is_before = |place: &usize| *place < at && tasks[*place].ended <= finished.begun;
            candidates.into_iter().find(is_before)
        };
        let mut found: Vec<usize> = finished.task.needs.iter().filter_map(last).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    tasks.iter().enumerate().map(of).collect()
}

/// A lane for each task, the first that is free: those of workers, of which there are as many as
/// programs ran at once, and behind them those of what Officina does itself.
fn lanes(tasks: &[FinishedTask]) -> Vec<usize> {
    let mut of_workers = Lanes::default();
    let mut own = Lanes::default();
    let is_workers = |task: &FinishedTask| is_of_workers(task.task.kind);
    let choose = |task: &FinishedTask| match is_workers(task) {
        true => of_workers.take(task),
        false => own.take(task),
    };
    let mut lanes: Vec<usize> = tasks.iter().map(choose).collect();
    let first_own = of_workers.free_from.len();
    for (lane, _) in lanes.iter_mut().zip(tasks).filter(|(_, task)| !is_workers(task)) {
        *lane += first_own;
    }
    lanes
}

/// Lanes, by the moment from which each is free.
#[derive(Default)]
struct Lanes {
    free_from: Vec<Duration>,
}

impl Lanes {
    fn take(&mut self, task: &FinishedTask) -> usize {
        let lane = self.free_from.iter().position(|from| *from <= task.begun);
        let lane = lane.unwrap_or(self.free_from.len());
        match self.free_from.get_mut(lane) {
            Some(from) => *from = task.ended,
            None => self.free_from.push(task.ended),
        }
        lane
    }
}

/// Whether a task has a worker's permit from its begin to its end.
fn is_of_workers(kind: TaskKind) -> bool {
    use TaskKind::{
        Archive, Bundle, Check, Command, Compile, Find, Generate, Link, Pack, Read, Save, Wait,
        Walk,
    };
    match kind {
        Command | Generate | Compile | Archive | Link | Bundle | Check => true,
        Read | Wait | Walk | Find | Pack | Save => false,
    }
}

fn timed(finished: FinishedTask, needs: &[usize], lane: usize, ends: &[f64]) -> TimedTask {
    let begin = finished.begun.as_secs_f64();
    let last = needs.iter().filter_map(|place| ends.get(*place)).copied().reduce(f64::max);
    TimedTask {
        kind: finished.task.kind,
        name: finished.task.name,
        outcome: finished.outcome,
        lane,
        ready: last.unwrap_or(begin),
        begin,
        end: finished.ended.as_secs_f64(),
        needs: needs.to_vec(),
        cache: finished.cache,
    }
}

fn summary(tasks: &[TimedTask], wall: f64, workers: usize) -> TimingsSummary {
    let is_work = |task: &&TimedTask| task.kind != TaskKind::Wait;
    let lanes = tasks.iter().map(|task| task.lane + 1).max().unwrap_or_default();
    let of_workers = tasks.iter().filter(|task| is_of_workers(task.kind));
    let worker_lanes = of_workers.map(|task| task.lane + 1).max().unwrap_or_default();
    let mut busy = vec![0.0; lanes];
    for task in tasks.iter().filter(is_work) {
        busy[task.lane] += took(task);
    }
    let work: f64 = busy.iter().sum();
    let chain = chain(tasks);
    let unchanged = tasks.iter().filter(|task| task.outcome == Outcome::Unchanged).count();
    TimingsSummary {
        wall,
        workers,
        work,
        parallelism: if wall > 0.0 { work / wall } else { 0.0 },
        worker_lanes,
        busy,
        chain_time: chain.iter().map(|place| took(&tasks[*place])).sum(),
        chain,
        ran: tasks.len() - unchanged,
        unchanged,
        cache: cache(tasks),
    }
}

fn took(task: &TimedTask) -> f64 {
    task.end - task.begin
}

/// The tasks that need each other and take longest together, the first one first. Needs come before
/// what needs them.
fn chain(tasks: &[TimedTask]) -> Vec<usize> {
    let mut longest: Vec<(f64, Option<usize>)> = Vec::with_capacity(tasks.len());
    for task in tasks {
        let before = task
            .needs
            .iter()
            .copied()
            .reduce(|one, other| if longest[other].0 > longest[one].0 { other } else { one });
        let until = before.map_or(0.0, |before| longest[before].0);
        longest.push((until + took(task), before));
    }
    let last = (0..tasks.len()).reduce(
        |one, other| {
            if longest[other].0 > longest[one].0 { other } else { one }
        },
    );
    let mut chain: Vec<usize> = std::iter::successors(last, |place| longest[*place].1).collect();
    chain.reverse();
    chain
}

fn cache(tasks: &[TimedTask]) -> CacheSummary {
    let count = |wanted| tasks.iter().filter(|task| task.cache == Some(wanted)).count();
    CacheSummary {
        hits: count(CacheUse::Hit),
        misses: count(CacheUse::Miss),
        unknown: count(CacheUse::Unknown),
    }
}

/// How many tasks run and how many wait, at each moment at which that changes.
fn load(tasks: &[TimedTask]) -> Vec<Load> {
    let is_work = |task: &&TimedTask| task.kind != TaskKind::Wait;
    let mut changes: Vec<(f64, i64, i64)> = Vec::new();
    for task in tasks.iter().filter(is_work) {
        changes.extend([(task.ready, 0, 1), (task.begin, 1, -1), (task.end, -1, 0)]);
    }
    changes.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut running, mut waiting) = (0, 0);
    let mut load: Vec<Load> = Vec::new();
    for (at, ran, waited) in changes {
        (running, waiting) = (running + ran, waiting + waited);
        let now = Load { at, running: count(running), waiting: count(waiting) };
        match load.last_mut().filter(|last| last.at.total_cmp(&at).is_eq()) {
            Some(last) => *last = now,
            None => load.push(now),
        }
    }
    load.dedup_by(|later, earlier| {
        (later.running, later.waiting) == (earlier.running, earlier.waiting)
    });
    load
}

/// What began has not ended more often: never below nothing once a moment is over.
fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests;
