//! `[project]` -> core metadata. Pure: what must be read from the tree is handed in.
//!
//! The table follows the [pyproject.toml specification]; the text that [`Metadata`](crate::model::Metadata) turns into
//! follows the [core metadata specification].
//!
//! [pyproject.toml specification]: https://packaging.python.org/en/latest/specifications/pyproject-toml/
//! [core metadata specification]: https://packaging.python.org/en/latest/specifications/core-metadata/

mod content_type;
mod core;
mod cursor;
mod dependencies;
mod dynamic;
mod entry_points;
mod import_names;
mod keys;
mod license;
mod marker;
mod named_files;
mod names;
mod of_setuptools;
mod other_vcs;
mod people;
mod python_literal;
mod read;
mod readme;
mod requirement;
mod text;
mod tree_access;
mod urls;
mod vcs;
mod version;

#[cfg(test)]
mod tests;

pub use core::core_metadata;
pub use entry_points::entry_points_txt;
pub use of_setuptools::of_setuptools;
pub use other_vcs::{Carried, CarriedOption, carried, carried_option};
pub use python_literal::without_comments;
pub use read::read;
pub use tree_access::TreeAccess;
pub use vcs::VERSION_FILES;
