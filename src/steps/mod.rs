//! The steps of a build, a file for each kind: run a command of the project's ([`commands`]) or a builder
//! ([`builder`]), [`compile`], [`archive`],
//! [`link`], [`check`]. What a step runs is computed first, by pure functions, and run then.

pub mod archive;
pub mod builder;
mod built_abi;
pub mod bundle;
#[cfg(feature = "backend")]
pub mod cargo;
pub mod cdef_checks;
mod cdef_complaint;
mod cdef_types;
mod cdef_words;
pub mod check;
pub mod commands;
pub mod compile;
pub mod compile_args;
pub mod compile_commands;
pub mod compile_failure;
mod compile_inputs;
pub mod compile_line;
mod compile_words;
pub mod compiled_api;
mod compiler_cache;
pub mod context;
pub mod declared;
pub mod depfile;
mod filled_folder;
mod glue;
mod glue_complaint;
pub mod header;
mod header_lookups;
mod ids;
pub mod libraries;
pub mod link;
mod link_inputs;
pub mod link_line;
mod linker_report;
pub mod make_modules;
pub mod missing_file;
pub mod path_mapping;
pub mod pkg_config;
pub mod prepared_module;
mod preprocess_args;
pub mod python_headers;
pub mod shared_jobs;
pub mod sources;
mod target_links;
mod text_lookups;
mod text_origin;
mod tool_run;
pub mod toolchains;
pub mod translation_unit;
