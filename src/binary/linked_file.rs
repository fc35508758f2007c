//! What a linked file offers, hides and needs, from its bytes.

use std::collections::BTreeSet;

use goblin::elf::Elf;
use goblin::elf::section_header::SHN_UNDEF;
use goblin::elf::sym::{STB_LOCAL, STT_FUNC, STT_OBJECT};
use goblin::mach::symbols::N_EXT;

use crate::binary::macho;
use crate::model::LinkedFile;

/// Reads a file; `None` if it is neither ELF nor Mach-O that was linked, or damaged. A universal file
/// counts as all its slices together.
pub fn linked_file(bytes: &[u8]) -> Option<LinkedFile> {
    match bytes {
        [0x7f, b'E', b'L', b'F', ..] => of_elf(&Elf::parse(bytes).ok()?),
        _ => of_macho(bytes),
    }
}

fn of_elf(elf: &Elf) -> Option<LinkedFile> {
    elf.dynamic.as_ref()?; // an object file has none
    let is_defined = |section: usize| section != SHN_UNDEF as usize;
    let exported = elf
        .dynsyms
        .iter()
        .filter(|symbol| is_defined(symbol.st_shndx) && symbol.st_bind() != STB_LOCAL);
    let exported = names(exported.map(|symbol| elf.dynstrtab.get_at(symbol.st_name)));
    let inside = elf.syms.iter().filter(|symbol| {
        is_defined(symbol.st_shndx) && matches!(symbol.st_type(), STT_FUNC | STT_OBJECT)
    });
    let inside = names(inside.map(|symbol| elf.strtab.get_at(symbol.st_name)));
    let hidden = inside.difference(&exported).cloned().collect();
    let needed = elf.libraries.iter().map(ToString::to_string).collect();
    Some(LinkedFile { exported, hidden, needed })
}

fn names<'a>(found: impl Iterator<Item = Option<&'a str>>) -> BTreeSet<String> {
    found.flatten().filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn of_macho(bytes: &[u8]) -> Option<LinkedFile> {
    let slices = macho::slices(bytes).ok()?;
    let mut file = LinkedFile::default();
    for slice in &slices {
        let libraries = slice.libs.iter().filter(|library| **library != "self");
        file.needed.extend(libraries.map(ToString::to_string));
        // A damaged table may claim billions of symbols: there is no more than one a byte.
        for (name, entry) in slice.symbols().take(bytes.len()).filter_map(Result::ok) {
            if entry.is_stab() || entry.is_undefined() {
                continue;
            }
            let is_exported = entry.n_type & N_EXT != 0 && entry.n_type & PRIVATE == 0;
            let name = name.strip_prefix('_').unwrap_or(name).to_owned();
            if is_exported {
                file.exported.insert(name)
            } else {
                file.hidden.insert(name)
            };
        }
    }
    let LinkedFile { exported, hidden, .. } = &mut file;
    hidden.retain(|name| !exported.contains(name));
    (!slices.is_empty()).then_some(file)
}

/// `N_PEXT`: others do not see it.
const PRIVATE: u8 = 0x10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_linked_file_is_none() {
        for bytes in [&b""[..], b"\x7fELF", b"#!/bin/sh\n", b"\xcf\xfa\xed\xfe", b"MZ\x90\0"] {
            assert_eq!(linked_file(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_needs_libraries_and_hides_its_functions() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let file = linked_file(&bytes).unwrap();
        assert!(file.needed.iter().any(|name| name.starts_with("libc.")), "{:?}", file.needed);
        assert!(file.hidden.contains("main") || file.exported.contains("main"));
    }
}
