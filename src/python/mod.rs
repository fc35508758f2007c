//! Interpreter facts -> tags and file names. Pure.

pub mod abi;
pub mod names;
pub mod requires;
pub mod symbols;
pub mod tags;
