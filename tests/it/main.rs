//! Integration tests, one binary.

mod architecture;
mod settings;
mod wheel;
