//! The door to the source tree.

mod git_folders;
mod git_index;
mod ignore_rules;
mod lookup;
mod walk;

pub use git_folders::GitFolders;
pub use lookup::*;
pub use walk::{walk, walk_within};
