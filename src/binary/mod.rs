//! Reads what linkers made, ELF and Mach-O, and checks that an extension finds all that it needs.

pub mod cdef_texts;
mod cxx_names;
pub mod elf;
mod evidence;
mod init_function;
mod library_cache;
mod link_check;
mod linked_file;
mod loaded_python;
mod loader_folders;
mod machine;
pub mod macho;
mod missing_symbols;
mod native_file;
mod nearby_sources;
pub mod object_symbols;
mod on_purpose;
mod rust_exports;
mod search;
mod symbols;
mod thin_archive;
mod undefined_symbols;
mod warnings;

pub use init_function::InitFunction;
pub use library_cache::LibraryCache;
pub use link_check::{LinkCheck, LinkCheckRequest, check_link};
pub use linked_file::linked_file;
pub use native_file::{BinaryFormat, format_of, python_symbols};
pub use symbols::Symbols;
pub use thin_archive::members as thin_members;
