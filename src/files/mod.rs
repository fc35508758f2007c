//! The source tree, and what of it belongs into which product and why.

pub mod entry_points;
pub mod forgotten_builder;
pub mod full_imports;
pub mod globs;
pub mod imported_modules;
mod includes;
mod kinds;
mod listing;
pub mod manifest;
pub mod mentioned_files;
pub mod mentions;
pub mod missing_inputs;
pub mod paths;
mod placements;
pub mod python_text;
mod remedies;
pub mod sdist_files;
pub mod tree;
pub mod wheel_files;
mod wheel_rules;
