//! Manifest, RECORD and wheel.

mod compress;
mod outlet;
pub mod record;
pub mod wheel;
