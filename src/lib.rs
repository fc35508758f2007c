//! Officina: a PEP 517 build backend for CFFI projects. This page is the map of the crate.
//!
//! A frontend calls a hook of the Python package, which writes a request and runs this executable
//! ([`protocol`]). [`pipeline`] then reads as one function per product, and is the only place that
//! sees two stages at once. Imports run downward only:
//!
//! | layer | modules | may use |
//! |---|---|---|
//! | entry | `main`, [`cli`], [`protocol`] | everything below |
//! | order | [`pipeline`] | everything below |
//! | stages | [`generate`], [`toolchain`], [`compile`], [`package`] | `model`, and the doors |
//! | pure | [`advice`], [`project`], [`python`], [`timings`] | `model`, `error` |
//! | ground | [`model`], [`error`], [`report`] | |
//! | doors | [`process`], [`fs`], [`tree`], [`state`] | `model`, `error` |
//!
//! A stage never imports a stage, except that `compile` drives `toolchain`; they exchange values
//! of [`model`]. Pure modules touch neither disk nor process.

pub mod archive;
pub mod binary;
pub mod build;
pub mod cli;
pub mod config;
pub mod editable;
pub mod engine;
pub mod error;
pub mod files;
pub mod fs;
pub mod model;
pub mod process;
pub mod python;
pub mod report;
pub mod steps;
pub mod toolchain;
