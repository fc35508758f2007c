//! The source tree with the file that says the version in its place, though nobody has written it there.

use std::sync::Arc;

use crate::error::Result;
use crate::files::tree;
use crate::model::{Project, Tree, TreeFile};

/// Walks the tree of a project. A file of the same path that lies there counts no more.
///
/// # Errors
/// A folder cannot be read.
pub fn tree_of(project: &Project) -> Result<Tree> {
    let mut tree = tree::walk(&project.root)?;
    let Some(version_file) = &project.version_file else { return Ok(tree) };
    let path = version_file.path.as_str();
    tree.unpackable.retain(|entry| entry.path != path);
    let made = TreeFile {
        path: path.to_owned(),
        size: version_file.text.len() as u64,
        text: Some(Arc::from(version_file.text.as_str())),
        ..TreeFile::default()
    };
    match tree.files.binary_search_by(|file| file.path.as_str().cmp(path)) {
        Ok(place) => tree.files[place] = TreeFile { tracking: tree.files[place].tracking, ..made },
        Err(place) => tree.files.insert(place, made),
    }
    Ok(tree)
}
