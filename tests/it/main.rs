//! Integration tests, one binary.

mod architecture;
mod bench;
mod check;
mod compile;
mod generate;
mod hooks;
mod platforms;
mod schema;
mod settings;
mod toolchain;
mod wheel;
