//! The ids of steps.

use std::path::Path;

use crate::steps::context::CompileContext;

/// The id of the step of a kind that is about a file: `compile objects/pkg._foo/a.c.o`.
pub fn step_id(kind: &str, file: &Path, context: &CompileContext) -> String {
    let name = file.strip_prefix(context.paths.build_dir).unwrap_or(file);
    format!("{kind} {}", name.display())
}
