//! Projects that neither setuptools nor Officina builds: poetry, hatch, flit, meson, CMake.

mod builders;
mod flit;
mod git_version;
mod hatch;
mod native_build;
mod origin;
mod origin_draft;
mod poetry;
mod poetry_versions;
mod start;

#[cfg(test)]
mod tests;

pub use origin::{Origin, OriginTree};
pub use start::migrate;
