//! The Python files that run a builder, for who has no installed package of ours.

use std::path::Path;

use crate::error::Result;
use crate::fs;

/// Each file with its text.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../build_backend/officina/", $name)))),*]
    };
}

/// The one to run.
pub const BUILD_SCRIPT: &str = "_build_script.py";

const FILES: [(&str, &str); 12] = files![
    "_build_script.py",
    "_cdef_checks.py",
    "_declared.py",
    "_imports.py",
    "_interpreter.py",
    "_keep.py",
    "_questions.py",
    "_recorder.py",
    "_run_builder.py",
    "_seen.py",
    "_user_code.py",
    "_variables.py",
];

/// Writes all of them into a folder.
///
/// # Errors
/// The folder cannot be written.
pub fn write(folder: &Path) -> Result<()> {
    fs::create_dir(folder)?;
    FILES.iter().try_for_each(|(name, text)| fs::write_text(&folder.join(name), text))
}
