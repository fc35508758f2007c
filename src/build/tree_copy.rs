//! A copy of a source tree, as a clean checkout would have it: without what builds leave there.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::tree;
use crate::fs;
use crate::model::{Tracking, TreeFile};

/// Copies the tree of a project into a folder that is not there yet, and returns where the project
/// lies in it: a project in a repository is copied with all of that, since ignore files and versions
/// may come from above.
///
/// # Errors
/// Something cannot be read or written.
pub fn copy(project: &Path, into: &Path) -> Result<PathBuf> {
    let project = project.canonicalize().map_err(|e| Error::io("find", project, &e))?;
    let above = project.ancestors().find(|folder| folder.join(".git").exists());
    let top = above.unwrap_or(&project);
    let place = project.strip_prefix(top).unwrap_or(Path::new(""));
    fs::copy_tree(top, into)?;
    let copied = into.join(place);
    for file in tree::walk(&copied)?.files.iter().filter(|file| is_of_build(file)) {
        fs::remove_if_there(&copied.join(&file.path))?;
    }
    Ok(copied)
}

/// Whether a build of setuptools, or of ours, left a file there, as far as git does not track it.
fn is_of_build(file: &TreeFile) -> bool {
    let path = file.path.as_str();
    let is_made = ["build/lib", "build/temp", "build/bdist", "build/officina", "dist/"];
    let is_made = is_made.iter().any(|start| path.starts_with(start));
    let is_info = path.split('/').take(2).any(|part| part.ends_with(".egg-info"));
    file.tracking != Tracking::Tracked && (is_made || is_info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_a_clean_checkout() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join("repository").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        };
        let kept = [".gitignore", "a/b/setup.py", "a/b/build/tool.py", "a/b/p/x.py"];
        let left = ["a/b/build/lib/x.py", "a/b/dist/x.whl", "a/b/p.egg-info/PKG-INFO", "a/.tox/x"];
        [".git/HEAD", ".git/objects/x"]
            .iter()
            .chain(&kept)
            .chain(&left)
            .for_each(|name| write(name));
        let project = folder.path().join("repository/a/b");
        let copied = copy(&project, &folder.path().join("copy")).unwrap();
        assert_eq!(copied, folder.path().join("copy/a/b"));
        for name in kept {
            assert!(folder.path().join("copy").join(name).is_file(), "{name}");
        }
        for name in left {
            assert!(!folder.path().join("copy").join(name).exists(), "{name}");
        }
    }
}
