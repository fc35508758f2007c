//! The next step after what a compiler, a linker, pkg-config or a shell said.
//!
//! Their words are shown whole; this adds the line that a colleague would: which package has the
//! header, which argument of `set_source()` to look at. Unknown words get no advice.

mod complaint;
pub mod install;
mod known_libraries;
mod line;
mod named;
mod rules;

pub use complaint::{Complaint, complaints};
pub use known_libraries::by_library as library_by_name;
pub use known_libraries::by_pkg_config as library_by_package;
pub use known_libraries::by_symbol as library_of_symbol;
pub use named::{lacks_member, missing_libraries};
pub use rules::{for_output, for_output_besides};
