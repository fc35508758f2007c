//! What products hold (manifests, pure), and how they are written.

mod compress;
pub mod editable;
pub mod epoch;
pub mod globs;
pub mod manifest;
mod outlet;
pub mod record;
pub mod sdist;
pub mod sources;
pub mod unpack;
pub mod wheel;
