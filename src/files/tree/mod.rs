//! The door to the source tree.

mod git_index;
mod ignore_rules;
mod lookup;
mod walk;

pub use lookup::*;
pub use walk::{walk, walk_within};
