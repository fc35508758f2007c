//! `pyproject.toml` -> [`crate::model::Project`]. Pure: what must be read is handed in.

pub mod metadata;
pub mod toml;
