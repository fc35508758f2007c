//! The JSON between Python and Rust, versioned.
