//! The error of this crate.

use std::fmt;

/// Why a module was not made: what is wrong, where, and what to do next. What a builder or a
/// compiler said comes first, whole.
///
/// `Debug` is the same text as `Display`, so that `fn main() -> Result<(), officina_build::Error>`
/// shows it to whoever runs Cargo.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(officina::error::Error);

impl From<officina::error::Error> for Error {
    fn from(error: officina::error::Error) -> Self {
        Error(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = officina::report::render(&self.0);
        write!(f, "{}", anstream::adapter::strip_str(text.trim_end()))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Error {}
