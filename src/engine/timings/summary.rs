//! Where the time of a build went: the steps that were heard -> [`Timings`], and the page that shows
//! them. Pure.

use std::collections::HashMap;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::{
    CacheSummary, CacheUse, FORMAT, Heard, Load, Outcome, StepKind, TimedBuild, TimedStep, Timings,
    TimingsSummary,
};

/// Tells what the steps of a build tell together.
pub fn of(build: TimedBuild) -> Timings {
    let mut heard = build.heard;
    heard.sort_by_key(|step| (step.begun, step.ended));
    let needs = needs(&heard);
    let lanes = lanes(&heard);
    let steps: Vec<TimedStep> = heard
        .into_iter()
        .zip(needs.iter().zip(&lanes))
        .scan(Vec::new(), |ends, (step, (needs, lane))| {
            let timed = timed(step, needs, *lane, ends);
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
        summary: summary(&steps, build.wall.as_secs_f64(), build.workers),
        load: load(&steps),
        steps,
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

/// The places of the steps that each step needs. Of several with one name (a build may make two
/// wheels) it is the last that had ended.
fn needs(heard: &[Heard]) -> Vec<Vec<usize>> {
    let mut places: HashMap<(StepKind, &str), Vec<usize>> = HashMap::new();
    for (place, step) in heard.iter().enumerate() {
        places.entry((step.work.kind, &step.work.name)).or_default().push(place);
    }
    let of = |(at, step): (usize, &Heard)| {
        let last = |(kind, name): &(StepKind, String)| {
            let candidates = places.get(&(*kind, name.as_str()))?.iter().rev().copied();
            let is_before = |place: &usize| *place < at && heard[*place].ended <= step.begun;
            candidates.into_iter().find(is_before)
        };
        let mut found: Vec<usize> = step.work.needs.iter().filter_map(last).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    heard.iter().enumerate().map(of).collect()
}

/// A lane for each step, the first that is free: there are as many as steps ran at once.
fn lanes(heard: &[Heard]) -> Vec<usize> {
    let mut free_from: Vec<Duration> = Vec::new();
    let mut lanes = Vec::with_capacity(heard.len());
    for step in heard {
        let lane = free_from.iter().position(|from| *from <= step.begun);
        let lane = lane.unwrap_or(free_from.len());
        match free_from.get_mut(lane) {
            Some(from) => *from = step.ended,
            None => free_from.push(step.ended),
        }
        lanes.push(lane);
    }
    lanes
}

fn timed(step: Heard, needs: &[usize], lane: usize, ends: &[f64]) -> TimedStep {
    let begin = step.begun.as_secs_f64();
    let last = needs.iter().filter_map(|place| ends.get(*place)).copied().reduce(f64::max);
    TimedStep {
        kind: step.work.kind,
        name: step.work.name,
        outcome: step.outcome,
        lane,
        ready: last.unwrap_or(begin),
        begin,
        end: step.ended.as_secs_f64(),
        needs: needs.to_vec(),
        cache: step.cache,
    }
}

fn summary(steps: &[TimedStep], wall: f64, workers: usize) -> TimingsSummary {
    let is_work = |step: &&TimedStep| step.kind != StepKind::Wait;
    let lanes = steps.iter().map(|step| step.lane + 1).max().unwrap_or_default();
    let mut busy = vec![0.0; lanes];
    for step in steps.iter().filter(is_work) {
        busy[step.lane] += took(step);
    }
    let work: f64 = busy.iter().sum();
    let chain = chain(steps);
    let unchanged = steps.iter().filter(|step| step.outcome == Outcome::Unchanged).count();
    TimingsSummary {
        wall,
        workers,
        work,
        parallelism: if wall > 0.0 { work / wall } else { 0.0 },
        busy,
        chain_time: chain.iter().map(|place| took(&steps[*place])).sum(),
        chain,
        ran: steps.len() - unchanged,
        unchanged,
        cache: cache(steps),
    }
}

fn took(step: &TimedStep) -> f64 {
    step.end - step.begin
}

/// The steps that need each other and take longest together, the first one first. Needs come before
/// what needs them.
fn chain(steps: &[TimedStep]) -> Vec<usize> {
    let mut longest: Vec<(f64, Option<usize>)> = Vec::with_capacity(steps.len());
    for step in steps {
        let before = step
            .needs
            .iter()
            .copied()
            .reduce(|one, other| if longest[other].0 > longest[one].0 { other } else { one });
        let until = before.map_or(0.0, |before| longest[before].0);
        longest.push((until + took(step), before));
    }
    let last = (0..steps.len()).reduce(
        |one, other| {
            if longest[other].0 > longest[one].0 { other } else { one }
        },
    );
    let mut chain: Vec<usize> = std::iter::successors(last, |place| longest[*place].1).collect();
    chain.reverse();
    chain
}

fn cache(steps: &[TimedStep]) -> CacheSummary {
    let count = |wanted| steps.iter().filter(|step| step.cache == Some(wanted)).count();
    CacheSummary {
        hits: count(CacheUse::Hit),
        misses: count(CacheUse::Miss),
        unknown: count(CacheUse::Unknown),
    }
}

/// How many steps run and how many wait, at each moment at which that changes.
fn load(steps: &[TimedStep]) -> Vec<Load> {
    let is_work = |step: &&TimedStep| step.kind != StepKind::Wait;
    let mut changes: Vec<(f64, i64, i64)> = Vec::new();
    for step in steps.iter().filter(is_work) {
        changes.extend([(step.ready, 0, 1), (step.begin, 1, -1), (step.end, -1, 0)]);
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
