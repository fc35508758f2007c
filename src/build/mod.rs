//! One readable function per product; the only room that sees all the others.

mod assemble;
mod broken_promises;
mod build_inputs;
pub mod check;
pub mod clean;
pub mod commands;
mod compile_extension;
mod contents;
mod context;
mod declared;
pub mod dist;
mod editable;
mod folders;
mod header_imports;
mod hook;
pub mod listing;
mod metadata;
mod native;
mod native_files;
mod omission_warning;
mod origin;
mod outcome;
mod own_steps;
mod placeholders;
pub mod plan;
mod product;
mod project;
mod rebuild;
mod requires_python;
mod sdist;
mod sdist_inputs;
mod source_globs;
mod timings;
mod wheel;

pub use hook::run;
