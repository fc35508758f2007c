//! Modules that `pyproject.toml` declares: what their Python process is asked for, and what stands in
//! other programs' files.

mod failure;
mod packages;
mod request;

pub use failure::{CdefFailure, error};
pub use packages::with_packages;
pub use request::request;
