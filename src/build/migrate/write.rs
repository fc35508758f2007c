//! Writes what changes, and keeps what was there.

use std::path::Path;

use crate::build::git;
use crate::error::{Error, Result};
use crate::fs;
use crate::migrate::Migration;
use crate::model::Environment;

/// Writes the changes into a tree: the project itself, or a copy of it. What was there is kept with
/// `.orig` at its end.
///
/// # Errors
/// A file cannot be written.
pub fn write(migration: &Migration, tree: &Path) -> Result<()> {
    for change in &migration.changes {
        let path = tree.join(&change.path);
        if change.before.is_some() {
            let kept = tree.join(format!("{}.orig", change.path));
            fs::remove_if_there(&kept)?;
            fs::rename(&path, &kept)?;
        }
        if let Some(text) = &change.after {
            fs::write_text(&path, text)?;
        }
    }
    Ok(())
}

/// # Errors
/// git does not have what the tree holds, git refuses, or an older `.orig` file would be lost.
pub fn require_clean(migration: &Migration, tree: &Path, environment: &Environment) -> Result<()> {
    for change in migration.changes.iter().filter(|change| change.before.is_some()) {
        let kept = format!("{}.orig", change.path);
        if tree.join(&kept).exists() {
            return Err(Error::new(format!("`{kept}` is there already"))
                .hint("remove it, or say `--force` to write over it"));
        }
    }
    // Without git or a repository, the `.orig` files are all there is.
    let uncommitted = git::uncommitted(tree, environment);
    match uncommitted.map_err(|error| error.hint("or say `--force`, if you keep the tree elsewhere"))? {
        None => Ok(()),
        Some(first) => Err(Error::new("the tree has changes that are not committed")
            .note(format!("git says `{first}`"))
            .hint("commit or stash them, so that the move can be looked at by itself; or say `--force`")),
    }
}
