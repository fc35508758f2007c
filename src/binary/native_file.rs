//! A file that was compiled for a machine, told by its bytes.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::binary::elf::{self, SymbolTable};
use crate::binary::machine::cpu_name;
use crate::binary::macho;
use crate::error::{Error, Result};

/// The formats of compiled files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryFormat {
    /// Linux and most others.
    Elf,
    /// macOS.
    MachO,
    /// Windows.
    Pe,
    /// A static library, of any system.
    Archive,
    /// None of these.
    Other,
}

/// The format of a file.
///
/// # Errors
/// It cannot be read.
pub fn format_of(path: &Path) -> Result<BinaryFormat> {
    let failed = |e: &std::io::Error| Error::io("read", path, e);
    let mut magic = [0; 8];
    let mut file = File::open(path).map_err(|e| failed(&e))?;
    match file.read_exact(&mut magic) {
        Ok(()) => Ok(by_magic(&magic)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(BinaryFormat::Other),
        Err(error) => Err(failed(&error)),
    }
}

fn by_magic(magic: &[u8; 8]) -> BinaryFormat {
    match magic {
        [0x7f, b'E', b'L', b'F', ..] => BinaryFormat::Elf,
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe | 0xbf, ..] => {
            BinaryFormat::MachO
        }
        b"!<arch>\n" | b"!<thin>\n" => BinaryFormat::Archive,
        [b'M', b'Z', ..] => BinaryFormat::Pe,
        _ => BinaryFormat::Other,
    }
}

/// The processors that a linked file of Mach-O has code for, each with the oldest macOS that it is
/// for; none of a file that is something else or cannot be read.
pub fn mac_slices(path: &Path) -> Vec<(&'static str, Option<(u32, u32)>)> {
    if format_of(path) != Ok(BinaryFormat::MachO) {
        return Vec::new();
    }
    let slices = std::fs::read(path).map(|bytes| macho::linked_slices(&bytes)).unwrap_or_default();
    slices.iter().filter_map(|slice| Some((cpu_name(slice.processor)?, slice.oldest))).collect()
}

/// What a shared library of ELF has to do with Python.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PythonSymbols {
    /// Whether Python can import it: it has a function that starts a module.
    pub is_module: bool,
    /// The undefined names.
    pub undefined: Vec<String>,
}

/// Reads the names of a shared library; none of a file that is something else or cannot be read.
pub fn python_symbols(path: &Path) -> PythonSymbols {
    let Ok(mut file) = File::open(path) else { return PythonSymbols::default() };
    let Ok(Some(elf)) = elf::read(&mut file, SymbolTable::Dynamic) else {
        return PythonSymbols::default();
    };
    let names = &elf.symbols;
    PythonSymbols {
        is_module: names.defined.iter().any(|name| name.starts_with("PyInit")),
        undefined: names.undefined.iter().map(ToString::to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let table: [(&[u8], BinaryFormat); 9] = [
            (b"\x7fELF\x02\x01\x01\0", BinaryFormat::Elf),
            (b"\xcf\xfa\xed\xfe\x07\0\0\x01", BinaryFormat::MachO),
            (b"\xca\xfe\xba\xbe\0\0\0\x02", BinaryFormat::MachO),
            (b"MZ\x90\0\x03\0\0\0 and more", BinaryFormat::Pe),
            (b"!<arch>\n", BinaryFormat::Archive),
            (b"#!/bin/sh\n", BinaryFormat::Other),
            (b"INPUT(-lfoo)", BinaryFormat::Other),
            (b"MZ", BinaryFormat::Other),
            (b"", BinaryFormat::Other),
        ];
        for (bytes, expected) in table {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(format_of(&path), Ok(expected), "{bytes:?}");
            assert_eq!(python_symbols(&path), PythonSymbols::default());
        }
        assert!(format_of(&folder.path().join("gone")).is_err());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_is_no_module() {
        let symbols = python_symbols(&std::env::current_exe().unwrap());
        assert!(!symbols.is_module && symbols.undefined.iter().any(|name| name == "memcpy"));
    }
}
