//! The permits of one build, and the named pipe by which the programs that it starts share them.

use tempfile::TempDir;

use crate::engine::jobserver::Jobs;
use crate::error::Result;
use crate::fs;
use crate::model::{Environment, Project};

/// The right to work, for as long as the build goes on.
pub struct Permits {
    /// The permits.
    pub jobs: Jobs,
    /// Where the named pipe lies.
    _folder: Option<TempDir>,
}

impl Permits {
    /// The permits of a build. Only steps and crates start programs that ask for some.
    ///
    /// # Errors
    /// The named pipe cannot be made.
    pub fn of(project: &Project, environment: &Environment) -> Result<Self> {
        let (asked, parts) = (project.options.jobs, &project.settings.native);
        if parts.steps.is_empty() && parts.crates.is_empty() {
            return Ok(Permits { jobs: Jobs::new(asked, environment), _folder: None });
        }
        let folder = fs::scratch_dir()?;
        let jobs = Jobs::serving(asked, environment, folder.path())?;
        Ok(Permits { jobs, _folder: Some(folder) })
    }
}
