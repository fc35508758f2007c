//! `[tool.officina]` -> settings, each value with its place in the file.

mod bundle;
mod compile_keys;
pub mod condition;
mod crates;
pub mod entries;
mod foreign_keys;
mod inside;
mod key;
pub mod keys;
pub mod module_keys;
pub mod modules;
pub mod native;
mod native_keys;
pub mod overrides;
mod read;
mod sbom;
pub mod setuptools_keys;
mod table;
pub mod values;
mod wheel_data;

#[cfg(test)]
mod tests;

pub use read::read;
pub(in crate::config) use table::python_source;
