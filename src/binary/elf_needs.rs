//! What an ELF file asks of the system that it is loaded on: which C library, which versions of
//! symbols, which processor. The format of versions is that of the Linux Standard Base, "Symbol
//! Versioning"; that of notes is in the psABI of x86-64, "Program Property".

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use goblin::elf::program_header::{PT_INTERP, ProgramHeader};
use goblin::elf::section_header::{
    SHT_DYNSYM, SHT_GNU_VERNEED, SHT_GNU_VERSYM, SHT_NOTE, SectionHeader,
};
use goblin::elf::symver::{VerneedSection, VersymSection};
use goblin::elf::{Sym, Symtab};

use crate::binary::elf::{
    ElfFile, SymbolTable, Tables, linked_strings, malformed, read_range, string_at,
};
use crate::binary::loader_folders::CLibrary;

/// What an ELF file asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfNeeds {
    /// What it says about linking.
    pub elf: ElfFile,
    /// Its machine, as tags call it: `x86_64`; `None` for one that no tag knows.
    pub machine: Option<&'static str>,
    /// The C library that it is made for, where it says so.
    pub c_library: Option<CLibrary>,
    /// The versions that its symbols have in other libraries.
    pub versions: Vec<VersionNeed>,
    /// What its processor must have beyond the first x86-64.
    pub processor: Option<X86Level>,
}

/// A version of symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionNeed {
    /// The library that has it: `libc.so.6`.
    pub library: String,
    /// `GLIBC_2.34`
    pub version: String,
    /// Its number in the table of symbols.
    number: u16,
}

/// A level of x86-64 with more instructions than the first, as its psABI numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum X86Level {
    /// `x86-64-v2` to `x86-64-v4`.
    Numbered(u8),
    /// One that is not known here.
    Unknown,
}

impl std::fmt::Display for X86Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            X86Level::Numbered(level) => write!(f, "x86-64-v{level}"),
            X86Level::Unknown => f.write_str("an unknown level of x86-64"),
        }
    }
}

/// Reads a file; `None` if it is not ELF, or damaged.
pub fn read(path: &Path) -> Option<ElfNeeds> {
    let mut file = File::open(path).ok()?;
    read_from(&mut file).ok().flatten()
}

/// Reads what is in an open file; `None` if it is not ELF.
///
/// # Errors
/// The file cannot be read, or its tables point outside of it.
pub fn read_from(file: &mut (impl Read + Seek)) -> io::Result<Option<ElfNeeds>> {
    let Some(tables) = Tables::of(file)? else { return Ok(None) };
    let elf = tables.elf_file(file, SymbolTable::Dynamic)?;
    let machine = machine(&elf, tables.header.e_flags);
    let interpreter = interpreter(file, &tables)?;
    let c_library = c_library(interpreter.as_deref(), &elf.needed);
    let versions = versions(file, &tables)?;
    let processor = if machine == Some("x86_64") { processor(file, &tables)? } else { None };
    Ok(Some(ElfNeeds { elf, machine, c_library, versions, processor }))
}

impl ElfNeeds {
    /// Whether Python imports it, from a file of this name.
    pub fn is_module(&self, file_name: &str) -> bool {
        let stem = file_name.split('.').next().unwrap_or(file_name);
        let starts = ["PyInit_", "init", "_cffi_pypyinit_"].map(|start| format!("{start}{stem}"));
        starts.iter().any(|symbol| self.elf.symbols.defined.contains(symbol.as_str()))
    }
}

/// The symbols of a file that have a version, sorted; none if it cannot be read.
pub fn symbols_with(path: &Path, need: &VersionNeed) -> Vec<String> {
    let found = || -> io::Result<Vec<String>> {
        let mut file = File::open(path)?;
        let Some(tables) = Tables::of(&mut file)? else { return Ok(Vec::new()) };
        let mut names = numbered_symbols(&mut file, &tables, need.number)?;
        names.sort();
        Ok(names)
    };
    found().unwrap_or_default()
}

/// As `auditwheel` names them, which is as Python does.
fn machine(elf: &ElfFile, flags: u32) -> Option<&'static str> {
    const ARM_VERSION_5: u32 = 0x0500_0000;
    const ARM_HARD_FLOAT: u32 = 0x400;
    let is_little = elf.machine.byte_order == 1;
    Some(match (elf.machine.number, elf.machine.bits()?, is_little) {
        (3, 32, true) => "i686",
        (62, 64, true) => "x86_64",
        (21, 64, true) => "ppc64le",
        (21, 64, false) => "ppc64",
        (22, 64, false) => "s390x",
        (183, 64, true) => "aarch64",
        (243, 64, true) => "riscv64",
        (258, 64, true) => "loongarch64",
        (40, 32, true) if flags & 0xff00_0000 == ARM_VERSION_5 && flags & ARM_HARD_FLOAT != 0 => {
            "armv7l"
        }
        _ => return None,
    })
}

/// The dynamic linker that a program names.
fn interpreter(file: &mut (impl Read + Seek), tables: &Tables) -> io::Result<Option<String>> {
    let count = usize::from(tables.header.e_phnum);
    let size = ProgramHeader::size(tables.ctx) * count;
    let bytes = read_range(file, tables.header.e_phoff, size as u64)?;
    let headers = ProgramHeader::parse(&bytes, 0, count, tables.ctx).map_err(malformed)?;
    let Some(header) = headers.iter().find(|header| header.p_type == PT_INTERP) else {
        return Ok(None);
    };
    let path = read_range(file, header.p_offset, header.p_filesz)?;
    Ok(string_at(&path, 0).map(str::to_owned))
}

/// Which C library a file is made for. A library of musl's may need its loader by name.
fn c_library(interpreter: Option<&str>, needed: &[String]) -> Option<CLibrary> {
    let loader = interpreter.map(|path| path.rsplit('/').next().unwrap_or(path));
    let names = loader.into_iter().chain(needed.iter().map(String::as_str));
    let by_loader = names.clone().find_map(|name| match name {
        name if name.starts_with("ld-musl-") => Some(CLibrary::Musl),
        name if is_loader(name) => Some(CLibrary::Glibc),
        _ => None,
    });
    by_loader.or_else(|| CLibrary::of(needed))
}

/// Whether this is glibc's dynamic linker, which goes with its C library.
pub fn is_loader(name: &str) -> bool {
    name.contains("ld-linux") || name == "ld64.so.1" || name == "ld64.so.2"
}

fn versions(file: &mut (impl Read + Seek), tables: &Tables) -> io::Result<Vec<VersionNeed>> {
    let Some(section) = section(tables, SHT_GNU_VERNEED) else { return Ok(Vec::new()) };
    let names = linked_strings(file, section, &tables.sections)?;
    let (bytes, moved) = alone(file, section)?;
    let needs = VerneedSection::parse(&bytes, &moved, tables.ctx).map_err(malformed)?;
    let mut found = Vec::new();
    for need in needs.iter().flat_map(|needs| needs.iter()) {
        let library = string_at(&names, need.vn_file).unwrap_or_default();
        if is_loader(library) {
            continue;
        }
        found.extend(need.iter().map(|version| VersionNeed {
            library: library.to_owned(),
            version: string_at(&names, version.vna_name).unwrap_or_default().to_owned(),
            number: version.vna_other,
        }));
    }
    Ok(found)
}

fn numbered_symbols(
    file: &mut (impl Read + Seek),
    tables: &Tables,
    number: u16,
) -> io::Result<Vec<String>> {
    let (Some(symbols), Some(numbers)) =
        (section(tables, SHT_DYNSYM), section(tables, SHT_GNU_VERSYM))
    else {
        return Ok(Vec::new());
    };
    let names = linked_strings(file, symbols, &tables.sections)?;
    let bytes = read_range(file, symbols.sh_offset, symbols.sh_size)?;
    let count = bytes.len() / Sym::size(tables.ctx.container);
    let symbols = Symtab::parse(&bytes, 0, count, tables.ctx).map_err(malformed)?;
    let (bytes, moved) = alone(file, numbers)?;
    let numbers = VersymSection::parse(&bytes, &moved, tables.ctx).map_err(malformed)?;
    let Some(numbers) = numbers else { return Ok(Vec::new()) };
    let numbered = symbols.iter().zip(numbers.iter());
    let wanted =
        numbered.filter(|(symbol, found)| symbol.st_shndx == 0 && found.version() == number);
    Ok(wanted
        .filter_map(|(symbol, _)| Some(string_at(&names, symbol.st_name)?.to_owned()))
        .collect())
}

fn section(tables: &Tables, kind: u32) -> Option<&SectionHeader> {
    tables.sections.iter().find(|section| section.sh_type == kind)
}

/// The bytes of a section, and its header as if there were nothing else in the file.
fn alone(
    file: &mut (impl Read + Seek),
    section: &SectionHeader,
) -> io::Result<(Vec<u8>, [SectionHeader; 1])> {
    let bytes = read_range(file, section.sh_offset, section.sh_size)?;
    Ok((bytes, [SectionHeader { sh_offset: 0, ..section.clone() }]))
}

/// The level that the notes of a file name, above the first.
fn processor(file: &mut (impl Read + Seek), tables: &Tables) -> io::Result<Option<X86Level>> {
    let mut needed = 0;
    for section in tables.sections.iter().filter(|section| section.sh_type == SHT_NOTE) {
        let bytes = read_range(file, section.sh_offset, section.sh_size)?;
        needed |= needed_levels(&bytes).unwrap_or_default();
    }
    const FIRST: u32 = 1;
    Ok(match needed & !FIRST {
        0 => None,
        bits if bits & 8 != 0 => Some(X86Level::Numbered(4)),
        bits if bits & 4 != 0 => Some(X86Level::Numbered(3)),
        bits if bits & 2 != 0 => Some(X86Level::Numbered(2)),
        _ => Some(X86Level::Unknown),
    })
}

/// `GNU_PROPERTY_X86_ISA_1_NEEDED` of the notes in a section, a bit for each level; `None` where there is none.
fn needed_levels(notes: &[u8]) -> Option<u32> {
    const PROPERTIES: u32 = 5;
    const ISA_NEEDED: u32 = 0xc000_8002;
    let mut rest = notes;
    loop {
        let [name_size, size, kind] = words(rest)?;
        let (start, end) = (12 + aligned(name_size, 4), aligned(size, 8));
        let content = rest.get(start..start + usize::try_from(size).ok()?)?;
        let is_gnu = rest.get(12..16) == Some(b"GNU\0");
        let mut properties = if kind == PROPERTIES && is_gnu { content } else { &[] };
        while let Some([kind, size]) = words(properties) {
            if (kind, size) == (ISA_NEEDED, 4) {
                let [levels] = words(properties.get(8..)?)?;
                return Some(levels);
            }
            properties = properties.get(8 + aligned(size, 8)..).unwrap_or_default();
        }
        rest = rest.get(start + end..)?;
    }
}

/// The first little-endian words of some bytes.
fn words<const COUNT: usize>(bytes: &[u8]) -> Option<[u32; COUNT]> {
    let mut words = [0; COUNT];
    for (word, four) in words.iter_mut().zip(bytes.get(..4 * COUNT)?.chunks_exact(4)) {
        *word = u32::from_le_bytes(four.try_into().ok()?);
    }
    Some(words)
}

fn aligned(size: u32, to: usize) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX / 4).min(usize::MAX / 4).next_multiple_of(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A note with properties, each a kind and a word.
    fn note(kind: u32, name: &[u8; 4], properties: &[(u32, u32)]) -> Vec<u8> {
        let property = |(kind, value): &(u32, u32)| [*kind, 4, *value, 0].map(u32::to_le_bytes);
        let content: Vec<u8> = properties.iter().flat_map(property).flatten().collect();
        let size = u32::try_from(content.len()).unwrap();
        let head = [4, size, kind].map(u32::to_le_bytes).concat();
        [head.as_slice(), name, content.as_slice()].concat()
    }

    #[test]
    fn the_level_of_a_processor_is_in_a_note_among_others() {
        let (used, needed) = (0xc001_0002, 0xc000_8002);
        let build_id = note(3, b"GNU\0", &[(needed, 8)]);
        let table = [
            (note(5, b"GNU\0", &[(needed, 1)]), Some(1)),
            (note(5, b"GNU\0", &[(used, 15), (needed, 4)]), Some(4)),
            (note(5, b"GNU\0", &[(used, 15)]), None),
            (note(5, b"ABC\0", &[(needed, 4)]), None),
            ([build_id.clone(), note(5, b"GNU\0", &[(needed, 2)])].concat(), Some(2)),
            (build_id, None),
            (vec![4, 0, 0], None),
            (note(5, b"GNU\0", &[(needed, 4)])[..28].to_vec(), None),
            (vec![0xff; 64], None),
        ];
        for (notes, expected) in table {
            assert_eq!(needed_levels(&notes), expected, "{notes:?}");
        }
    }

    #[test]
    fn a_loader_says_which_c_library_it_is() {
        use CLibrary::{Glibc, Musl};
        let table = [
            (Some("/lib64/ld-linux-x86-64.so.2"), &[][..], Some(Glibc)),
            (Some("/lib/ld-musl-x86_64.so.1"), &["libc.so"], Some(Musl)),
            (None, &["libm.so.6", "libc.so.6"], Some(Glibc)),
            (None, &["libc.musl-x86_64.so.1"], Some(Musl)),
            (None, &["ld64.so.2"], Some(Glibc)),
            (None, &["libm.so.6"], None),
        ];
        for (interpreter, needed, expected) in table {
            let needed: Vec<String> = needed.iter().map(ToString::to_string).collect();
            assert_eq!(c_library(interpreter, &needed), expected, "{interpreter:?} {needed:?}");
        }
    }
}
