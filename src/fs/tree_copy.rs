//! A copy of a source tree, for programs that may write into what they read.

use std::path::Path;

use crate::error::{Error, Result};
use crate::fs::files::{create_dir, write_text};

/// Folders that no build reads, wherever they lie.
const SKIPPED: &[&str] = &[
    ".hg",
    ".svn",
    ".tox",
    ".nox",
    ".eggs",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    "node_modules",
];

/// Copies a tree. Caches, virtual environments and our own build folder stay behind; of a repository
/// the new tree has what git asks, with the objects of the old one.
///
/// # Errors
/// A file cannot be read or written.
pub fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    copy_folder(from, to, &|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_ours = path == from.join("build/officina");
        SKIPPED.contains(&name) || is_ours || path.join("pyvenv.cfg").is_file() || name == ".git"
    })?;
    let git = from.join(".git");
    if git.is_dir() { copy_repository(&git, &to.join(".git")) } else { Ok(()) }
}

fn copy_repository(from: &Path, to: &Path) -> Result<()> {
    let objects = from.join("objects");
    copy_folder(from, to, &|path| path == objects || path == from.join("lfs"))?;
    let info = to.join("objects/info");
    create_dir(&info)?;
    write_text(&info.join("alternates"), &format!("{}\n", objects.display()))
}

fn copy_folder(from: &Path, to: &Path, is_skipped: &dyn Fn(&Path) -> bool) -> Result<()> {
    create_dir(to)?;
    let entries = std::fs::read_dir(from).map_err(|e| Error::io("list", from, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| Error::io("list", from, &e))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if is_skipped(&path) {
            continue;
        }
        let kind = entry.file_type().map_err(|e| Error::io("look at", &path, &e))?;
        if kind.is_dir() {
            copy_folder(&path, &target, is_skipped)?;
        } else if kind.is_symlink() {
            copy_link(&path, &target)?;
        } else if kind.is_file() {
            std::fs::copy(&path, &target).map_err(|e| Error::io("copy", &path, &e))?;
        }
    }
    Ok(())
}

/// A link stays one: it may lead to another file of the tree.
#[cfg(unix)]
fn copy_link(path: &Path, target: &Path) -> Result<()> {
    let leads_to = std::fs::read_link(path).map_err(|e| Error::io("read", path, &e))?;
    std::os::unix::fs::symlink(leads_to, target).map_err(|e| Error::io("write", target, &e))
}

/// Links need a right of their own there: a copy of the file takes its place.
#[cfg(not(unix))]
fn copy_link(path: &Path, target: &Path) -> Result<()> {
    if path.is_file() {
        std::fs::copy(path, target).map_err(|e| Error::io("copy", path, &e))?;
    }
    Ok(())
}
