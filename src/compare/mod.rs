//! Compares two products, wheels or sdists, and says of each difference whether it matters. Pure.

mod causes;
mod contents;
mod core_metadata;
mod difference;
mod entry_points;
mod files;
mod linked;
mod people;
mod record;
mod sdist;
mod tags;
mod version_text;
mod wheel;
mod wheel_name;

#[cfg(test)]
mod tests;

pub use contents::{ArchiveContents, ArchivedFile};
pub use difference::{Difference, Grade};
pub use files::{is_generated_source, same_generated_source};
pub use sdist::sdists;
pub use wheel::wheels;
