//! How products are written: wheels and sdists, and what they say about themselves.

mod compress;
pub mod epoch;
mod outlet;
pub mod record;
pub mod sdist;
pub mod unpack;
pub mod wheel;
