//! Removes what builds left in the build directory.

use std::path::PathBuf;

use super::commands::Order;
use super::{finished, load};
use crate::error::Result;
use crate::fs;
use crate::model::Hook;
use crate::process::Environment;

/// What was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cleaned {
    /// This folder.
    Folder(PathBuf),
    /// Nothing: no folder is there, or `build-dir` is not set and builds leave nothing.
    Nothing,
}

/// Removes the build directory.
///
/// # Errors
/// It is not one that a build made, another build works in it, or it cannot be removed.
pub fn clean(order: &Order, environment: &Environment) -> Result<Cleaned> {
    finished(cleaned(order, environment))
}

fn cleaned(order: &Order, environment: &Environment) -> Result<Cleaned> {
    let project = load(&order.request(Hook::GetRequiresForBuildWheel), environment)?;
    let Some(build_dir) = &project.options.build_dir else { return Ok(Cleaned::Nothing) };
    let folder = project.root.join(&build_dir.value);
    if !folder.exists() {
        return Ok(Cleaned::Nothing);
    }
    fs::remove_cache(&folder).map_err(|error| build_dir.by.blamed(error))?;
    Ok(Cleaned::Folder(folder))
}
