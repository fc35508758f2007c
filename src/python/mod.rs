//! Interpreter facts -> tags and file names. Pure.

pub mod names;
