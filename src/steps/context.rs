//! What all modules of a build are compiled and linked with.

use crate::engine::cache::ActionCache;
use crate::engine::jobserver::Jobs;
use crate::engine::scheduler::Engine;
use crate::model::{BuildOptions, Environment, Target, WheelKind};
use crate::report::Console;
use crate::steps::path_mapping::PathMapping;

/// What all modules of a build have in common.
#[derive(Debug, Clone, Copy)]
pub struct CompileContext<'a> {
    /// The project root, which is the working directory of every run, and the build folder.
    pub paths: PathMapping<'a>,
    /// The Python that the modules are for.
    pub target: Target<'a>,
    /// The environment that the build was started with.
    pub environment: &'a Environment,
    /// How the project and whoever builds it want it.
    pub options: &'a BuildOptions,
    /// What the modules are for: those of an editable install are built again and again.
    pub kind: WheelKind,
    /// What becomes of a module with a symbol that no library defines.
    pub undefined: UndefinedSymbolPolicy,
    /// What earlier builds did in the same folder.
    pub cache: &'a ActionCache,
    /// The right to run compilers, shared with all that goes on beside them.
    pub jobs: &'a Jobs,
    /// Where progress is told.
    pub console: Console,
}

/// What to do about a symbol that no linked library defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndefinedSymbolPolicy {
    /// Fail: nobody could import the module.
    Refuse,
    /// Warn: the caller may have loaded a library for everybody (`RTLD_GLOBAL`).
    Warn,
}

impl<'a> CompileContext<'a> {
    /// What the scheduler needs of it.
    pub fn engine(&self) -> Engine<'a> {
        Engine { cache: self.cache, jobs: self.jobs, console: self.console }
    }
}
