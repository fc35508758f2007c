//! Reads from an ELF file what the dynamic linker would: its symbols, the libraries that it needs
//! and where it looks for them. Only those sections are read; libraries have megabytes of others.
//!
//! Format: System V ABI, chapters 4 and 5 (<https://www.sco.com/developers/gabi/latest/>).

use std::io::{self, Read, Seek, SeekFrom};

use goblin::container::Ctx;
use goblin::elf::dynamic::{DT_NEEDED, DT_RPATH, DT_RUNPATH, Dynamic};
use goblin::elf::program_header::{PT_DYNAMIC, ProgramHeader};
use goblin::elf::section_header::{SHN_UNDEF, SHT_DYNAMIC, SHT_DYNSYM, SHT_SYMTAB, SectionHeader};
use goblin::elf::sym::{STB_GLOBAL, STB_GNU_UNIQUE, STB_WEAK, Sym, Symtab};
use goblin::elf::{Elf, Header};

use crate::binary::symbols::Symbols;

/// One ELF file, as far as linking is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfFile {
    /// What it can be loaded together with.
    pub machine: Machine,
    /// Its global symbols.
    pub symbols: Symbols,
    /// `DT_NEEDED`, in order.
    pub needed: Vec<String>,
    /// `DT_RPATH`: folders separated by `:`.
    pub rpath: Option<String>,
    /// `DT_RUNPATH`: the same; where it is there, `DT_RPATH` is ignored.
    pub runpath: Option<String>,
}

/// What two files must share to be loaded into one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// `e_machine`
    pub number: u16,
    /// 1: 32 bits, 2: 64 bits.
    pub class: u8,
    /// 1: little-endian, 2: big-endian.
    pub byte_order: u8,
}

impl Machine {
    /// Bits in a pointer.
    pub fn bits(self) -> Option<u8> {
        match self.class {
            1 => Some(32),
            2 => Some(64),
            _ => None,
        }
    }
}

/// Which of a file's two symbol tables to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolTable {
    /// `.dynsym`: what is left for the dynamic linker, in executables and shared libraries.
    Dynamic,
    /// `.symtab`: what the linker sees, in object files.
    Linker,
}

/// Reads a file; `None` if it is not ELF.
///
/// # Errors
/// The file cannot be read, or its tables point outside of it.
pub fn read(file: &mut (impl Read + Seek), table: SymbolTable) -> io::Result<Option<ElfFile>> {
    let Some(tables) = Tables::of(file)? else { return Ok(None) };
    let is_linked = tables.sections.iter().any(|section| section.sh_type == SHT_DYNSYM);
    if table == SymbolTable::Dynamic && !is_linked {
        return Err(malformed("there is no dynamic symbol table"));
    }
    tables.elf_file(file, table).map(Some)
}

/// What an ELF file says about its parts.
pub(super) struct Tables {
    pub header: Header,
    pub ctx: Ctx,
    pub sections: Vec<SectionHeader>,
}

impl Tables {
    /// Reads the header of a file; `None` if it is not ELF.
    pub fn of(file: &mut (impl Read + Seek)) -> io::Result<Option<Self>> {
        let mut start = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.by_ref().take(64).read_to_end(&mut start)?;
        if !start.starts_with(b"\x7fELF") {
            return Ok(None);
        }
        start.resize(64, 0);
        let header = Elf::parse_header(&start).map_err(malformed)?;
        let container = header.container().map_err(malformed)?;
        let ctx = Ctx::new(container, header.endianness().map_err(malformed)?);
        let sections = sections(file, &header, ctx)?;
        Ok(Some(Tables { header, ctx, sections }))
    }

    /// What the file says about linking; of tables that are not there, nothing.
    pub fn elf_file(
        &self,
        file: &mut (impl Read + Seek),
        table: SymbolTable,
    ) -> io::Result<ElfFile> {
        let Tables { header, ctx, sections } = self;
        let wanted = if table == SymbolTable::Dynamic { SHT_DYNSYM } else { SHT_SYMTAB };
        let mut elf = ElfFile {
            machine: Machine {
                number: header.e_machine,
                class: header.e_ident[4],
                byte_order: header.e_ident[5],
            },
            symbols: Symbols::default(),
            needed: Vec::new(),
            rpath: None,
            runpath: None,
        };
        for section in sections {
            if section.sh_type == wanted {
                read_symbols(file, section, sections, *ctx, &mut elf.symbols)?;
            } else if section.sh_type == SHT_DYNAMIC && table == SymbolTable::Dynamic {
                read_dynamic(file, section, sections, *ctx, &mut elf)?;
            }
        }
        Ok(elf)
    }
}

fn sections(
    file: &mut (impl Read + Seek),
    header: &Header,
    ctx: Ctx,
) -> io::Result<Vec<SectionHeader>> {
    let count = usize::from(header.e_shnum);
    let size = SectionHeader::size(ctx) * count;
    let bytes = read_range(file, header.e_shoff, size as u64)?;
    SectionHeader::parse_from(&bytes, 0, count, ctx).map_err(malformed)
}

fn read_symbols(
    file: &mut (impl Read + Seek),
    table: &SectionHeader,
    sections: &[SectionHeader],
    ctx: Ctx,
    symbols: &mut Symbols,
) -> io::Result<()> {
    let names = linked_strings(file, table, sections)?;
    let bytes = read_range(file, table.sh_offset, table.sh_size)?;
    let count = bytes.len() / Sym::size(ctx.container);
    let parsed = Symtab::parse(&bytes, 0, count, ctx).map_err(malformed)?;
    for symbol in parsed.iter() {
        let Some(name) = string_at(&names, symbol.st_name).filter(|name| !name.is_empty()) else {
            continue;
        };
        let defined = symbol.st_shndx != SHN_UNDEF as usize;
        match symbol.st_bind() {
            STB_GLOBAL | STB_GNU_UNIQUE if !defined => {
                symbols.undefined.insert(name.into());
            }
            STB_GLOBAL | STB_GNU_UNIQUE | STB_WEAK if defined => {
                symbols.defined.insert(name.into());
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_dynamic(
    file: &mut (impl Read + Seek),
    section: &SectionHeader,
    sections: &[SectionHeader],
    ctx: Ctx,
    elf: &mut ElfFile,
) -> io::Result<()> {
    let names = linked_strings(file, section, sections)?;
    let bytes = read_range(file, section.sh_offset, section.sh_size)?;
    let whole = ProgramHeader {
        p_type: PT_DYNAMIC,
        p_offset: 0,
        p_filesz: bytes.len() as u64,
        ..ProgramHeader::new()
    };
    let dynamic = Dynamic::parse(&bytes, &[whole], ctx).map_err(malformed)?;
    for entry in dynamic.map(|dynamic| dynamic.dyns).unwrap_or_default() {
        let Some(text) = usize::try_from(entry.d_val).ok().and_then(|at| string_at(&names, at))
        else {
            continue;
        };
        match entry.d_tag {
            DT_NEEDED => elf.needed.push(text.to_owned()),
            DT_RPATH => elf.rpath = Some(text.to_owned()),
            DT_RUNPATH => elf.runpath = Some(text.to_owned()),
            _ => {}
        }
    }
    Ok(())
}

/// The string table that a section names in `sh_link`.
pub(super) fn linked_strings(
    file: &mut (impl Read + Seek),
    section: &SectionHeader,
    sections: &[SectionHeader],
) -> io::Result<Vec<u8>> {
    let strings = sections.get(section.sh_link as usize).ok_or_else(|| malformed("no strings"))?;
    read_range(file, strings.sh_offset, strings.sh_size)
}

pub(super) fn read_range(
    file: &mut (impl Read + Seek),
    offset: u64,
    size: u64,
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))?;
    file.by_ref().take(size).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == size { Ok(bytes) } else { Err(malformed("cut short")) }
}

pub(super) fn string_at(strings: &[u8], start: usize) -> Option<&str> {
    let rest = strings.get(start..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(&rest[..end]).ok()
}

pub(super) fn malformed(error: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}
