//! A step: the smallest thing that a build does or skips. Each kind is a file of `steps/`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::engine::digest::Digest;
use crate::engine::input::Input;
use crate::error::Result;
use crate::model::{CacheUse, Environment};
use crate::process::Cancel;
use crate::report::one_line;

/// What the engine asks of a step of any kind.
pub trait Step: Sync {
    /// Its name in the cache: the same in every build that has the step.
    fn id(&self) -> &str;

    /// The digest of everything that decides how it runs: programs, words, settings.
    fn key(&self) -> Digest;

    /// The environment that it sees.
    fn environment(&self) -> &Environment;

    /// Runs it. What an earlier run left can not be taken for the result: a step removes its outputs
    /// before it makes them.
    ///
    /// # Errors
    /// What its program fails with; or the build is cancelled.
    fn run(&self, cancel: &Cancel) -> Result<Ran>;

    /// What it read, asked once it has run.
    fn inputs(&self, ran: &Ran) -> BTreeSet<Input>;
}

/// What a step did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// The files that it made. Absolute.
    pub outputs: BTreeSet<PathBuf>,
    /// What its program said: compiler warnings.
    pub output: String,
    /// What we have to say about the result, a sentence each.
    pub warnings: Vec<String>,
    /// What it found out, as JSON, for a build that skips the step as well.
    pub answer: String,
    /// What it read, as far as only the run itself knows.
    pub read: BTreeSet<Input>,
    /// How long its program ran; `None` for what is not worth a line of its own.
    pub took: Option<Duration>,
    /// What a compiler cache had to do with it.
    pub cache: Option<CacheUse>,
}

impl Ran {
    /// Everything that was said, for a build that skips the step to say again.
    pub fn said(&self) -> String {
        let warnings =
            self.warnings.iter().map(|warning| format!("warning: {}\n", one_line(warning)));
        let end = if self.output.is_empty() || self.output.ends_with('\n') { "" } else { "\n" };
        std::iter::once(format!("{}{end}", self.output)).chain(warnings).collect()
    }
}
