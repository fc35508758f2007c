//! Manifest, RECORD and wheel.
