//! The workers, who compile modules while builders still make others, and what happens after a
//! failure.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::binary::LibraryCache;
use crate::engine;
use crate::engine::jobserver::Urgency;
use crate::error::{Error, Result};
use crate::model::ExtensionSpec;
use crate::process;
use crate::steps::board::{Board, Doubt, Early, Phase, Place, Run, Task, Verdict};
use crate::steps::path_mapping::{Places, Spellings};
use crate::steps::paths::Paths;
use crate::steps::prepare::{Prepared, Preparing, Wanted};
use crate::steps::steps;
use crate::steps::steps::Shop;
use crate::steps::up_to_date;
use crate::steps::{Build, Linked, tool_run, wanted};

/// Workers that make modules.
pub struct Crew<'a> {
    preparing: Preparing<'a>,
    board: Mutex<Board>,
    /// Notified when the board changes.
    changed: Condvar,
}

/// Gathers a crew for as long as `work` runs. It works on modules from the moment that it is told of
/// them; what is under way when `work` returns is let finish, and nothing else begins.
///
/// # Errors
/// Those of `work`.
pub fn at_work<T>(build: &Build, work: impl FnOnce(&Crew) -> Result<T>) -> Result<T> {
    let spellings = Spellings::of(build.root, build.scratch);
    let places = Places { root: build.root, scratch: build.scratch, spellings: &spellings };
    let (paths, libraries) = (Paths::default(), LibraryCache::default());
    let crew = Crew {
        preparing: Preparing::new(Shop {
            build: *build,
            places,
            paths: &paths,
            libraries: &libraries,
        }),
        board: Mutex::new(Board::new()),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..build.jobs.workers {
            scope.spawn(|| crew.work());
        }
        let _leave = Leave(&crew);
        work(&crew)
    })
}

/// Lets the workers go home, however `work` ends.
struct Leave<'a>(&'a Crew<'a>);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let doubtful = self.0.lock().leave();
        doubtful.iter().for_each(|(_, module, unit)| self.0.unlearn(module, *unit));
        self.0.changed.notify_all();
    }
}

/// Has come to an end with a task, however that is: others wait for it.
struct PutDown<'a>(&'a Crew<'a>);

impl Drop for PutDown<'_> {
    fn drop(&mut self) {
        self.0.lock().put_down();
        self.0.changed.notify_all();
    }
}

impl Crew<'_> {
    /// Takes on a module whose C is there; `place` is that of its entry among all.
    pub fn compile(&self, place: usize, spec: &ExtensionSpec) {
        self.take_on(place, wanted(spec, &self.preparing.shop.build));
    }

    pub(super) fn take_on(&self, place: usize, wanted: Wanted) {
        match self.preparing.prepare(wanted) {
            Ok(module) => self.lock().add(place, module),
            Err(failed) => {
                let (wanted, error) = *failed;
                let mut board = self.lock();
                // What it lacks may be what another builder is about to write.
                if board.phase == Phase::Open {
                    board.unprepared.insert(place, (wanted, error));
                } else {
                    drop(board);
                    self.fail(&wanted, Place::Preparing(place), error);
                }
            }
        }
        self.changed.notify_all();
    }

    /// All builders have ended. What was compiled before is compiled once more if they may have
    /// changed what it was compiled from.
    pub fn close(&self, doubt: Doubt) {
        if let Some(ledger) = self.preparing.shop.build.ledger {
            if doubt != Doubt::None {
                ledger.doubt();
            }
            ledger.settle();
        }
        let Early { failures, doubtful, found, unprepared } = self.lock().close(doubt);
        let _put_down = PutDown(self);
        for (place, module, unit) in doubtful {
            self.compile_again(place, &module, unit);
        }
        for (place, module, unit) in found {
            self.look_again(place, &module, unit, doubt);
        }
        for (place, (wanted, error)) in unprepared {
            match doubt {
                Doubt::Unheard | Doubt::Written => self.take_on(place, wanted),
                Doubt::None => self.fail(&wanted, Place::Preparing(place), error),
            }
        }
        for (place, module, error) in failures {
            self.fail(&module.wanted, place, error);
        }
    }

    /// Waits until all modules are made. They come in the order of their places, without the
    /// `optional` ones that failed (a warning has told why).
    ///
    /// # Errors
    /// A source is missing, no compiler is there, a compiler or the linker fails, the linked file is
    /// found to be broken, or the user interrupts. What was running is let finish first.
    pub fn finish(&self) -> Result<Vec<Linked>> {
        let mut board = self.lock();
        while !board.is_over() {
            if process::interrupted() {
                board.leave(); // all is judged
            }
            board = self.wait(board);
        }
        if process::interrupted() {
            return Err(Error::interrupted());
        }
        board.result()
    }

    fn work(&self) {
        while self.there_is_a_task() {
            let nothing_left = || !self.lock().has_tasks(); // somebody else was faster
            let jobs = self.preparing.shop.build.jobs;
            let Some(_permit) = jobs.acquire(Urgency::Compiler, nothing_left) else { continue };
            let mut board = self.lock();
            let is_early = board.phase == Phase::Open;
            let Some((task, module)) = board.take() else { continue };
            drop(board);
            let _put_down = PutDown(self);
            self.do_one(task, &module, is_early);
        }
    }

    fn there_is_a_task(&self) -> bool {
        let mut board = self.lock();
        loop {
            if process::interrupted() || board.is_over() || board.phase == Phase::Left {
                return false;
            }
            if board.has_tasks() {
                return true;
            }
            board = self.wait(board);
        }
    }

    fn wait<'b>(&self, board: MutexGuard<'b, Board>) -> MutexGuard<'b, Board> {
        // A signal notifies nobody.
        let waited = self.changed.wait_timeout(board, Duration::from_millis(100));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn do_one(&self, task: Task, module: &Prepared, is_early: bool) {
        let shop = &self.preparing.shop;
        let done = match task {
            Task::Link(place) => {
                steps::link(module, shop).map(|linked| self.lock().linked(place, linked))
            }
            Task::Compile(place, unit) => self.compile_one(place, unit, module, is_early),
        };
        if let Err(error) = done {
            self.fail(&module.wanted, Place::At(task), error);
        }
    }

    fn compile_one(
        &self,
        place: usize,
        unit: usize,
        module: &Prepared,
        is_early: bool,
    ) -> Result<()> {
        let shop = &self.preparing.shop;
        let began = engine::now();
        let compiled = steps::compile(module, unit, shop);
        if !is_early || self.lock().phase == Phase::Closed(Doubt::None) {
            let compiled = compiled?;
            // First: the linker waits.
            self.lock().compiled(place);
            self.changed.notify_all();
            return compiled.map_or(Ok(()), |now| now.noted(module, unit, shop).map(drop));
        }
        let outcome = match compiled {
            Ok(None) => {
                let late = self.lock().found_early(place, unit);
                late.into_iter().for_each(|doubt| self.look_again(place, module, unit, doubt));
                return Ok(());
            }
            Ok(Some(compiled)) => compiled.noted(module, unit, shop),
            Err(error) => Err(error),
        };
        let outcome = outcome.map(|reads| reads.without(shop.places.scratch));
        let early = Run::ended(unit, began, outcome, shop.build.root);
        let verdict = self.lock().compiled_early(place, early);
        match verdict {
            Verdict::Waits | Verdict::Right => {}
            Verdict::Doubtful => self.compile_again(place, module, unit),
            Verdict::Failed((place, module, error)) => self.fail(&module.wanted, place, error),
        }
        Ok(())
    }

    /// A compile may come out in another way, now that all builders have ended.
    fn compile_again(&self, place: usize, module: &Prepared, unit: usize) {
        self.unlearn(module, unit);
        self.lock().put(Task::Compile(place, unit));
        self.changed.notify_all();
    }

    /// The next build does not believe in this compile, should this one fail before it is done once more.
    fn unlearn(&self, module: &Prepared, unit: usize) {
        let shop = &self.preparing.shop;
        shop.build.ledger.into_iter().for_each(|ledger| {
            ledger.unlearn(&up_to_date::name(&module.units[unit].object, shop));
        });
    }

    /// Builders may have changed what an object of an earlier build was found to be made of.
    fn look_again(&self, place: usize, module: &Prepared, unit: usize, doubt: Doubt) {
        let why = || steps::why_compile(module, unit, &self.preparing.shop);
        let is_right = doubt == Doubt::None || matches!(why(), Ok(None));
        let mut board = self.lock();
        match is_right {
            true => board.compiled(place),
            false => board.put(Task::Compile(place, unit)),
        }
        drop(board);
        self.changed.notify_all();
    }

    /// The first failure of a required module ends the build; an optional one only ends itself.
    fn fail(&self, wanted: &Wanted, place: Place, error: Error) {
        let mut board = self.lock();
        if !wanted.spec.optional || tool_run::is_interruption(&error) {
            board.fail(place, error);
            return;
        }
        let is_told = board.lose(place.module());
        drop(board);
        if !is_told {
            let left_out = tool_run::left_out(wanted.spec.name.as_str(), &error);
            self.preparing.shop.build.console.warning(&left_out);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
