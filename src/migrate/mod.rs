//! What becomes of a project that another backend builds: its pyproject.toml, and a report. Pure.

mod migration;

pub use migration::{Change, Finding, Migration, Verdict};
