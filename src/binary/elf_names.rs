//! Gives the libraries that an ELF file names other names, its own among them, and other folders to
//! find them in.
//!
//! Nothing that is loaded moves: new names lie behind all that the file maps, in its last segment,
//! and whatever else the file holds moves back by that. So the table of segments keeps its size, and
//! tools as strip(1) find the file as a linker would have made it.

use std::collections::BTreeMap;
use std::io::{self, Cursor};

use goblin::container::Ctx;
use goblin::elf::Header;
use goblin::elf::dynamic::{
    DT_NEEDED, DT_NULL, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRSZ, DT_STRTAB, Dyn,
};
use goblin::elf::program_header::{PF_W, PT_DYNAMIC, PT_LOAD, ProgramHeader};
use goblin::elf::section_header::{
    SHF_ALLOC, SHF_TLS, SHT_DYNAMIC, SHT_GNU_VERNEED, SHT_NOBITS, SHT_PROGBITS, SectionHeader,
};
use scroll::{Pread as _, Pwrite as _};

use crate::binary::elf::{Tables, malformed, string_at};

/// What is to be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameChanges {
    /// The file's own name (`DT_SONAME`).
    pub soname: Option<String>,
    /// New names of libraries that it needs, by the old ones.
    pub needed: BTreeMap<String, String>,
    /// The folders that it is to look in, separated by `:`; `None`: it is to name none.
    pub run_path: Option<String>,
}

/// The most zeros of a file that may have to be written out: what is not in the file but mapped.
const MOST_ZEROS: u64 = 1 << 28;

/// The bytes of a file with other names.
///
/// # Errors
/// It is not a linked ELF file, or one of a layout that no linker makes.
pub fn changed(bytes: Vec<u8>, changes: &NameChanges) -> io::Result<Vec<u8>> {
    let tables = Tables::of(&mut Cursor::new(&bytes))?.ok_or_else(|| malformed("not ELF"))?;
    let count = usize::from(tables.header.e_phnum);
    let start = at(tables.header.e_phoff)?;
    let segments = ProgramHeader::parse(&bytes, start, count, tables.ctx).map_err(malformed)?;
    let Tables { header, ctx, sections } = tables;
    let mut file = ElfImage { bytes, ctx, header, segments, sections };
    let dynamic = file.section(SHT_DYNAMIC).ok_or_else(|| malformed("no dynamic section"))?;
    let names = file.sections[dynamic].sh_link as usize;
    let mut strings = Strings(file.content(names)?.to_vec());
    let mut entries = file.entries(dynamic)?;
    rename(&mut entries, &mut strings, changes)?;
    file.rename_versions(&mut strings, &changes.needed)?;
    file.put_behind(dynamic, entries, names, &strings)?;
    file.write_tables()?;
    Ok(file.bytes)
}

/// A table of strings that grows.
struct Strings(Vec<u8>);

impl Strings {
    /// Where a string lies, which is added.
    fn add(&mut self, text: &str) -> io::Result<u64> {
        if text.is_empty() || text.contains('\0') {
            return Err(malformed("a name that no file can have"));
        }
        let place = self.0.len();
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        Ok(place as u64)
    }

    fn get(&self, place: u64) -> &str {
        usize::try_from(place).ok().and_then(|place| string_at(&self.0, place)).unwrap_or_default()
    }
}

/// Changes the names in the entries of a dynamic section.
fn rename(entries: &mut Vec<Dyn>, strings: &mut Strings, changes: &NameChanges) -> io::Result<()> {
    for entry in entries.iter_mut().filter(|entry| entry.d_tag == DT_NEEDED) {
        if let Some(new) = changes.needed.get(strings.get(entry.d_val)) {
            entry.d_val = strings.add(new)?;
        }
    }
    if let Some(soname) = &changes.soname {
        set(entries, &[DT_SONAME], DT_SONAME, strings.add(soname)?);
    }
    let run_paths = [DT_RPATH, DT_RUNPATH];
    match &changes.run_path {
        None => entries.retain(|entry| !run_paths.contains(&entry.d_tag)),
        Some(folders) => {
            // What a file needs is looked for in its RPATH too, and not in its RUNPATH.
            let has = |tag| entries.iter().any(|entry| entry.d_tag == tag);
            let is_inherited = has(DT_RPATH) && !has(DT_RUNPATH);
            let tag = if is_inherited { DT_RPATH } else { DT_RUNPATH };
            set(entries, &run_paths, tag, strings.add(folders)?);
        }
    }
    Ok(())
}

/// Makes one entry of all those with such tags.
fn set(entries: &mut Vec<Dyn>, tags: &[u64], d_tag: u64, d_val: u64) {
    let first = entries.iter().position(|entry| tags.contains(&entry.d_tag));
    entries.retain(|entry| !tags.contains(&entry.d_tag));
    entries.insert(first.unwrap_or(entries.len()).min(entries.len()), Dyn { d_tag, d_val });
}

/// A file, with its tables beside its bytes.
struct ElfImage {
    bytes: Vec<u8>,
    ctx: Ctx,
    header: Header,
    segments: Vec<ProgramHeader>,
    sections: Vec<SectionHeader>,
}

impl ElfImage {
    fn section(&self, kind: u32) -> Option<usize> {
        self.sections.iter().position(|section| section.sh_type == kind)
    }

    fn content(&self, section: usize) -> io::Result<&[u8]> {
        let section = self.sections.get(section).ok_or_else(|| malformed("no such section"))?;
        let (start, size) = (at(section.sh_offset)?, at(section.sh_size)?);
        let end = start.checked_add(size).ok_or_else(|| malformed("a section outside"))?;
        self.bytes.get(start..end).ok_or_else(|| malformed("a section outside of the file"))
    }

    /// The entries of a dynamic section up to the one that ends it.
    fn entries(&self, dynamic: usize) -> io::Result<Vec<Dyn>> {
        let content = self.content(dynamic)?;
        let (mut entries, mut offset) = (Vec::new(), 0);
        while offset < content.len() {
            let entry: Dyn = content.gread_with(&mut offset, self.ctx).map_err(malformed)?;
            if entry.d_tag == DT_NULL {
                break;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Versions of symbols say as well which library has them.
    fn rename_versions(
        &mut self,
        strings: &mut Strings,
        needed: &BTreeMap<String, String>,
    ) -> io::Result<()> {
        let Some(section) = self.section(SHT_GNU_VERNEED) else { return Ok(()) };
        let (endian, mut place) = (self.ctx.le, at(self.sections[section].sh_offset)?);
        self.content(section)?;
        for _ in 0..self.sections[section].sh_info {
            // vn_version and vn_cnt, then vn_file, vn_aux and vn_next: the same in all ELF files.
            let file: u32 = self.bytes.pread_with(place + 4, endian).map_err(malformed)?;
            if let Some(new) = needed.get(strings.get(file.into())) {
                let new = u32::try_from(strings.add(new)?).map_err(malformed)?;
                self.bytes.pwrite_with(new, place + 4, endian).map_err(malformed)?;
            }
            let next: u32 = self.bytes.pread_with(place + 12, endian).map_err(malformed)?;
            place += next as usize;
        }
        Ok(())
    }

    /// Puts the strings behind all that is mapped, and the dynamic section if it has grown.
    fn put_behind(
        &mut self,
        dynamic: usize,
        mut entries: Vec<Dyn>,
        names: usize,
        strings: &Strings,
    ) -> io::Result<()> {
        let entry_size = Dyn::size(self.ctx.container);
        let room = at(self.sections[dynamic].sh_size)? / entry_size;
        let mut end = self.mapped_end()?;
        if entries.len() >= room {
            let size = (entries.len() + 1) * entry_size;
            let place = end.reserve(size as u64);
            self.move_section(dynamic, place, size as u64);
            self.move_dynamic_segment(dynamic);
        }
        let place = end.reserve(strings.0.len() as u64);
        self.move_section(names, place, strings.0.len() as u64);
        self.grow(&end)?;
        for entry in &mut entries {
            match entry.d_tag {
                DT_STRTAB => entry.d_val = place.address,
                DT_STRSZ => entry.d_val = strings.0.len() as u64,
                _ => {}
            }
        }
        let start = at(place.offset)?;
        self.bytes[start..start + strings.0.len()].copy_from_slice(&strings.0);
        self.write_entries(dynamic, &entries)
    }

    /// Where the last segment that is loaded ends.
    fn mapped_end(&self) -> io::Result<MappedEnd> {
        let loaded = || self.segments.iter().enumerate().filter(|(_, s)| s.p_type == PT_LOAD);
        let last = loaded().max_by_key(|(_, segment)| segment.p_vaddr);
        let (segment, last) = last.ok_or_else(|| malformed("no segment is loaded"))?;
        let file_end = last.p_offset.saturating_add(last.p_filesz);
        let is_beyond =
            |other: &ProgramHeader| other.p_offset.saturating_add(other.p_filesz) > file_end;
        if loaded().any(|(_, other)| is_beyond(other)) || file_end > self.bytes.len() as u64 {
            return Err(malformed("its segments have another order than a linker gives them"));
        }
        if last.p_flags & PF_W == 0 {
            // The dynamic linker writes into what is put there.
            return Err(malformed("its last segment cannot be written"));
        }
        let zeros = last.p_memsz.saturating_sub(last.p_filesz);
        if zeros > MOST_ZEROS {
            return Err(malformed("it has too much memory without content"));
        }
        Ok(MappedEnd {
            segment,
            file_end,
            offset: file_end + zeros,
            base: last.p_vaddr.wrapping_sub(last.p_offset),
        })
    }

    fn move_section(&mut self, section: usize, place: MappedPlace, size: u64) {
        let section = &mut self.sections[section];
        (section.sh_offset, section.sh_addr, section.sh_size) = (place.offset, place.address, size);
    }

    fn move_dynamic_segment(&mut self, dynamic: usize) {
        let section = &self.sections[dynamic];
        for segment in self.segments.iter_mut().filter(|segment| segment.p_type == PT_DYNAMIC) {
            segment.p_offset = section.sh_offset;
            (segment.p_vaddr, segment.p_paddr) = (section.sh_addr, section.sh_addr);
            (segment.p_filesz, segment.p_memsz) = (section.sh_size, section.sh_size);
        }
    }

    /// Makes room up to the new end of the last segment. What has only been zeros in memory is in the
    /// file from now on.
    fn grow(&mut self, end: &MappedEnd) -> io::Result<()> {
        let is_behind = |section: &SectionHeader| {
            section.sh_flags & u64::from(SHF_ALLOC) == 0 && section.sh_offset >= end.file_end
        };
        let behind = self.sections.iter().filter(|section| is_behind(section));
        let alignment =
            behind.map(|section| section.sh_addralign).max().unwrap_or(1).clamp(8, 4096);
        let added = (end.offset - end.file_end).next_multiple_of(alignment);
        let zeros = vec![0; at(added)?];
        let start = at(end.file_end)?;
        self.bytes.splice(start..start, zeros);
        let zeros_from = end.file_end.wrapping_add(end.base);
        for section in &mut self.sections {
            let is_zeros = section.sh_type == SHT_NOBITS
                && section.sh_flags & u64::from(SHF_ALLOC | SHF_TLS) == u64::from(SHF_ALLOC)
                && section.sh_addr >= zeros_from;
            if is_behind(section) {
                section.sh_offset += added;
            } else if is_zeros {
                section.sh_type = SHT_PROGBITS;
                section.sh_offset = section.sh_addr.wrapping_sub(end.base);
            }
        }
        if self.header.e_shoff >= end.file_end {
            self.header.e_shoff += added;
        }
        let segment = &mut self.segments[end.segment];
        segment.p_filesz = end.offset - segment.p_offset;
        segment.p_memsz = segment.p_filesz;
        Ok(())
    }

    /// Writes the entries of a dynamic section, and ends all that is left of it.
    fn write_entries(&mut self, dynamic: usize, entries: &[Dyn]) -> io::Result<()> {
        let section = &self.sections[dynamic];
        let (mut offset, size) = (at(section.sh_offset)?, at(section.sh_size)?);
        let end = offset + size;
        for entry in entries {
            self.bytes.gwrite_with(entry.clone(), &mut offset, self.ctx).map_err(malformed)?;
        }
        self.bytes.get_mut(offset..end).ok_or_else(|| malformed("cut short"))?.fill(0);
        Ok(())
    }

    fn write_tables(&mut self) -> io::Result<()> {
        self.bytes.pwrite_with(self.header, 0, self.ctx.le).map_err(malformed)?;
        let mut offset = at(self.header.e_phoff)?;
        for segment in &self.segments {
            self.bytes.gwrite_with(segment.clone(), &mut offset, self.ctx).map_err(malformed)?;
        }
        let mut offset = at(self.header.e_shoff)?;
        for section in &self.sections {
            self.bytes.gwrite_with(section.clone(), &mut offset, self.ctx).map_err(malformed)?;
        }
        Ok(())
    }
}

/// The end of what a file maps, as it grows.
struct MappedEnd {
    /// The last segment.
    segment: usize,
    /// Where that has ended in the file so far.
    file_end: u64,
    /// Where it ends in the file now.
    offset: u64,
    /// What an address is above its place in the file.
    base: u64,
}

#[derive(Clone, Copy)]
struct MappedPlace {
    offset: u64,
    address: u64,
}

impl MappedEnd {
    fn reserve(&mut self, size: u64) -> MappedPlace {
        self.offset = self.offset.next_multiple_of(8);
        let place =
            MappedPlace { offset: self.offset, address: self.offset.wrapping_add(self.base) };
        self.offset += size;
        place
    }
}

fn at(place: u64) -> io::Result<usize> {
    usize::try_from(place).map_err(malformed)
}
