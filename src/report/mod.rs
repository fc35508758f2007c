//! Every line that a person sees: one per step on stderr while a build runs, the errors, and the
//! answers of commands on stdout.

pub mod advice;
mod console;
mod errors;
mod output;
mod progress;
mod steps;

pub use console::Console;
pub use errors::{error, render};
pub use output::out;
pub use progress::with_progress;
pub use steps::{RunningStep, begin, begin_aloud, did, expect, is_recording, recorded};
