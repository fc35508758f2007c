//! How products are written: wheels and sdists, and what they say about themselves.

mod deferred_errors;
pub mod dist_info;
pub mod epoch;
pub mod packing;
pub mod read_back;
pub mod sbom;
pub mod sdist;
pub mod unpack;
pub mod wheel;
