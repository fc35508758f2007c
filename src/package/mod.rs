//! Manifest, RECORD and wheel.

pub mod globs;
pub mod manifest;
mod compress;
mod outlet;
pub mod record;
pub mod wheel;
