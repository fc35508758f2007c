//! Entry of the `officina` executable.

fn main() {}
