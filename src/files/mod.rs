//! The source tree, and what of it belongs into which product and why.

pub mod globs;
mod kinds;
pub mod manifest;
pub mod mentions;
pub mod omissions;
mod python_text;
pub mod sources;
pub mod tree;
