//! Shared libraries for a wheel: [`find`] says which, [`rename`] copies them.

pub mod find;
mod packages;
pub mod plan;
pub mod rename;
