//! `officina migrate`: moves a project from another backend to this one.

mod environment;
mod origin;
mod reading;
mod run;
mod tree_files;
mod write;

pub use environment::{add, install};
pub use run::{MigrateRequest, migrate};
pub use write::{require_clean, write};
