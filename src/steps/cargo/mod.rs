//! The step that has cargo build a crate's library.

mod build_crate;
mod failure;
mod inputs;
mod messages;
mod packages;

pub use build_crate::{BuildCrate, CrateAnswer};
pub use packages::CratePackage;
