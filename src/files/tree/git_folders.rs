//! Where git keeps what it knows of a checkout (gitrepository-layout).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::files::tree::git_index;

/// The folders of a repository. They differ in a worktree alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitFolders {
    /// The one that holds the index: `.git` itself, or where it points to in a submodule and in a
    /// worktree.
    pub own: PathBuf,
    /// The one that holds `info/exclude` and is shared by the worktrees of a repository.
    pub common: PathBuf,
}

impl GitFolders {
    /// Those that a `.git`, a folder or a file, stands for.
    pub fn of(git: &Path) -> Self {
        let text = |file: &Path| std::fs::read_to_string(file).unwrap_or_default();
        let beside = git.parent().unwrap_or(git);
        let own = match text(git).trim().strip_prefix("gitdir:") {
            Some(pointer) if git.is_file() => beside.join(pointer.trim()),
            _ => git.to_owned(),
        };
        let common = text(&own.join("commondir"));
        let common = match common.trim() {
            "" => own.clone(),
            common => own.join(common),
        };
        GitFolders { own, common }
    }

    /// The paths that the repository tracks, from its root, with `/`. `None` where there is no index,
    /// or none that can be read.
    pub fn tracked(&self) -> Option<HashSet<String>> {
        git_index::tracked(&self.own, &self.common)
    }
}
