//! Reads what linkers made, ELF and Mach-O, and checks that an extension finds all that it needs.

pub mod cdef_texts;
mod cxx_names;
pub mod elf;
pub mod elf_needs;
mod evidence;
mod init_function;
mod library_cache;
mod link_check;
mod loaded_python;
mod loader_folders;
mod machine;
pub mod macho;
mod missing_symbols;
mod native_file;
mod nearby_sources;
pub mod object_symbols;
mod on_purpose;
mod platform_needs;
mod rust_exports;
mod search;
mod symbols;
mod thin_archive;
mod undefined_symbols;
mod warnings;
mod wheel_libraries;

pub use elf_needs::{VersionNeed, X86Level, symbols_with};
pub use init_function::InitFunction;
pub use library_cache::LibraryCache;
pub use link_check::{LinkCheck, LinkCheckRequest, check_link};
pub use loader_folders::CLibrary;
pub use native_file::{BinaryFormat, format_of, mac_slices, python_symbols};
pub use platform_needs::{PlatformNeed, PlatformNeeds, SystemPart, member};
pub use symbols::Symbols;
pub use thin_archive::members as thin_members;
pub use wheel_libraries::WheelMember;
