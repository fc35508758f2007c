//! Manifest, RECORD and wheel.

mod compress;
pub mod globs;
pub mod manifest;
mod outlet;
pub mod record;
pub mod wheel;
