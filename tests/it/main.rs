//! Integration tests, one binary.

mod bench;
mod compile;
mod platforms;
mod toolchain;
