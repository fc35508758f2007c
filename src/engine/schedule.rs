//! The state of every step of a graph: the one state machine of the engine. It knows no thread, no
//! program and no time.
//!
//! ```text
//! waiting ──needs done──> ready ──taken──> running ──┬─> done
//!    │                      │                        └─> failed
//!    └──────────────────────┴── a failure elsewhere ───> dropped
//! ```

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::engine::graph::Graph;
use crate::error::Error;

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// For so many steps that it needs.
    Waiting(usize),
    Ready,
    Running,
    Done,
    Failed,
    /// It will not run: it belongs to a group that is given up, or the build has failed.
    Dropped,
}

/// What a failure of a step means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureEffect {
    /// The build fails.
    Fatal,
    /// Its group is given up, which somebody should hear.
    LosesGroup,
    /// Nothing new: the group was given up before, or the build has failed already.
    Repeated,
}

/// The states of the steps of one graph.
#[derive(Debug)]
pub struct Schedule {
    states: Vec<State>,
    /// Ready steps: those with the longest way to the end first, then in the order of the graph.
    ready: BTreeSet<(Reverse<usize>, usize)>,
    heights: Vec<usize>,
    dependents: Vec<Vec<usize>>,
    group_of: Vec<usize>,
    is_optional: Vec<bool>,
    lost: BTreeSet<usize>,
    running: usize,
    failures: Vec<(usize, Error)>,
    is_stopped: bool,
}

impl Schedule {
    /// All steps wait or are ready.
    pub fn of(graph: &Graph) -> Self {
        let mut schedule = Schedule {
            states: graph.nodes.iter().map(|node| State::Waiting(node.needs.len())).collect(),
            ready: BTreeSet::new(),
            heights: graph.heights(),
            dependents: graph.dependents(),
            group_of: graph.nodes.iter().map(|node| node.group).collect(),
            is_optional: graph.groups.iter().map(|group| group.optional).collect(),
            lost: BTreeSet::new(),
            running: 0,
            failures: Vec::new(),
            is_stopped: false,
        };
        (0..schedule.states.len()).for_each(|step| schedule.make_ready(step));
        schedule
    }

    /// Whether a step could be taken now.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Whether nothing runs and nothing will.
    pub fn is_over(&self) -> bool {
        self.running == 0 && self.ready.is_empty()
    }

    /// Takes the step that is to run next.
    pub fn take(&mut self) -> Option<usize> {
        let (_, step) = self.ready.pop_first()?;
        self.states[step] = State::Running;
        self.running += 1;
        Some(step)
    }

    /// A step is done: those that waited for it alone are ready.
    pub fn done(&mut self, step: usize) {
        self.states[step] = State::Done;
        self.running -= 1;
        for dependent in self.dependents[step].clone() {
            if let State::Waiting(needs) = self.states[dependent] {
                self.states[dependent] = State::Waiting(needs - 1);
                self.make_ready(dependent);
            }
        }
    }

    /// A step has failed.
    pub fn failed(&mut self, step: usize, error: Error) -> FailureEffect {
        self.states[step] = State::Failed;
        self.running -= 1;
        let group = self.group_of[step];
        if self.is_stopped {
            return FailureEffect::Repeated;
        }
        if self.is_optional[group] {
            let is_new = self.lost.insert(group);
            self.drop_steps(|of_target| of_target == group);
            return if is_new { FailureEffect::LosesGroup } else { FailureEffect::Repeated };
        }
        self.failures.push((step, error));
        self.stop();
        FailureEffect::Fatal
    }

    /// Nobody wants the rest: what is not running does not begin.
    pub fn stop(&mut self) {
        self.is_stopped = true;
        self.drop_steps(|_| true);
    }

    /// The groups that were given up, and the failures in the order of the graph.
    pub fn into_result(mut self) -> (BTreeSet<usize>, Vec<Error>) {
        self.failures.sort_by_key(|(step, _)| *step);
        (self.lost, self.failures.into_iter().map(|(_, error)| error).collect())
    }

    fn make_ready(&mut self, step: usize) {
        if self.states[step] == State::Waiting(0) {
            self.states[step] = State::Ready;
            self.ready.insert((Reverse(self.heights[step]), step));
        }
    }

    fn drop_steps(&mut self, is_dropped: impl Fn(usize) -> bool) {
        for (step, state) in self.states.iter_mut().enumerate() {
            let is_pending = matches!(state, State::Waiting(_) | State::Ready);
            if is_pending && is_dropped(self.group_of[step]) {
                *state = State::Dropped;
                self.ready.remove(&(Reverse(self.heights[step]), step));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::engine::digest::Digest;
    use crate::engine::graph::Node;
    use crate::engine::input::Input;
    use crate::engine::step::{Ran, Step};
    use crate::error::Result;
    use crate::model::{Environment, Task, TaskKind};
    use crate::process::Cancel;

    struct Nothing(Environment);

    impl Step for Nothing {
        fn id(&self) -> &str {
            ""
        }
        fn key(&self) -> Digest {
            Digest::new()
        }
        fn environment(&self) -> &Environment {
            &self.0
        }
        fn run(&self, _: &Cancel) -> Result<Ran> {
            Ok(Ran { outputs: [PathBuf::new()].into(), ..Ran::default() })
        }
        fn inputs(&self, _: &Ran) -> BTreeSet<Input> {
            BTreeSet::new()
        }
    }

    /// Two groups of two compiles and a link each: steps 0, 1, 2 and 3, 4, 5.
    fn two_modules(optional: bool) -> Schedule {
        let mut graph = Graph::default();
        for name in ["a", "b"] {
            let group = graph.add_group(name, optional);
            let mut add = |needs: Vec<usize>| {
                let step = Box::new(Nothing(Environment::default()));
                let task = Task::new(TaskKind::Compile, name);
                graph.add(Node { step, task, verb: "Compiled", needs, group })
            };
            let compiled = vec![add(vec![]), add(vec![])];
            add(compiled);
        }
        Schedule::of(&graph)
    }

    #[test]
    fn a_step_is_ready_when_all_that_it_needs_is_done() {
        let mut schedule = two_modules(false);
        let taken: Vec<usize> = std::iter::from_fn(|| schedule.take()).collect();
        assert_eq!(taken, [0, 1, 3, 4]);
        schedule.done(0);
        assert!(!schedule.has_ready());
        schedule.done(1);
        assert_eq!(schedule.take(), Some(2));
        [2, 3, 4].into_iter().for_each(|step| schedule.done(step));
        assert!(!schedule.is_over());
        assert_eq!(schedule.take(), Some(5));
        schedule.done(5);
        assert!(schedule.is_over());
        assert_eq!(schedule.into_result(), (BTreeSet::new(), vec![]));
    }

    #[test]
    fn nothing_begins_after_a_failure_and_what_fails_later_is_not_told() {
        let mut schedule = two_modules(false);
        let taken = (schedule.take(), schedule.take());
        assert_eq!(taken, (Some(0), Some(1)));
        assert_eq!(schedule.failed(1, Error::new("one")), FailureEffect::Fatal);
        assert!(!schedule.has_ready() && !schedule.is_over() && schedule.is_stopped);
        assert_eq!(schedule.failed(0, Error::new("zero")), FailureEffect::Repeated);
        assert!(schedule.is_over());
        assert_eq!(schedule.into_result(), (BTreeSet::new(), vec![Error::new("one")]));
    }

    #[test]
    fn an_optional_target_is_lost_alone() {
        let mut schedule = two_modules(true);
        assert_eq!((schedule.take(), schedule.take()), (Some(0), Some(1)));
        assert_eq!(schedule.failed(0, Error::new("zero")), FailureEffect::LosesGroup);
        assert_eq!(schedule.failed(1, Error::new("one")), FailureEffect::Repeated);
        let rest: Vec<usize> = std::iter::from_fn(|| {
            let step = schedule.take()?;
            schedule.done(step);
            Some(step)
        })
        .collect();
        assert_eq!(rest, [3, 4, 5]);
        assert!(schedule.is_over());
        assert_eq!(schedule.into_result(), ([0].into(), vec![]));
    }
}
