//! Runs builders and collects what they generate.

pub mod arguments;
