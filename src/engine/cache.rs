//! The steps of earlier builds, and whether they would come out the same today.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::file_digests::{Contents, Digest, Known};
use crate::engine::relocatable_paths::Places;
use crate::engine::store;
use crate::error::Result;
use crate::model::Environment;

/// What a step read and made while it ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The digest of everything that decides how it is run.
    pub key: String,
    /// When it began, in nanoseconds since 1970.
    pub began: i128,
    /// Files that it read, and folders that it listed. Absolute.
    pub reads: BTreeSet<PathBuf>,
    /// Variables that it asked for, with what it was told.
    pub environment: BTreeMap<String, Option<String>>,
    /// Files that it made. Absolute.
    pub makes: BTreeSet<PathBuf>,
    /// What it answered, for whoever reads that.
    pub answer: String,
    /// What it said to people.
    pub said: String,
    /// Why nobody can tell whether it would come out the same: it is run each time.
    pub volatile: Option<String>,
}

/// A step of an earlier build. Paths are abstracted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// See [`Trace::key`].
    pub key: String,
    /// What it read, each with its content then.
    pub reads: Vec<Known>,
    /// See [`Trace::environment`].
    pub environment: BTreeMap<String, Option<String>>,
    /// What it made, each with its content then.
    pub makes: Vec<Known>,
    /// See [`Trace::answer`].
    pub answer: String,
    /// See [`Trace::said`].
    pub said: String,
    /// See [`Trace::volatile`].
    pub volatile: Option<String>,
}

/// Why a step has to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stale {
    /// It never ran in this folder, or nothing is known of it.
    New,
    /// It is run in another way: another command, compiler, interpreter or setting.
    Command,
    /// This file or folder is not what it was.
    Changed(PathBuf),
    /// This variable of the environment is not what it was.
    Variable(String),
    /// This file that it made is gone or was changed.
    Product(PathBuf),
    /// Nobody can tell whether it would come out the same.
    Volatile(String),
}

impl Stale {
    /// The same with paths as seen from a folder, where they lie below it.
    #[must_use]
    pub fn seen_from(self, root: &Path) -> Self {
        let seen = |path: PathBuf| path.strip_prefix(root).map(Path::to_owned).unwrap_or(path);
        match self {
            Stale::Changed(path) => Stale::Changed(seen(path)),
            Stale::Product(path) => Stale::Product(seen(path)),
            other => other,
        }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stale::New => f.write_str("it has not run before"),
            Stale::Command => f.write_str("its command, compiler, interpreter or settings changed"),
            Stale::Changed(path) if path.ends_with(super::HEADERS) => {
                let folder = path.parent().unwrap_or(path).display();
                write!(f, "the headers in `{folder}` are others")
            }
            Stale::Changed(path) => write!(f, "`{}` changed", path.display()),
            Stale::Variable(name) => write!(f, "the environment variable {name} changed"),
            Stale::Product(path) => {
                write!(f, "`{}`, which it made, is gone or was changed", path.display())
            }
            Stale::Volatile(why) => write!(f, "{why}"),
        }
    }
}

/// The steps of earlier builds and of this one. Shared by everybody who works on a build.
#[derive(Debug, Default)]
pub struct Ledger {
    contents: Contents,
    places: Places,
    before: BTreeMap<String, Record>,
    now: Mutex<BTreeMap<String, Record>>,
    /// Which steps of `now` are as they were before.
    kept: Mutex<BTreeSet<String>>,
    /// Whether builders may still write what others read.
    is_settled: AtomicBool,
    /// What the steps of this build read and made, each once.
    known: Mutex<HashSet<Known>>,
}

impl Ledger {
    /// The ledger of a folder, empty if there is none that can be believed.
    pub fn open(folder: &Path, places: Places) -> Self {
        let stored = store::read(folder).unwrap_or_default();
        Ledger {
            contents: Contents::knowing(stored.seen),
            places,
            before: stored.steps,
            now: Mutex::default(),
            kept: Mutex::default(),
            is_settled: AtomicBool::new(false),
            known: Mutex::default(),
        }
    }

    /// The record of a step that needs not run, or why it must.
    ///
    /// # Errors
    /// The reason, as a value: the step is not fresh.
    pub fn fresh(&self, step: &str, key: &str, environment: &Environment) -> Result<Record, Stale> {
        let record = self.before.get(step).ok_or(Stale::New)?;
        if record.key != key {
            return Err(Stale::Command);
        }
        if let Some(why) = &record.volatile {
            return Err(Stale::Volatile(why.clone()));
        }
        for (name, told) in &record.environment {
            let today = environment.0.get(std::ffi::OsStr::new(name));
            if today.map(|value| value.to_string_lossy().into_owned()) != *told {
                return Err(Stale::Variable(name.clone()));
            }
        }
        let differs = |known: &&Known| {
            let (path, digest) = &***known;
            self.contents.of(&self.places.resolved(path)) != *digest
        };
        if let Some(known) = record.reads.iter().find(differs) {
            return Err(Stale::Changed(self.places.resolved(&known.0)));
        }
        if let Some(known) = record.makes.iter().find(differs) {
            return Err(Stale::Product(self.places.resolved(&known.0)));
        }
        Ok(record.clone())
    }

    /// How many steps there were, and how many of them were fresh.
    pub fn count(&self) -> (usize, usize) {
        (locked(&self.now).len(), locked(&self.kept).len())
    }

    /// A step is fresh and keeps its record.
    pub fn keep(&self, step: &str, record: Record) {
        locked(&self.kept).insert(step.to_owned());
        locked(&self.now).insert(step.to_owned(), record);
    }

    /// A step has written these files, or is about to: what was known of them is not true any more.
    pub fn forget<'a>(&self, paths: impl IntoIterator<Item = &'a PathBuf>) {
        paths.into_iter().for_each(|path| self.contents.forget(path));
    }

    /// Somebody may have written files, and nobody knows which.
    pub fn doubt(&self) {
        self.contents.doubt();
    }

    /// Nobody writes any more what others read.
    pub fn settle(&self) {
        self.is_settled.store(true, Ordering::SeqCst);
    }

    /// A step has run. What it made was forgotten (see [`Ledger::forget`]) when it had.
    pub fn note(&self, step: &str, trace: Trace) {
        let content = |path: PathBuf| (self.places.abstracted(&path), self.contents.of(&path));
        // Which of its two contents was read, nobody knows: neither counts as what it was.
        let read = |path: PathBuf| {
            // Looked at on behalf of another step, it may have been written before this one began.
            if !self.is_settled.load(Ordering::SeqCst) {
                self.contents.doubt_one(&path);
            }
            let (name, digest) = content(path.clone());
            let is_changed = self.contents.touched(&path).is_some_and(|time| time > trace.began);
            (name, if is_changed { "changed while it was read".to_owned() } else { digest })
        };
        let shared = |known| self.shared(known);
        let record = Record {
            key: trace.key,
            reads: trace.reads.into_iter().map(read).map(shared).collect(),
            environment: trace.environment,
            makes: trace.makes.into_iter().map(content).map(shared).collect(),
            answer: trace.answer,
            said: trace.said,
            volatile: trace.volatile,
        };
        locked(&self.kept).remove(step);
        locked(&self.now).insert(step.to_owned(), record);
    }

    /// Nobody knows any more whether a step that has run would come out the same.
    pub fn unlearn(&self, step: &str) {
        locked(&self.kept).remove(step);
        locked(&self.now).remove(step);
    }

    fn shared(&self, known: (PathBuf, Digest)) -> Known {
        let mut all = locked(&self.known);
        if let Some(known) = all.get(&known) {
            return Arc::clone(known);
        }
        let known = Known::new(known);
        all.insert(Arc::clone(&known));
        known
    }

    /// The folders that have another name each time.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The content of a file today.
    pub fn content(&self, path: &Path) -> Digest {
        self.contents.of(path)
    }

    /// Writes down what this build did, for the next one. Steps that it did not come to stay as they
    /// were: after a failure, what succeeded before it is not done again.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn save(&self, folder: &Path, ended: Ended) -> Result<()> {
        if ended == Ended::Whole && self.is_as_before() {
            return Ok(());
        }
        let mut steps = locked(&self.now).clone();
        if ended == Ended::Early {
            for (step, record) in &self.before {
                steps.entry(step.clone()).or_insert_with(|| record.clone());
            }
        }
        if ended == Ended::Whole {
            self.remove_what_nobody_made(folder, &steps)?;
        }
        store::write(folder, &store::Stored { seen: self.contents.seen(), steps })
    }

    /// Whether no step had to be run, and none is gone: what is written down holds.
    fn is_as_before(&self) -> bool {
        let (steps, kept) = self.count();
        kept == steps && steps == self.before.len() && self.contents.are_as_before()
    }

    /// What no step made belongs to a module, a source or a builder that is gone.
    fn remove_what_nobody_made(
        &self,
        folder: &Path,
        steps: &BTreeMap<String, Record>,
    ) -> Result<()> {
        let made = steps.values().flat_map(|record| &record.makes);
        let made: BTreeSet<PathBuf> = made.map(|known| self.places.resolved(&known.0)).collect();
        // Compilers and we ourselves leave notes beside what is made: `x.o.rsp`, `x.pdb`.
        let stems: BTreeSet<PathBuf> = made.iter().map(|path| path.with_extension("")).collect();
        store::remove_others(folder, &|path| {
            made.contains(path)
                || stems.contains(&path.with_extension(""))
                || made.contains(&path.with_extension(""))
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All its steps are done: what is not among them belongs to no module any more.
    Whole,
    /// By a failure or by its user.
    Early,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traced(path: &Path, began: i128) -> Trace {
        Trace { key: "k".into(), began, reads: [path.to_owned()].into(), ..Trace::default() }
    }

    /// What the next build finds of a step that an earlier one traced.
    fn next(folder: &Path, before: Places, trace: Trace, after: Places) -> Result<Record, Stale> {
        let ledger = Ledger::open(folder, before);
        ledger.note("step", trace);
        ledger.save(folder, Ended::Whole).unwrap();
        Ledger::open(folder, after).fresh("step", "k", &Environment::default())
    }

    #[test]
    fn what_changed_while_it_was_read_is_not_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let traced_from = |began| {
            let places = Places::default();
            next(folder.path(), places.clone(), traced(&path, began), places)
        };
        assert!(traced_from(i128::MAX).is_ok());
        assert_eq!(traced_from(0), Err(Stale::Changed(path.clone())));
    }

    #[test]
    fn steps_that_read_the_same_file_share_what_is_known_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let ledger = Ledger::open(folder.path(), Places::default());
        ledger.note("one", traced(&path, i128::MAX));
        ledger.note("two", traced(&path, i128::MAX));
        let now = locked(&ledger.now);
        assert!(Arc::ptr_eq(&now["one"].reads[0], &now["two"].reads[0]));
    }

    #[test]
    fn what_still_holds_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let kept = |steps: &[&str]| {
            let ledger = Ledger::open(folder.path(), Places::default());
            for step in steps {
                match ledger.fresh(step, "k", &Environment::default()) {
                    Ok(record) => ledger.keep(step, record),
                    Err(_) => ledger.note(step, traced(Path::new("/nowhere"), i128::MAX)),
                }
            }
            let before = super::super::file_digests::look(&folder.path().join("state.json"));
            ledger.save(folder.path(), Ended::Whole).unwrap();
            super::super::file_digests::look(&folder.path().join("state.json")) == before
        };
        assert!(!kept(&["one", "two"]));
        assert!(kept(&["one", "two"]));
        assert!(!kept(&["one"]), "a step is gone");
        assert!(!kept(&["one", "three"]), "a step is new");
    }

    #[test]
    fn an_isolated_build_finds_its_files_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let environment = |name: &str, text: &str| {
            let site = folder.path().join(name).join("site");
            std::fs::create_dir_all(&site).unwrap();
            std::fs::write(site.join("a.py"), text).unwrap();
            let named = vec![(folder.path().join(name), "{environment}")];
            (site.join("a.py"), Places { import_path: vec![site], named })
        };
        let (path, before) = environment("one", "x");
        let (_, same) = environment("two", "x");
        let (other, changed) = environment("three", "y");
        let trace = traced(&path, i128::MAX);
        assert!(next(folder.path(), before.clone(), trace.clone(), same).is_ok());
        assert_eq!(next(folder.path(), before, trace, changed), Err(Stale::Changed(other)));
    }
}
