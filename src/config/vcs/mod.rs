//! What git says of a commit -> a version, as setuptools_scm makes it. Pure: git is asked elsewhere.

mod archive;
mod calendar;
mod describe;
mod local;
mod scheme;
mod tag_pattern;
mod version;
mod version_file;

pub use archive::of_archive;
pub use describe::{Described, described};
pub use tag_pattern::TagPattern;
pub use version::{parsed, version_of};
pub use version_file::{commit, text_of};
