//! Reads the symbols of object files and static libraries, ELF or Mach-O.

use std::io::Cursor;
use std::path::Path;

use goblin::archive::Archive;

use crate::binary::elf::SymbolTable;
use crate::binary::symbols::Symbols;
use crate::binary::{elf, macho};

/// The symbols of an object file, or of all members of a static library together. What cannot be
/// read has none: this serves explanations, and an explanation must not fail.
pub fn of_object(path: &Path) -> Symbols {
    std::fs::read(path).map(|bytes| of_bytes(&bytes)).unwrap_or_default()
}

/// The same for the bytes of the file.
pub fn of_bytes(bytes: &[u8]) -> Symbols {
    if !bytes.starts_with(b"!<arch>\n") {
        return of_member(bytes);
    }
    let mut all = Symbols::default();
    let Ok(archive) = Archive::parse(bytes) else { return all };
    for index in 0..archive.len() {
        if let Some(member) = archive.get_at(index) {
            let start = usize::try_from(member.offset).unwrap_or(usize::MAX);
            let content = bytes.get(start..start.saturating_add(member.size()));
            all.absorb(of_member(content.unwrap_or_default()));
        }
    }
    all
}

fn of_member(bytes: &[u8]) -> Symbols {
    if let Ok(Some(image)) = elf::read(&mut Cursor::new(bytes), SymbolTable::Linker) {
        return image.symbols;
    }
    macho::symbols_of_object(bytes)
}
