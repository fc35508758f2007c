//! Crates with a CFFI module, built by Cargo and imported by Python. `OFFICINA_TEST_PYTHON` names
//! one that has cffi.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // test code, in functions that clippy does not see as tests

mod crates;
mod errors;
mod modules;
mod platforms;
mod rerun;
