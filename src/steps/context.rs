//! What all modules of a build are compiled and linked with.

use std::sync::Arc;

use crate::engine::cache::ActionCache;
use crate::engine::jobserver::Jobs;
use crate::engine::scheduler::Engine;
use crate::error::Result;
use crate::model::{BuildOptions, Environment, Target, WheelKind};
use crate::report::Console;
use crate::steps::path_mapping::PathMapping;
use crate::steps::toolchains::Toolchains;
use crate::toolchain::{Toolchain, ToolchainRequest};

/// What all modules of a build have in common.
#[derive(Debug, Clone, Copy)]
pub struct CompileContext<'a> {
    /// The project root, which is the working directory of every run, and the build folder.
    pub paths: PathMapping<'a>,
    /// Whether the build folder stays when the build has ended.
    pub keeps_build_dir: bool,
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
    /// The compilers and linkers that were found so far.
    pub toolchains: &'a Toolchains,
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

    /// The toolchain for an environment.
    ///
    /// # Errors
    /// There is no C compiler.
    pub fn toolchain(&self, environment: &Environment) -> Result<Arc<Toolchain>> {
        let request = ToolchainRequest {
            target: self.target,
            environment,
            profile: self.options.profile,
            launcher: self.options.compiler_launcher.as_ref(),
            directory: self.paths.root,
        };
        self.toolchains.find(&request, self.console)
    }
}
