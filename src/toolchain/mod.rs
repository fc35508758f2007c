//! Finds the compiler and knows the flags of each family.
//!
//! What the environment names comes first, then what the interpreter was built with (its
//! sysconfig), then what the machine has. Which variable replaces what, and what is appended, is
//! as in setuptools, so that a working `CC=… CFLAGS=… pip install .` goes on working.

mod archiver;
pub mod command_line;
mod commands;
mod compiler_choice;
mod family;
mod find;
mod flags;
mod gnu;
mod launcher;
mod machine;
mod msvc;
mod programs;
mod request;
pub mod sanitizers;
pub mod variables;

pub use commands::{LanguageCommands, OptimizationChoice, ToolCommand, Toolchain};
pub use family::{Family, PrefixMap};
pub use find::find;
pub use flags::{is_optimization, may_tell_places, yielding_to};
pub use launcher::launcher_in_disguise;
pub use programs::{helpers, programs};
pub use request::ToolchainRequest;
