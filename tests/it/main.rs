//! Integration tests, one binary.

