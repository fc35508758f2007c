//! Integration tests, one binary.

mod architecture;
mod bench;
mod check;
mod clang_cl;
mod compile;
mod fuzzed;
mod generate;
mod glue;
mod guest;
mod hooks;
mod launcher;
mod panics;
mod platforms;
mod programs;
mod schema;
mod sdist;
mod seeds;
mod settings;
mod toolchain;
mod wheel;
