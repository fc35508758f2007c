//! Removes what builds left in the build folder.

use std::path::PathBuf;

use crate::build::commands::ProjectCommand;
use crate::build::folders;
use crate::build::outcome::finished;
use crate::build::project::load;
use crate::error::Result;
use crate::fs;
use crate::model::{Environment, Hook, WheelKind};

/// What was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CleanResult {
    /// This folder.
    Folder(PathBuf),
    /// Nothing: no folder is there.
    Nothing,
}

/// Removes the build folder.
///
/// # Errors
/// It is not one that a build made, another build works in it, or it cannot be removed.
pub fn clean(command: &ProjectCommand, environment: &Environment) -> Result<CleanResult> {
    finished(cleaned(command, environment))
}

fn cleaned(command: &ProjectCommand, environment: &Environment) -> Result<CleanResult> {
    let hook = Hook::GetRequiresForBuildWheel { kind: WheelKind::Standard };
    let project = load(&command.request(hook), environment)?;
    let folder = folders::build_dir(&project);
    if !folder.exists() {
        return Ok(CleanResult::Nothing);
    }
    let named = project.options.build_dir.as_ref();
    fs::remove_cache(&folder).map_err(|error| match named {
        Some(build_dir) => error.set_by(&build_dir.origin),
        None => error,
    })?;
    if let (None, Some(parent)) = (named, folder.parent()) {
        let _ = std::fs::remove_dir(parent); // refused where `build` holds something else
    }
    Ok(CleanResult::Folder(folder))
}
