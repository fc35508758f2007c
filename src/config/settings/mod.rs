//! `[tool.officina]` -> settings, each value with its place in the file.

pub mod condition;
mod key;
pub mod keys;
pub mod module_keys;
pub mod modules;
pub mod overrides;
mod read;
mod table;
pub mod values;

#[cfg(test)]
mod tests;

pub use read::read;
pub(in crate::config) use table::python_source;
