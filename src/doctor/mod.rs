//! Looks at a machine and a project for what builds would fail by. No builder runs.

mod build_system;
mod builders;
mod cargo;
mod compiler;
mod disks;
mod finding;
mod flags;
mod headers;
mod launchers;
mod modules;
mod packages;
mod probe;
mod python;

pub use build_system::{Packer, build_system};
pub use builders::{BuilderText, builder_imports};
pub use cargo::cargo;
pub use compiler::compiler;
pub use disks::{build_folder, temporary_folder};
pub use finding::{Finding, Subject, Verdict};
pub use flags::flags;
pub use headers::headers;
pub use launchers::launchers;
pub use modules::{last_abi, no_record, none_compiled};
pub use packages::packages;
pub use probe::ProbeContext;
pub use python::{PythonState, cffi, python_state};
