//! Sources -> objects -> extensions.

pub mod advice;
pub mod check;
