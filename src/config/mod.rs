//! `pyproject.toml` -> [`crate::model::Project`]. Pure: what must be read is handed in.

pub mod build_system;
pub mod builder;
pub mod cargo_manifest;
pub mod config_settings;
pub mod discovery;
mod folder;
pub mod in_force;
pub mod metadata;
pub mod options;
mod paths;
pub mod placement;
pub mod portable;
pub mod schema;
pub mod settings;
pub mod toml;
