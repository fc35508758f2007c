//! Reads the tree of a project that neither setuptools nor Officina builds.

use std::path::Path;

use crate::error::{Error, Result};
use crate::files::tree;
use crate::fs;
use crate::migrate::{Migration, Origin, OriginTree, migrate_origin};
use crate::model::PYPROJECT;

/// No script or build file that a person wrote is larger. In bytes.
const LARGEST: u64 = 1 << 20;

/// What becomes of a project that this backend builds.
///
/// # Errors
/// Nobody knows the backend, or the tree cannot be read.
pub fn migrate(source_tree: &Path, backend: &str) -> Result<Migration> {
    let Some(origin) = Origin::of_backend(backend) else {
        return Err(Error::new(format!("`{backend}` builds this project"))
            .note("setuptools, poetry, hatch, flit, meson-python and scikit-build-core are known")
            .hint("write `[tool.officina]` by hand: see docs/migrate.md"));
    };
    let pyproject = fs::read_source(&source_tree.join(PYPROJECT), PYPROJECT)?.text;
    let mut found = OriginTree { pyproject, ..OriginTree::default() };
    for file in tree::walk(source_tree)?.files {
        let is_build_file = ["meson.build", "CMakeLists.txt"]
            .iter()
            .any(|name| file.path.rsplit('/').next() == Some(name));
        let is_python = file.path.ends_with(".py");
        if file.size > LARGEST || file.ignored.is_some() || !(is_python || is_build_file) {
            continue;
        }
        // A file in another encoding is no builder that we know how to name.
        let Ok(source) = fs::read_source(&source_tree.join(&file.path), &file.path) else {
            continue;
        };
        let list = if is_python { &mut found.python } else { &mut found.build_files };
        list.push((file.path, source.text));
    }
    migrate_origin(origin, &found)
}
