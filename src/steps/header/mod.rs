//! Imports a C header: what cffi is told of it, as the target's own compiler reads it.

mod cdef;
mod constants;
mod declarations;
mod files;
mod import;
mod items;
mod request;
mod select;
mod strip;
pub mod tokens;

pub use import::{ImportHeaders, import_step, task_name, text_of};
pub use request::HeaderRequest;
