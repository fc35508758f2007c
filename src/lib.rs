//! Officina: a PEP 517 build backend for CFFI projects. This page is the map of the crate.
//!
//! A frontend calls a hook of the Python package, which writes a request and runs this executable
//! ([`cli::protocol`]). [`build`] then reads as one function for each product, and is the only room
//! that sees all others. Imports run downward only:
//!
//! | room | what it holds |
//! |---|---|
//! | `main`, [`cli`] | entry; what a person types, and what a hook says |
//! | [`build`] | one function for each product and each command |
//! | [`doctor`] | looks at a machine and a project for what builds would fail by |
//! | [`steps`] | the kinds of step: run a builder, compile, link, check |
//! | [`editable`] | the editable wheel, the rebuild folder, the import check |
//! | [`migrate`] | what becomes of a project that another backend builds; pure |
//! | [`compare`] | what differs between two products, and whether it matters; pure |
//! | [`archive`] | how wheels and sdists are written and read |
//! | [`files`] | the source tree, and what of it belongs into which product |
//! | [`engine`] | graph, scheduler, action cache, inputs, build folder, permits, timings |
//! | [`stubs`] | what an `FFI` declares -> type stubs; pure |
//! | [`binary`] | what linkers made, read back |
//! | [`toolchain`] | compilers and linkers: found, and told what to do |
//! | [`templates`] | the files of new projects and of their CI; pure |
//! | [`config`] | `pyproject.toml` -> [`model::Project`]; pure |
//! | [`python`] | facts about a Python -> tags and file names; pure |
//! | [`report`] | every line that a person sees |
//! | [`process`], [`fs`] | the doors to programs and to files |
//! | [`error`], [`model`] | the error type; the nouns, which import nothing of ours |
//!
//! `officina-build` uses the library without the feature `backend`, which leaves out what makes products.
//!
//! Pure rooms touch no disk, no program and no clock. `ARCHITECTURE.md` follows one build through
//! these rooms, `docs/glossary.md` explains the words, and `tests/it/architecture.rs` holds the rules.

#[cfg(feature = "backend")]
pub mod archive;
pub mod binary;
#[cfg(feature = "backend")]
pub mod build;
#[cfg(feature = "backend")]
pub mod cli;
#[cfg(feature = "backend")]
pub mod compare;
pub mod config;
#[cfg(feature = "backend")]
pub mod doctor;
#[cfg(feature = "backend")]
pub mod editable;
pub mod engine;
pub mod error;
#[cfg(feature = "backend")]
pub mod files;
pub mod fs;
#[cfg(feature = "backend")]
pub mod migrate;
pub mod model;
pub mod process;
pub mod python;
pub mod report;
pub mod steps;
#[cfg(feature = "backend")]
pub mod stubs;
#[cfg(feature = "backend")]
pub mod templates;
pub mod toolchain;
