//! The only door to other programs: run one, hear all it says, and end it when the user stops us.

mod cancel;
mod groups;
mod last_word;
mod run;
mod signals;
mod status;

pub use cancel::Cancel;
pub use run::{
    Finished, Invocation, Output, Said, run, run_as_guest, run_cancellable, run_group, run_into,
    run_listening,
};
#[cfg(feature = "backend")]
pub use signals::stop_on_signals;
pub use signals::{abandoned, interrupted, stop_on_panic, stop_with_parent};
pub use status::describe_status;
