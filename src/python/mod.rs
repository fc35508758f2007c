//! Interpreter facts -> tags and file names. Pure.
