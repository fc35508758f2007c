//! The actions of earlier builds, and whether they would come out the same today.
//!
//! A step is up to date when it would run in the same way (its key), everything that it read is in
//! the state that it was in, and everything that it made is still there. Whatever is not known for
//! certain is not up to date: a cache that is damaged or of another version counts as an empty one.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::digest::Digest;
use crate::engine::file_stat::FileStat;
use crate::engine::input::{CHANGED_MEANWHILE, Input, InputReader, ReadInput};
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::engine::store::{self, CachedAction, Stored};
use crate::error::Result;
use crate::fs;
use crate::model::Environment;

/// What a step did when it ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Performed {
    /// When it began, in nanoseconds since 1970.
    pub began: i128,
    /// What it read.
    pub inputs: BTreeSet<Input>,
    /// Paths among its inputs that were not the same any more when it ended.
    pub changed: BTreeSet<PathBuf>,
    /// The files that it made. Absolute.
    pub outputs: BTreeSet<PathBuf>,
    /// What it answered, as JSON, for whoever reads that.
    pub answer: String,
    /// What it said to people.
    pub said: String,
}

/// Why a step has to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stale {
    /// It never ran in this folder, or nothing is known of it.
    New,
    /// It would run in another way: another command, compiler, interpreter or setting.
    Key,
    /// This input is not in the state that it was in.
    Input(Input),
    /// This file that it made is gone or was changed.
    Output(PathBuf),
}

impl Stale {
    /// The same with paths as seen from a folder, where they lie below it.
    #[must_use]
    pub fn seen_from(self, root: &Path) -> Self {
        let seen = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
        match self {
            Stale::Input(input) => Stale::Input(input.with_path(seen)),
            Stale::Output(path) => Stale::Output(seen(&path)),
            other => other,
        }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stale::New => f.write_str("it has not run before"),
            Stale::Key => f.write_str("its command, compiler, interpreter or settings changed"),
            Stale::Input(input) => input.fmt(f),
            Stale::Output(path) => {
                write!(f, "`{}`, which it made, is gone or was changed", path.display())
            }
        }
    }
}

/// An input of this build, with its path of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownInput {
    /// The input.
    pub input: Input,
    /// In what state a step saw it.
    pub state: Digest,
    /// What the file system said of it when its bytes were read; `None` for what is no file.
    pub stat: Option<FileStat>,
}

/// The actions of earlier builds and of this one. Shared by all that work on a build.
#[derive(Debug, Default)]
pub struct ActionCache {
    inputs: InputReader,
    paths: RelocatablePaths,
    /// Variables that are not set today and were when steps ran: their values are kept nowhere.
    withheld: BTreeSet<String>,
    before: BTreeMap<String, Arc<CachedAction>>,
    now: Mutex<BTreeMap<String, ThisBuild>>,
    /// What the steps of this build read and made, each once.
    shared: Mutex<HashSet<Arc<ReadInput>>>,
}

/// An action of this build.
#[derive(Debug, Clone)]
struct ThisBuild {
    action: Arc<CachedAction>,
    /// Whether it is that of an earlier build.
    is_kept: bool,
}

/// How a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildEnd {
    /// All its steps are done: a step that is not among them belongs to no module any more.
    Complete,
    /// By a failure or by its user.
    Early,
}

impl ActionCache {
    /// A cache without a past.
    pub fn empty(paths: RelocatablePaths) -> Self {
        ActionCache { paths, ..ActionCache::default() }
    }

    /// The cache of a folder, empty if there is none that can be believed.
    pub fn open(folder: &Path, paths: RelocatablePaths) -> Self {
        let stored = store::read(folder).unwrap_or_default();
        ActionCache {
            inputs: InputReader::knowing(stored.files),
            before: stored.actions,
            ..ActionCache::empty(paths)
        }
    }

    /// Takes variables that are not set for what they were when steps ran. Whoever says so lets no step
    /// run that reads one of them.
    pub fn withhold(&mut self, variables: BTreeSet<String>) {
        self.withheld = variables;
    }

    /// What an earlier build knows of a step that need not run; `environment` is the one that the
    /// step would see.
    ///
    /// # Errors
    /// The reason why it has to run, as a value.
    pub fn look_up(
        &self,
        step: &str,
        key: &str,
        environment: &Environment,
    ) -> Result<Arc<CachedAction>, Stale> {
        let action = self.before.get(step).ok_or(Stale::New)?;
        if action.key != key {
            return Err(Stale::Key);
        }
        let is_withheld =
            |input: &Input| matches!(input, Input::Variable(name) if self.withheld.contains(name));
        let changed = |read: &&Arc<ReadInput>| {
            read.state == CHANGED_MEANWHILE
                || !is_withheld(&read.input)
                    && self.inputs.state(&self.resolved(&read.input), environment) != read.state
        };
        if let Some(read) = action.inputs.iter().find(changed) {
            return Err(Stale::Input(self.resolved(&read.input)));
        }
        if let Some(made) = action.outputs.iter().find(changed) {
            let path = self.resolved(&made.input).path().map(Path::to_owned);
            return Err(Stale::Output(path.unwrap_or_default()));
        }
        Ok(Arc::clone(action))
    }

    /// A step need not run and keeps its action.
    pub fn keep(&self, step: &str, action: Arc<CachedAction>) {
        locked(&self.now).insert(step.to_owned(), ThisBuild { action, is_kept: true });
    }

    /// What a step answered, with the folders of today; `None` if it names one that is not there.
    pub fn answer_of(&self, action: &CachedAction) -> Option<String> {
        self.paths.resolved_json(&action.answer)
    }

    /// What a step of this build answered, whether it ran in this build or in an earlier one.
    pub fn answer_of_step(&self, step: &str) -> Option<String> {
        let action = locked(&self.now).get(step).map(|one| Arc::clone(&one.action))?;
        self.answer_of(&action)
    }

    /// Forgets what is known of files that a step has written, or is about to write.
    pub fn forget<'a>(&self, files: impl IntoIterator<Item = &'a PathBuf>) {
        self.inputs.forget(files);
    }

    /// Programs ran that may have written any file.
    pub fn forget_what_may_have_changed(&self) {
        self.inputs.forget_what_may_have_changed();
    }

    /// Remembers a step that has run. What it made was forgotten (see [`ActionCache::forget`]) when
    /// it had; `environment` is the one that it saw.
    pub fn record(&self, step: &str, key: Digest, performed: Performed, environment: &Environment) {
        let read = |input: Input| {
            // As the next build will look at it: below another folder of `sys.path`, there may be more.
            let next = match &input {
                Input::Path(path) => Input::Path(self.paths.resolved(&self.paths.stored(path))),
                other => other.clone(),
            };
            let state = self.inputs.state(&next, environment);
            let stat = self.inputs.stat(&input);
            let is_changed = stat.is_some_and(|stat| stat.touched() > performed.began)
                || input.path().is_some_and(|path| performed.changed.contains(path));
            self.shared(&input, if is_changed { CHANGED_MEANWHILE.into() } else { state })
        };
        let made = |path: PathBuf| {
            let output = Input::File(path);
            self.shared(&output, self.inputs.state(&output, environment))
        };
        let action = Arc::new(CachedAction {
            key,
            inputs: performed.inputs.iter().cloned().map(read).collect(),
            outputs: performed.outputs.into_iter().map(made).collect(),
            answer: self.paths.stored_json(&performed.answer),
            said: performed.said,
        });
        locked(&self.now).insert(step.to_owned(), ThisBuild { action, is_kept: false });
    }

    /// What a step of this build read, whether it ran in this build or in an earlier one.
    pub fn inputs_of(&self, step: &str) -> Vec<KnownInput> {
        let action = locked(&self.now).get(step).map(|one| Arc::clone(&one.action));
        let inputs = action.iter().flat_map(|action| &action.inputs);
        let known = |read: &Arc<ReadInput>| {
            let input = self.resolved(&read.input);
            let stat = self.inputs.stat(&input);
            KnownInput { input, state: read.state.clone(), stat }
        };
        inputs.map(known).collect()
    }

    /// An input that no step has, as it is today.
    pub fn look_at(&self, input: Input) -> KnownInput {
        let state = self.inputs.state(&input, &Environment::default());
        KnownInput { stat: self.inputs.stat(&input), state, input }
    }

    /// How many steps this build has, and how many of them did not run.
    pub fn count(&self) -> (usize, usize) {
        let now = locked(&self.now);
        (now.len(), now.values().filter(|one| one.is_kept).count())
    }

    /// The folders whose names change between builds.
    pub fn paths(&self) -> &RelocatablePaths {
        &self.paths
    }

    /// Writes down what this build did, for the next one. Steps that it did not come to stay as they
    /// were: after a failure, what succeeded before it is not done again.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn save(&self, folder: &Path, ended: BuildEnd) -> Result<()> {
        if ended == BuildEnd::Complete && self.is_as_before() {
            return Ok(());
        }
        let now = locked(&self.now);
        let actions = now.iter().map(|(step, one)| (step.clone(), Arc::clone(&one.action)));
        let mut actions: BTreeMap<String, Arc<CachedAction>> = actions.collect();
        drop(now);
        match ended {
            BuildEnd::Complete => self.remove_what_no_step_made(folder, &actions)?,
            BuildEnd::Early => {
                for (step, action) in &self.before {
                    actions.entry(step.clone()).or_insert_with(|| Arc::clone(action));
                }
            }
        }
        store::write(folder, &Stored { files: self.inputs.files.all(), actions })
    }

    fn resolved(&self, input: &Input) -> Input {
        input.with_path(|path| self.paths.resolved(path))
    }

    fn shared(&self, input: &Input, state: Digest) -> Arc<ReadInput> {
        let read = ReadInput { input: input.with_path(|path| self.paths.stored(path)), state };
        let mut shared = locked(&self.shared);
        if let Some(read) = shared.get(&read) {
            return Arc::clone(read);
        }
        let read = Arc::new(read);
        shared.insert(Arc::clone(&read));
        read
    }

    /// Whether no step had to run, and none is gone: what is written down holds.
    fn is_as_before(&self) -> bool {
        let (steps, kept) = self.count();
        kept == steps && steps == self.before.len() && self.inputs.files.are_as_before()
    }

    /// Files that no step made belong to a module, a source or a builder that is gone.
    fn remove_what_no_step_made(
        &self,
        folder: &Path,
        actions: &BTreeMap<String, Arc<CachedAction>>,
    ) -> Result<()> {
        let made = actions.values().flat_map(|action| &action.outputs);
        let made = made.filter_map(|made| Some(self.resolved(&made.input).path()?.to_owned()));
        let made: BTreeSet<PathBuf> = made.collect();
        // Compilers and we ourselves leave notes beside what is made: `x.o.rsp`, `x.pdb`.
        let stems: BTreeSet<PathBuf> = made.iter().map(|path| path.with_extension("")).collect();
        let is_used = |path: &Path| {
            let stem = path.with_extension("");
            made.contains(path) || stems.contains(&stem) || made.contains(&stem)
        };
        for name in ["generated", "objects", "libraries", "linked"] {
            fs::remove_files(&folder.join(name), &is_used)?;
        }
        Ok(())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path, began: i128) -> Performed {
        Performed { began, inputs: [Input::File(path.to_owned())].into(), ..Performed::default() }
    }

    fn record(cache: &ActionCache, step: &str, performed: Performed) {
        cache.record(step, "k".into(), performed, &Environment::default());
    }

    fn look_up(cache: &ActionCache, step: &str) -> Result<Arc<CachedAction>, Stale> {
        cache.look_up(step, "k", &Environment::default())
    }

    /// What the next build finds of a step that an earlier one performed.
    fn next(
        folder: &Path,
        before: RelocatablePaths,
        performed: Performed,
        after: RelocatablePaths,
    ) -> Result<Arc<CachedAction>, Stale> {
        let cache = ActionCache::open(folder, before);
        record(&cache, "step", performed);
        cache.save(folder, BuildEnd::Complete).unwrap();
        look_up(&ActionCache::open(folder, after), "step")
    }

    #[test]
    fn what_changed_while_it_was_read_is_not_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let begun_at = |began| {
            let paths = RelocatablePaths::default();
            next(folder.path(), paths.clone(), read(&path, began), paths)
        };
        assert!(begun_at(i128::MAX).is_ok());
        assert_eq!(begun_at(0), Err(Stale::Input(Input::File(path.clone()))));
    }

    #[test]
    fn what_is_unknown_is_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let unknown = Input::Unknown("it starts programs".into());
        let performed = Performed { inputs: [unknown.clone()].into(), ..Performed::default() };
        let paths = RelocatablePaths::default();
        let found = next(folder.path(), paths.clone(), performed, paths);
        assert_eq!(found, Err(Stale::Input(unknown)));
        assert_eq!(found.unwrap_err().to_string(), "it starts programs");
    }

    #[test]
    fn steps_that_read_the_same_file_share_what_is_known_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let cache = ActionCache::empty(RelocatablePaths::default());
        record(&cache, "one", read(&path, i128::MAX));
        record(&cache, "two", read(&path, i128::MAX));
        let now = locked(&cache.now);
        let input = |step: &str| &now[step].action.inputs[0];
        assert!(Arc::ptr_eq(input("one"), input("two")));
    }

    #[test]
    fn what_still_holds_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let kept = |steps: &[&str]| {
            let cache = ActionCache::open(folder.path(), RelocatablePaths::default());
            for step in steps {
                match look_up(&cache, step) {
                    Ok(action) => cache.keep(step, action),
                    Err(_) => record(&cache, step, read(Path::new("/nowhere"), i128::MAX)),
                }
            }
            let stat = || FileStat::of(&folder.path().join(store::FILE));
            let before = stat();
            cache.save(folder.path(), BuildEnd::Complete).unwrap();
            stat() == before
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
            let paths =
                RelocatablePaths { import_path: vec![site.clone()], named, root: "".into() };
            (site.join("a.py"), paths)
        };
        let (path, before) = environment("one", "x");
        let (_, same) = environment("two", "x");
        let (other, changed) = environment("three", "y");
        let performed = read(&path, i128::MAX);
        assert!(next(folder.path(), before.clone(), performed.clone(), same).is_ok());
        let found = next(folder.path(), before, performed, changed);
        assert_eq!(found, Err(Stale::Input(Input::File(other))));
    }
}
