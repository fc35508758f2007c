//! Lists of folders, as systems write them.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::model::Environment;

/// The folders that a variable lists, as `PATH` does.
pub fn listed_folders(environment: &Environment, name: &str) -> Vec<PathBuf> {
    let listed = environment.0.get(OsStr::new(name)).into_iter().flat_map(std::env::split_paths);
    listed.filter(|folder| !folder.as_os_str().is_empty()).collect()
}
