//! What becomes of a project that another backend builds: its pyproject.toml, and a report. Pure.

mod build_system;
mod cffi_dependency;
mod commands;
pub mod contents;
mod draft;
mod entries;
pub mod from_setuptools;
pub mod layout;
mod license;
mod machine;
pub mod manifest_in;
mod metadata;
mod migration;
mod native;
mod old_build;
mod origins;
mod people;
mod readme;
pub mod setup_cfg;
mod toml_text;
mod version;
mod wheel_data;

pub use cffi_dependency::settle as settle_cffi;
pub use draft::Draft;
pub use migration::{Change, Migration, MoveFinding, MoveVerdict};
pub use old_build::{OldBuild, PROTOCOL, Reading, ReadingFailure};
pub use origins::{Origin, OriginTree, migrate as migrate_origin};
pub use toml_text::with_line_breaks_of;
