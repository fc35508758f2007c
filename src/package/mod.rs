//! What products hold (manifests, pure), and how they are written.

mod compress;
pub mod editable;
pub mod epoch;
pub mod globs;
mod kinds;
pub mod kit;
pub mod manifest;
pub mod mentions;
pub mod omissions;
mod outlet;
mod python_text;
pub mod record;
pub mod sdist;
pub mod sources;
pub mod stamps;
pub mod unpack;
pub mod wheel;
