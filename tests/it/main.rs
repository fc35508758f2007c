//! Integration tests, one binary.

mod wheel;
