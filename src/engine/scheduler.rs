//! Runs the steps of a graph side by side: skips what is up to date, remembers what ran, and stops
//! everything at the first failure.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::engine::cache::{ActionCache, Performed, Stale};
use crate::engine::file_stat::now;
use crate::engine::graph::{Graph, Node};
use crate::engine::jobserver::{Jobs, Urgency};
use crate::engine::schedule::{FailureEffect, Schedule};
use crate::engine::step::{Ran, Step};
use crate::error::{Error, Result};
use crate::process;
use crate::report::{self, Console, StepCount};

/// What all steps of a build share.
#[derive(Debug, Clone, Copy)]
pub struct Engine<'a> {
    /// What earlier builds did.
    pub cache: &'a ActionCache,
    /// The right to run programs.
    pub jobs: &'a Jobs,
    /// Where progress is told.
    pub console: Console,
}

/// Runs all steps of a graph, and does `meanwhile` on this thread while they run. Returns the
/// groups that were given up (a warning has told why), and what `meanwhile` returned.
///
/// # Errors
/// The first failure of a step, with those that had happened by then as notes; it ends what still
/// runs, with the programs of `meanwhile`, which gets no further permit to work. Else the error of
/// `meanwhile`; or the build has failed elsewhere.
pub fn run<M>(
    graph: &Graph,
    engine: &Engine,
    meanwhile: impl FnOnce() -> Result<M>,
) -> Result<(Vec<usize>, M)> {
    let scheduler = Scheduler {
        graph,
        engine,
        schedule: Mutex::new(Schedule::of(graph)),
        changed: Condvar::new(),
        count: report::count_steps(graph.nodes.len()),
    };
    let workers = engine.jobs.workers.min(graph.nodes.len());
    let done_meanwhile = std::thread::scope(|scope| {
        for _ in 0..workers {
            let spawned = std::thread::Builder::new().spawn_scoped(scope, || scheduler.work());
            if spawned.is_err() {
                break; // fewer workers do the same work
            }
        }
        let done = meanwhile();
        if done.is_err() {
            scheduler.stop();
        }
        scheduler.work(); // and nobody waits in vain where no thread could be started
        done
    });
    let schedule = scheduler.schedule.into_inner().unwrap_or_else(PoisonError::into_inner);
    if process::interrupted() {
        return Err(Error::interrupted());
    }
    let (lost, failures) = schedule.into_result();
    let mut failures = failures.into_iter();
    match failures.next() {
        Some(first) => {
            Err(failures.fold(first, |first, other| first.note(format!("also, {other}"))))
        }
        None => {
            let done = done_meanwhile?;
            // What failed beside this graph, and is told there.
            match engine.jobs.cancel.is_cancelled() {
                true => Err(Error::interrupted()),
                false => Ok((lost.into_iter().collect(), done)),
            }
        }
    }
}

/// Why a step would run; `None` if it would not.
pub fn why(step: &dyn Step, cache: &ActionCache) -> Option<Stale> {
    cache.look_up(step.id(), &step.key(), step.environment()).err()
}

struct Scheduler<'a> {
    graph: &'a Graph<'a>,
    engine: &'a Engine<'a>,
    schedule: Mutex<Schedule>,
    /// Notified when the schedule changes.
    changed: Condvar,
    count: StepCount,
}

impl Scheduler<'_> {
    fn work(&self) {
        while self.wait_for_a_step() {
            let nothing_left = || !self.lock().has_ready(); // somebody else was faster
            let permit = self.engine.jobs.acquire(Urgency::Compiler, nothing_left);
            if permit.is_none() {
                continue;
            }
            let Some(index) = self.lock().take() else { continue };
            let node = &self.graph.nodes[index];
            match catch_unwind(AssertUnwindSafe(|| self.perform(index, node))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.failed(index, node, error),
                // The others would wait for this step for ever.
                Err(panic) => {
                    self.stop();
                    self.failed(index, node, Error::interrupted());
                    resume_unwind(panic);
                }
            }
        }
    }

    /// Waits until a step is ready; `false` once there will be none.
    fn wait_for_a_step(&self) -> bool {
        let mut schedule = self.lock();
        loop {
            if self.is_given_up() {
                schedule.stop();
            }
            if schedule.has_ready() || schedule.is_over() {
                return schedule.has_ready();
            }
            // A signal notifies nobody, nor does a failure beside this graph.
            let waited = self.changed.wait_timeout(schedule, Duration::from_millis(100));
            schedule = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Skips a step that is up to date, or runs it and remembers what it did.
    fn perform(&self, index: usize, node: &Node) -> Result<()> {
        let Engine { cache, console, .. } = *self.engine;
        let step = &node.step;
        let (key, environment) = (step.key(), step.environment());
        let under_way = report::begin(node.task.clone());
        if let Ok(action) = cache.look_up(step.id(), &key, environment) {
            if !action.said.trim().is_empty() {
                console.output(&action.said);
            }
            cache.keep(step.id(), action);
            under_way.unchanged();
            self.done(index);
            return Ok(());
        }
        let began = now();
        let ran = step.run(&self.engine.jobs.cancel)?;
        cache.forget(&ran.outputs);
        under_way.done_with(ran.cache);
        // First: others wait for what it made, and nobody for what is written down.
        self.done(index);
        tell(node, &ran, console);
        let inputs = step.inputs(&ran);
        let said = ran.said();
        let Ran { outputs, answer, .. } = ran;
        let changed = BTreeSet::new();
        let performed = Performed { began, inputs, changed, outputs, answer, said };
        cache.record(step.id(), key, performed, environment);
        Ok(())
    }

    fn done(&self, index: usize) {
        self.count.ended_one();
        self.lock().done(index);
        self.changed.notify_all();
    }

    fn failed(&self, index: usize, node: &Node, error: Error) {
        self.count.ended_one();
        if self.is_given_up() {
            self.lock().stop(); // whatever fails now fails because of that
        }
        let group = &self.graph.groups[node.group];
        let warning = group.optional.then(|| left_out(&group.name, &error));
        let failure = self.lock().failed(index, error);
        match (failure, warning) {
            (FailureEffect::Fatal, _) => self.stop(),
            (FailureEffect::LosesGroup, Some(warning)) => {
                self.engine.console.warning_with_output(&warning)
            }
            _ => {}
        }
        self.changed.notify_all();
    }

    /// Whether the user stopped the build, or it has failed, here or beside this graph: nobody gets a
    /// permit any more.
    fn is_given_up(&self) -> bool {
        process::interrupted() || self.engine.jobs.cancel.is_cancelled()
    }

    /// Nothing new begins, what runs is ended, and whoever works beside the steps gets no permit.
    fn stop(&self) {
        self.lock().stop();
        self.changed.notify_all();
        self.engine.jobs.close();
    }

    fn lock(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The words of the program, our warnings, and the line of the step.
fn tell(node: &Node, ran: &Ran, console: Console) {
    if !ran.output.trim().is_empty() {
        console.output(&ran.output);
    }
    ran.warnings.iter().for_each(|warning| console.warning(warning));
    if let Some(took) = ran.took {
        console.done(node.verb, &node.task.name, took);
    }
}

/// The warning about an optional module that failed, with all that is known, in one piece.
pub fn left_out(module: &str, error: &Error) -> String {
    let parts = error.parts();
    let mut text = format!("`{module}` is optional and left out: {error}");
    text = report::one_line(&text).into_owned();
    let notes = parts.notes.iter().map(|note| format!("note: {}", report::one_line(note)));
    let hints = parts.hints.iter().map(|hint| format!("hint: {}", report::one_line(hint)));
    let said = parts.output.as_deref().map(str::trim_end).filter(|said| !said.is_empty());
    for line in said.map(str::to_owned).into_iter().chain(notes).chain(hints) {
        text.push('\n');
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::engine::digest::Digest;
    use crate::engine::graph::StepGroup;
    use crate::engine::input::Input;
    use crate::engine::relocatable_paths::RelocatablePaths;
    use crate::error::Ending;
    use crate::model::{Detail, Environment, Task, TaskKind};
    use crate::process::Cancel;

    /// Closes the jobs while it runs, as a failure beside the graph does.
    struct Closing<'a>(&'a Jobs, Environment);

    impl Step for Closing<'_> {
        fn id(&self) -> &str {
            ""
        }
        fn key(&self) -> Digest {
            Digest::new()
        }
        fn environment(&self) -> &Environment {
            &self.1
        }
        fn run(&self, _: &Cancel) -> Result<Ran> {
            self.0.close();
            Ok(Ran::default())
        }
        fn inputs(&self, _: &Ran) -> BTreeSet<Input> {
            BTreeSet::new()
        }
    }

    /// How a graph of so many steps ends, one after the other; `None` if it does not.
    fn ending_of(steps: usize, jobs: &'static Jobs) -> Option<Result<(), Ending>> {
        let (sender, ended) = mpsc::channel();
        let run_all = move || {
            let cache = ActionCache::empty(RelocatablePaths::default());
            let console = Console { detail: Detail::Problems };
            let engine = Engine { cache: &cache, jobs, console };
            let groups = vec![StepGroup { name: "all".into(), optional: false }];
            let node = |index: usize| Node {
                step: Box::new(Closing(jobs, Environment::default())),
                task: Task::new(TaskKind::Compile, "closing"),
                verb: "Compiled",
                needs: index.checked_sub(1).into_iter().collect(),
                group: 0,
            };
            let graph = Graph { nodes: (0..steps).map(node).collect(), groups };
            let ran = run(&graph, &engine, || Ok(()));
            sender.send(ran.map(drop).map_err(|error| error.parts().ending))
        };
        std::thread::spawn(run_all);
        ended.recv_timeout(Duration::from_secs(20)).ok()
    }

    #[test]
    fn a_graph_ends_when_the_build_has_failed_beside_it() {
        for (steps, closed_before) in [(1, true), (3, true), (1, false), (3, false)] {
            let jobs: &Jobs = Box::leak(Box::new(Jobs::new(Some(2), &Environment::default())));
            if closed_before {
                jobs.close();
            }
            let ending = ending_of(steps, jobs);
            assert_eq!(ending, Some(Err(Ending::Interrupted)), "{steps} {closed_before}");
        }
    }
}
