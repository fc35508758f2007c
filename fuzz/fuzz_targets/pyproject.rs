//! Feeds `pyproject` of tests/it/fuzzed.rs.

#![no_main]

#[allow(dead_code)] // it holds all targets
#[path = "../../tests/it/fuzzed.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::pyproject(bytes));
