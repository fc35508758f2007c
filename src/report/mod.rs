//! Every line that a person sees: one per task on stderr while a build runs, the errors, and the
//! answers of commands on stdout.

pub mod advice;
mod console;
mod errors;
mod escape;
mod installer;
mod output;
mod progress;
mod tasks;

pub use console::Console;
pub use errors::{error, render};
pub use escape::{json, one_line};
pub use output::out;
pub use progress::{StepCount, count_steps, with_progress};
pub use tasks::{
    Recording, RunningTask, begin, begin_aloud, did, expect, is_recording, note_compiler,
    note_python, recorded,
};
