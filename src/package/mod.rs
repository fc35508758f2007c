//! Manifest, RECORD and wheel.

pub mod globs;
pub mod manifest;
