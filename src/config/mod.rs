//! `pyproject.toml` -> [`crate::model::Project`]. Pure: what must be read is handed in.

#[cfg(feature = "backend")]
pub mod build_system;
pub mod builder;
#[cfg(feature = "backend")]
pub mod cargo_manifest;
#[cfg(feature = "backend")]
pub mod config_settings;
#[cfg(feature = "backend")]
pub mod discovery;
#[cfg(feature = "backend")]
mod folder;
#[cfg(feature = "backend")]
pub mod in_force;
#[cfg(feature = "backend")]
pub mod license_expression;
#[cfg(feature = "backend")]
pub mod metadata;
#[cfg(feature = "backend")]
pub mod options;
#[cfg(feature = "backend")]
mod paths;
#[cfg(feature = "backend")]
pub mod placement;
#[cfg(feature = "backend")]
pub mod portable;
#[cfg(feature = "backend")]
pub mod schema;
#[cfg(feature = "backend")]
pub mod settings;
#[cfg(feature = "backend")]
pub mod setuptools;
#[cfg(feature = "backend")]
pub mod toml;
#[cfg(feature = "backend")]
mod toml_duplicates;
#[cfg(feature = "backend")]
mod toml_forms;
#[cfg(feature = "backend")]
pub mod vcs;
