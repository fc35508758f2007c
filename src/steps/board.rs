//! What the workers share: what is to be done, what is done, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine;
use crate::engine::Stamp;
use crate::error::{Error, Result};
use crate::steps::Linked;
use crate::steps::prepare::{Prepared, Wanted};
use crate::steps::tool_run;
use crate::steps::up_to_date::Reads;

/// Something to do: what comes first is taken first. A module has the place of its entry among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// Link a module.
    Link(usize),
    /// Compile a source of a module.
    Compile(usize, usize),
}

impl Task {
    pub fn module(self) -> usize {
        match self {
            Task::Link(module) | Task::Compile(module, _) => module,
        }
    }
}

/// Where something failed: of several failures the first is told. Those that no compiler was needed
/// for come before all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Before anything of the module at this place ran.
    Preparing(usize),
    /// In this task.
    At(Task),
}

impl Place {
    pub fn module(self) -> usize {
        match self {
            Place::Preparing(module) => module,
            Place::At(task) => task.module(),
        }
    }
}

/// Something that failed for good.
pub(super) type Failure = (Place, Arc<Prepared>, Error);

/// Whether modules still come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Builders run. What is compiled now may have to be compiled once more.
    Open,
    /// All modules are known.
    Closed(Doubt),
    /// Nobody wants the rest.
    Left,
}

/// What the builders may have done to what other modules are compiled from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing: there was one builder at most.
    None,
    /// Nothing that was heard. Not all can be: a rename, a library that writes.
    Unheard,
    /// They wrote files, or started programs that may have.
    Written,
}

/// A run of a compiler that began while builders ran.
pub(super) struct Run {
    unit: usize,
    /// When it began, in nanoseconds since 1970.
    began: i128,
    /// What it read, where it went well.
    outcome: Result<Reads>,
    /// What was there of that when it had ended.
    found: Vec<Option<Stamp>>,
    /// The folders of the project where that lay.
    folders: BTreeSet<PathBuf>,
}

impl Run {
    /// One that has just ended, in a project at `root`.
    pub fn ended(unit: usize, began: i128, outcome: Result<Reads>, root: &Path) -> Self {
        let known = || match &outcome {
            Ok(Reads::Known(files)) => Some(files.iter()),
            _ => None,
        };
        let found = known().into_iter().flatten().map(|file| engine::look(file)).collect();
        let below = |file: &'_ PathBuf| -> Vec<PathBuf> {
            let folders = file.ancestors().skip(1).take_while(|folder| *folder != root);
            folders.filter(|folder| folder.starts_with(root)).map(Path::to_owned).collect()
        };
        let folders = known().into_iter().flatten().flat_map(below).collect();
        Run { unit, began, outcome, found, folders }
    }

    /// Whether it may come out in another way, now that all builders have ended.
    fn is_doubtful(&self, doubt: Doubt) -> bool {
        match &self.outcome {
            _ if doubt == Doubt::None => false,
            Err(error) => !tool_run::is_interruption(error),
            Ok(Reads::Unknown(_)) => doubt == Doubt::Written,
            // There a copy or a rename keeps the only time that a file has.
            Ok(Reads::Known(_)) if cfg!(not(unix)) && doubt == Doubt::Written => true,
            // A name may lead to another file that is older, by a link or the rename of a folder.
            Ok(Reads::Known(files)) => {
                self.folders.iter().any(|folder| engine::moved_since(folder, self.began))
                    || files.iter().zip(&self.found).any(|(file, found)| {
                        let today = engine::look(file);
                        today != *found || engine::touched_since(file, today, self.began)
                    })
            }
        }
    }
}

/// A module that the workers have taken on.
struct Slot {
    module: Arc<Prepared>,
    /// How many of its sources are not compiled for good.
    unfinished: usize,
    /// Whether it is optional and has failed.
    lost: bool,
    /// Compiles that are to be judged when all builders have ended.
    early: Vec<Run>,
    /// Sources of which an earlier build left the object; to be looked at once more then.
    found: Vec<usize>,
    linked: Option<Linked>,
}

/// What becomes of a compile that began while builders ran.
pub(super) enum Verdict {
    /// That is not known before they have ended.
    Waits,
    /// It is right.
    Right,
    /// It may come out in another way now: it is to be done once more.
    Doubtful,
    /// It failed for good.
    Failed(Failure),
}

/// A source: the place of its module, the module, and which of its sources.
pub(super) type Source = (usize, Arc<Prepared>, usize);

/// What happened while builders ran, and is to be seen to now.
pub(super) struct Early {
    /// Compiles that failed for good.
    pub failures: Vec<Failure>,
    /// Sources to be compiled once more.
    pub doubtful: Vec<Source>,
    /// Sources that had not to be compiled.
    pub found: Vec<Source>,
    /// See [`Board::unprepared`].
    pub unprepared: BTreeMap<usize, (Wanted, Error)>,
}

/// Invariant: a source is in `tasks`, or a worker has it, or it is among the `early` or the `found`
/// of its module, or the module does not count it as `unfinished` any more.
pub(super) struct Board {
    pub phase: Phase,
    tasks: BTreeSet<Task>,
    /// How many workers have a task.
    busy: usize,
    modules: BTreeMap<usize, Slot>,
    /// Modules that could not be prepared while builders ran: what they lack may come.
    pub unprepared: BTreeMap<usize, (Wanted, Error)>,
    failed: Vec<(Place, Error)>,
}

impl Board {
    pub fn new() -> Self {
        Board {
            phase: Phase::Open,
            tasks: BTreeSet::new(),
            busy: 0,
            modules: BTreeMap::new(),
            unprepared: BTreeMap::new(),
            failed: Vec::new(),
        }
    }

    /// A module is ready to be compiled.
    pub fn add(&mut self, place: usize, module: Prepared) {
        let units = module.units.len();
        let module = Arc::new(module);
        let slot = Slot {
            module,
            unfinished: units,
            lost: false,
            early: Vec::new(),
            found: Vec::new(),
            linked: None,
        };
        self.modules.insert(place, slot);
        for unit in 0..units {
            self.put(Task::Compile(place, unit));
        }
    }

    /// After a failure nothing new begins, nor for a module that is lost.
    pub fn put(&mut self, task: Task) {
        let is_lost = self.modules.get(&task.module()).is_some_and(|slot| slot.lost);
        if !is_lost && self.failed.is_empty() && self.phase != Phase::Left {
            self.tasks.insert(task);
        }
    }

    pub fn has_tasks(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Whether nothing is left to do, and nothing will come.
    pub fn is_over(&self) -> bool {
        self.phase != Phase::Open && self.tasks.is_empty() && self.busy == 0
    }

    /// Takes what comes first, with its module.
    pub fn take(&mut self) -> Option<(Task, Arc<Prepared>)> {
        let task = self.tasks.pop_first()?;
        self.busy += 1;
        Some((task, Arc::clone(&self.modules.get(&task.module())?.module)))
    }

    /// A worker has come to an end with its task.
    pub fn put_down(&mut self) {
        self.busy -= 1;
    }

    /// A source is compiled for good.
    pub fn compiled(&mut self, place: usize) {
        let Some(slot) = self.modules.get_mut(&place) else { return };
        slot.unfinished -= 1;
        self.link_if_complete(place);
    }

    /// A source was compiled, or failed, in a run that began while builders ran.
    pub fn compiled_early(&mut self, place: usize, early: Run) -> Verdict {
        match (self.phase, self.modules.get_mut(&place)) {
            (Phase::Open, Some(slot)) => {
                slot.early.push(early);
                Verdict::Waits
            }
            (Phase::Closed(doubt), Some(_)) => self.judge(place, early, doubt),
            _ if early.is_doubtful(Doubt::Written) => Verdict::Doubtful,
            _ => Verdict::Right,
        }
    }

    /// While builders ran, an earlier build's object was found to be right. Returns the doubt, if they
    /// have ended meanwhile.
    pub fn found_early(&mut self, place: usize, unit: usize) -> Option<Doubt> {
        match self.phase {
            Phase::Open => {
                self.modules.get_mut(&place)?.found.push(unit);
                None
            }
            Phase::Left => None,
            Phase::Closed(doubt) => Some(doubt),
        }
    }

    fn judge(&mut self, place: usize, early: Run, doubt: Doubt) -> Verdict {
        if early.is_doubtful(doubt) {
            return Verdict::Doubtful;
        }
        match (early.outcome, self.modules.get(&place)) {
            (Err(error), Some(slot)) => {
                let at = Place::At(Task::Compile(place, early.unit));
                Verdict::Failed((at, Arc::clone(&slot.module), error))
            }
            _ => {
                self.compiled(place);
                Verdict::Right
            }
        }
    }

    /// All builders have ended. Whoever says so counts as a worker until [`Board::put_down`]: there may
    /// be more to do.
    pub fn close(&mut self, doubt: Doubt) -> Early {
        self.phase = Phase::Closed(doubt);
        self.busy += 1;
        let unprepared = std::mem::take(&mut self.unprepared);
        let (mut failures, mut doubtful, mut found) = (Vec::new(), Vec::new(), Vec::new());
        let places: Vec<usize> = self.modules.keys().copied().collect();
        for place in places {
            let Some(slot) = self.modules.get_mut(&place) else { continue };
            let module = Arc::clone(&slot.module);
            let units = std::mem::take(&mut slot.found);
            found.extend(units.into_iter().map(|unit| (place, Arc::clone(&module), unit)));
            for early in std::mem::take(&mut slot.early) {
                let unit = early.unit;
                match self.judge(place, early, doubt) {
                    Verdict::Failed(failure) => failures.push(failure),
                    Verdict::Doubtful => doubtful.push((place, Arc::clone(&module), unit)),
                    Verdict::Right | Verdict::Waits => {}
                }
            }
        }
        Early { failures, doubtful, found, unprepared }
    }

    /// A module without sources cannot be: the generated one is among them.
    fn link_if_complete(&mut self, place: usize) {
        let Some(slot) = self.modules.get(&place) else { return };
        if slot.unfinished == 0 && !slot.lost {
            self.put(Task::Link(place));
        }
    }

    pub fn linked(&mut self, place: usize, linked: Linked) {
        if let Some(slot) = self.modules.get_mut(&place) {
            slot.linked = Some(linked);
        }
    }

    /// Whether it is an optional module that failed: then only it is given up. Returns whether
    /// anybody has been told.
    pub fn lose(&mut self, place: usize) -> bool {
        self.tasks.retain(|task| task.module() != place);
        match self.modules.get_mut(&place) {
            Some(slot) => std::mem::replace(&mut slot.lost, true),
            None => false,
        }
    }

    /// The build fails.
    pub fn fail(&mut self, place: Place, error: Error) {
        self.tasks.clear();
        self.failed.push((place, error));
    }

    /// Nobody wants the rest. Returns what was compiled early and may come out in another way now.
    pub fn leave(&mut self) -> Vec<Source> {
        self.phase = Phase::Left;
        self.tasks.clear();
        let mut doubtful = Vec::new();
        for (place, slot) in &mut self.modules {
            let module = &slot.module;
            let runs = slot.early.drain(..).filter(|early| early.is_doubtful(Doubt::Written));
            doubtful.extend(runs.map(|early| (*place, Arc::clone(module), early.unit)));
        }
        doubtful
    }

    /// What became of all modules, in their order.
    ///
    /// # Errors
    /// The first failure, with the others as notes.
    pub fn result(&mut self) -> Result<Vec<Linked>> {
        self.failed.sort_by_key(|(place, _)| *place);
        let mut errors = std::mem::take(&mut self.failed).into_iter().map(|(_, error)| error);
        if let Some(first) = errors.next() {
            return Err(errors.fold(first, |first, other| first.note(format!("also, {other}"))));
        }
        Ok(std::mem::take(&mut self.modules).into_values().filter_map(|slot| slot.linked).collect())
    }
}
