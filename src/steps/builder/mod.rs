//! Runs builders, each in a process of its own, and collects what they generate.

pub mod answer;
pub mod arguments;
pub mod attached;
mod cached;
mod context;
mod control;
mod fork_server;
pub mod guest;
mod launch;
mod missing_module;
mod python_files;
mod run_all;
mod side_by_side;
pub mod spec;
mod whereabouts;

pub use cached::{step_id, why};
pub use context::{BuilderContext, script_name as name};
pub use run_all::{Generated, run_all};
