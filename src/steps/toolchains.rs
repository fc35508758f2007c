//! The toolchains of a build, and what their programs see.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;
use crate::model::{Environment, Task, TaskKind};
use crate::report::{self, Console};
use crate::toolchain::variables::{Role, having};
use crate::toolchain::{self, Toolchain, ToolchainRequest};

/// How the task is called that looks for a compiler.
pub const COMPILER: &str = "the compiler";

/// The toolchains that a build has found. Builders may change the environment; where they leave
/// alone what decides about the toolchain, it is looked for once.
#[derive(Debug, Default)]
pub struct Toolchains(Mutex<BTreeMap<Vec<Option<OsString>>, Arc<Toolchain>>>);

impl Toolchains {
    /// The toolchain that is asked for. What it warns of is told when it is found.
    ///
    /// # Errors
    /// There is no C compiler.
    pub fn find(&self, request: &ToolchainRequest, console: Console) -> Result<Arc<Toolchain>> {
        let variable = |name| request.environment.0.get(OsStr::new(name)).cloned();
        let key: Vec<Option<OsString>> = having(Role::Toolchain).map(variable).collect();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&key) {
            return Ok(Arc::clone(found));
        }
        let under_way = report::begin(Task::new(TaskKind::Find, COMPILER));
        let found = Arc::new(toolchain::find(request)?);
        under_way.done();
        report::note_compiler(|| found.said());
        found.warnings.iter().for_each(|warning| console.warning(warning));
        known.insert(key, Arc::clone(&found));
        Ok(found)
    }
}

/// What compilers and linkers see of an environment: their toolchain adds to it.
#[must_use]
pub fn seen_by_tools(
    mut environment: Environment,
    toolchain: &Toolchain,
    root: &Path,
) -> Environment {
    if cfg!(windows) {
        // There `Path` and `PATH` are one variable, and the toolchain's has to win.
        let is_new =
            |name: &OsStr| toolchain.environment.keys().any(|key| key.eq_ignore_ascii_case(name));
        environment.0.retain(|name, _| !is_new(name));
    }
    environment.0.extend(toolchain.environment.clone());
    // Compilers write `PWD` into debug information where it fits, or else what they find.
    environment.0.insert("PWD".into(), root.into());
    environment
}
