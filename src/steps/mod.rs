//! The steps of a build, a file for each kind: run a builder ([`builder`]), [`compile`], [`link`],
//! [`check`]. What a step runs is computed first, by pure functions, and run then.

pub mod builder;
mod built_abi;
pub mod check;
pub mod compile;
pub mod compile_args;
pub mod compile_line;
mod compiled_api;
mod compiler_cache;
pub mod context;
pub mod declared;
mod depfile;
mod glue;
pub mod header;
mod header_lookups;
mod ids;
pub mod link;
mod link_inputs;
pub mod link_line;
pub mod make_modules;
pub mod path_mapping;
pub mod prepared_module;
mod preprocess_args;
mod sources;
mod tool_run;
pub mod translation_unit;
