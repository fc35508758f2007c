//! The step that has cargo build a crate's library.

mod build_crate;
mod failure;
mod inputs;
mod messages;

pub use build_crate::{BuildCrate, CrateAnswer};
