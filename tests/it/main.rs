//! Integration tests, one binary.

mod architecture;
mod settings;
mod wheel;
mod generate;
mod hooks;
mod check;
