//! Interpreter facts -> tags and file names. Pure.

pub mod abi;
pub mod build_details;
pub mod file_tags;
pub mod names;
pub mod platform_policies;
pub mod requires;
pub mod stable_abi;
pub mod symbols;
pub mod sysconfigdata;
pub mod tags;
