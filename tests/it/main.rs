//! Integration tests, one binary.

mod architecture;
mod check;
mod generate;
mod hooks;
mod settings;
mod wheel;
