//! Moves a project from another backend to this one: reads the old build, writes the new one.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs;
use crate::migrate::Migration;
use crate::model::{Environment, PythonFacts};

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct MigrateRequest {
    /// The folder of the project. Absolute.
    pub source_tree: PathBuf,
    /// The Python that runs what has to be run.
    pub python: PythonFacts,
}

/// Reads how a project is built now, and says what its files would be. The tree is not touched: all
/// that runs, runs in a copy. No builder runs.
///
/// # Errors
/// There is nothing to read, or it cannot be read.
pub fn migrate(request: &MigrateRequest, environment: &Environment) -> Result<Migration> {
    let _ = (request, environment);
    Err(Error::new("`officina migrate` is not there yet"))
}

/// Writes the changes into a tree: the project itself, or a copy of it. What was there is kept with
/// `.orig` at its end.
///
/// # Errors
/// A file cannot be written.
pub fn write(migration: &Migration, tree: &Path) -> Result<()> {
    for change in &migration.changes {
        let path = tree.join(&change.path);
        if change.before.is_some() {
            fs::rename(&path, &tree.join(format!("{}.orig", change.path)))?;
        }
        if let Some(text) = &change.after {
            fs::write_text(&path, text)?;
        }
    }
    Ok(())
}
