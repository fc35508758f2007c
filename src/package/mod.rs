//! Manifest, RECORD and wheel.

mod compress;
pub mod epoch;
pub mod globs;
pub mod manifest;
mod outlet;
pub mod record;
pub mod sdist;
pub mod sources;
pub mod wheel;
