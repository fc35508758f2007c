//! Interpreter facts -> tags and file names. Pure.

pub mod tags;
pub mod abi;
pub mod names;
