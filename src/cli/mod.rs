//! What a person types, and what a hook says. A hook's request is read by [`protocol`], without the
//! parser of the command line.

mod answers;
mod command_line;
mod compare;
mod doctor;
mod generate_ci;
mod init;
mod migrate;
mod place;
pub mod protocol;
mod prove;
mod python;
mod show;

pub use command_line::run;
