//! Reads from a Mach-O bundle which symbols the linker left to be found when it is loaded.
//!
//! The linker of macOS refuses what no library defines, with one exception: extension modules are
//! linked with `-undefined dynamic_lookup`, so that Python's own symbols may come from whatever
//! interpreter loads them. A symbol that is missing by mistake goes the same way, in silence.
//! The symbol table tells them apart: each undefined symbol carries the number of the library it
//! was bound to, or that it is to be looked up everywhere (`<mach-o/nlist.h>`, `n_desc`).

use std::collections::{BTreeSet, HashSet};

use goblin::error::Result;
use goblin::mach::header::{MH_OBJECT, MH_TWOLEVEL};
use goblin::mach::load_command::CommandVariant;
use goblin::mach::symbols::{N_TYPE, N_UNDF, Nlist};
use goblin::mach::{Mach, MachO, SingleArch};

use crate::binary::symbols::Symbols;

/// `DYNAMIC_LOOKUP_ORDINAL`: in whatever is loaded.
const ANYWHERE: u16 = 0xfe;
/// `EXECUTABLE_ORDINAL`: in the program itself (`-bundle_loader`).
const EXECUTABLE: u16 = 0xff;

/// The undefined symbols of a bundle that no library was found for at link time, over all slices
/// of a universal file, without weak ones.
///
/// # Errors
/// The bytes are not Mach-O, or damaged.
pub fn left_to_load_time(bytes: &[u8]) -> Result<BTreeSet<Box<str>>> {
    let mut left = BTreeSet::new();
    for slice in slices(bytes)? {
        if slice.header.flags & MH_TWOLEVEL == 0 {
            continue; // `-flat_namespace` forgets which symbols the linker has seen
        }
        for symbol in slice.symbols() {
            let (name, entry) = symbol?;
            if wants(&entry) && matches!(entry.n_desc >> 8, ANYWHERE | EXECUTABLE) {
                left.insert(plain(name));
            }
        }
    }
    Ok(left)
}

/// The symbols of an object file, all slices together; none if the bytes are not Mach-O.
pub fn symbols_of_object(bytes: &[u8]) -> Symbols {
    let mut symbols = Symbols::default();
    for slice in slices(bytes).unwrap_or_default() {
        symbols.absorb(symbols_of(&slice, bytes.len()));
    }
    symbols
}

/// The symbols of one slice of a file of so many bytes.
fn symbols_of(slice: &MachO, size: usize) -> Symbols {
    let mut symbols = Symbols::default();
    // A damaged table may claim billions of symbols: there is no more than one a byte.
    let found = slice.symbols().take(size);
    for (name, entry) in found.filter_map(|symbol| symbol.ok()) {
        if wants(&entry) {
            symbols.undefined.insert(plain(name));
        } else if entry.is_global() && !entry.is_stab() && !entry.is_undefined() {
            symbols.defined.insert(plain(name));
        }
    }
    symbols
}

/// The `cputype` of each slice; none if the bytes are not Mach-O.
pub fn processors(bytes: &[u8]) -> Vec<u32> {
    let slices = slices(bytes).unwrap_or_default();
    slices.iter().map(|slice| slice.header.cputype).collect()
}

/// One slice of a linked file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachSlice {
    /// Its `cputype`.
    pub processor: u32,
    /// The oldest macOS that it is for, major and minor; `None` if it does not say.
    pub oldest: Option<(u32, u32)>,
}

/// The slices of a linked file; none if the bytes are not Mach-O, or an object file.
pub fn linked_slices(bytes: &[u8]) -> Vec<MachSlice> {
    let slices = slices(bytes).unwrap_or_default();
    let linked = slices.iter().filter(|slice| slice.header.filetype != MH_OBJECT);
    linked.map(|s| MachSlice { processor: s.header.cputype, oldest: oldest_system(s) }).collect()
}

/// Of `LC_BUILD_VERSION`, or `LC_VERSION_MIN_MACOSX` of older linkers.
fn oldest_system(slice: &MachO) -> Option<(u32, u32)> {
    const MACOS: u32 = 1;
    let version = slice.load_commands.iter().find_map(|command| match command.command {
        CommandVariant::BuildVersion(found) if found.platform == MACOS => Some(found.minos),
        CommandVariant::VersionMinMacosx(found) => Some(found.version),
        _ => None,
    })?;
    Some((version >> 16, version >> 8 & 0xff))
}

/// What every slice of a linked file lets others use.
pub fn exported_everywhere(bytes: &[u8]) -> HashSet<Box<str>> {
    let slices = slices(bytes).unwrap_or_default();
    let each = slices.iter().map(|slice| symbols_of(slice, bytes.len()).defined);
    each.reduce(|one, other| one.intersection(&other).cloned().collect()).unwrap_or_default()
}

/// The files for one processor each of which a file consists.
///
/// # Errors
/// The bytes are not Mach-O, or damaged.
pub fn slices(bytes: &[u8]) -> Result<Vec<MachO<'_>>> {
    match Mach::parse(bytes)? {
        Mach::Binary(binary) => Ok(vec![binary]),
        Mach::Fat(universal) => universal
            .into_iter()
            .filter_map(|slice| match slice {
                Ok(SingleArch::MachO(binary)) => Some(Ok(binary)),
                Ok(SingleArch::Archive(_)) => None,
                Err(error) => Some(Err(error)),
            })
            .collect(),
    }
}

/// Whether this is a strong reference to something elsewhere. An undefined symbol with a value is
/// a common block, which the linker will define.
fn wants(entry: &Nlist) -> bool {
    let undefined = entry.n_type & N_TYPE == N_UNDF && !entry.is_stab();
    undefined && entry.is_global() && !is_weak_reference(entry) && entry.n_value == 0
}

fn is_weak_reference(entry: &Nlist) -> bool {
    entry.n_desc & goblin::mach::symbols::N_WEAK_REF != 0
}

/// C's name: Mach-O puts a `_` before each.
fn plain(name: &str) -> Box<str> {
    name.strip_prefix('_').unwrap_or(name).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNDEFINED: u8 = 0x01;
    const DEFINED: u8 = 0x0f;

    /// A 64-bit bundle for x86-64 with nothing but a symbol table: name, type and `n_desc`.
    fn bundle(flags: u32, symbols: &[(&str, u8, u16)]) -> Vec<u8> {
        let mut entries = Vec::new();
        let mut names = vec![0];
        for (name, kind, description) in symbols {
            entries.extend(u32::try_from(names.len()).unwrap().to_le_bytes());
            entries.extend([*kind, u8::from(*kind == DEFINED)]);
            entries.extend(description.to_le_bytes());
            entries.extend(0u64.to_le_bytes());
            names.extend(name.as_bytes());
            names.push(0);
        }
        let size = |part: &[u8]| u32::try_from(part.len()).unwrap();
        let header = [0xfeed_facf, 0x0100_0007, 3, 8, 1, 24, flags, 0];
        let (count, end) = (u32::try_from(symbols.len()).unwrap(), 56 + size(&entries));
        let table = [2, 24, 56, count, end, size(&names)];
        let words = header.into_iter().chain(table);
        words.flat_map(u32::to_le_bytes).chain(entries).chain(names).collect()
    }

    fn universal(slices: &[Vec<u8>]) -> Vec<u8> {
        let size = |part: &[u8]| u32::try_from(part.len()).unwrap();
        let mut words = vec![0xcafe_babe, u32::try_from(slices.len()).unwrap()];
        let mut offset = 8 + 20 * u32::try_from(slices.len()).unwrap();
        for slice in slices {
            words.extend([0x0100_0007, 3, offset, size(slice), 0]);
            offset += size(slice);
        }
        words.into_iter().flat_map(u32::to_be_bytes).chain(slices.concat()).collect()
    }

    fn left(bytes: &[u8]) -> Vec<String> {
        left_to_load_time(bytes).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_what_no_library_was_found_for_is_left() {
        let file = bundle(
            MH_TWOLEVEL,
            &[
                ("_PyErr_SetString", UNDEFINED, ANYWHERE << 8),
                ("_gone", UNDEFINED, ANYWHERE << 8),
                ("_of_the_program", UNDEFINED, EXECUTABLE << 8),
                ("_puts", UNDEFINED, 1 << 8),
                ("_maybe", UNDEFINED, ANYWHERE << 8 | goblin::mach::symbols::N_WEAK_REF),
                ("_mine", DEFINED, 0),
            ],
        );
        assert_eq!(left(&file), ["PyErr_SetString", "gone", "of_the_program"]);
    }

    #[test]
    fn every_slice_of_a_universal_file_counts() {
        let one = bundle(MH_TWOLEVEL, &[("_a", UNDEFINED, ANYWHERE << 8)]);
        let two = bundle(MH_TWOLEVEL, &[("_b", UNDEFINED, ANYWHERE << 8)]);
        assert_eq!(left(&universal(&[one, two])), ["a", "b"]);
    }

    #[test]
    fn a_name_that_one_slice_hides_is_not_exported() {
        let one = bundle(0, &[("_PyInit_a", DEFINED, 0), ("_b", DEFINED, 0)]);
        let two = bundle(0, &[("_PyInit_a", UNDEFINED, 0), ("_b", DEFINED, 0)]);
        let both = universal(&[one.clone(), two]);
        assert_eq!(exported_everywhere(&both), HashSet::from(["b".into()]));
        assert_eq!(exported_everywhere(&one).len(), 2);
        assert_eq!(processors(&both), [0x0100_0007; 2]);
        assert!(processors(b"something else").is_empty());
    }

    /// A bundle with one load command that says which macOS it is for, and nothing else.
    fn versioned(processor: u32, command: &[u32]) -> Vec<u8> {
        let size = u32::try_from(4 * command.len()).unwrap();
        let header = [0xfeed_facf, processor, 0, 8, 1, size, 0, 0];
        header.into_iter().chain(command.iter().copied()).flat_map(u32::to_le_bytes).collect()
    }

    #[test]
    fn a_slice_says_which_systems_it_is_for() {
        let version = |major: u32, minor: u32| major << 16 | minor << 8 | 3;
        let table = [
            (vec![0x32, 24, 1, version(11, 0), version(15, 0), 0], Some((11, 0))),
            (vec![0x32, 24, 1, version(14, 2), version(15, 0), 0], Some((14, 2))),
            (vec![0x32, 24, 2, version(17, 0), version(17, 0), 0], None), // iOS
            (vec![0x24, 16, version(10, 13), version(15, 0)], Some((10, 13))),
            (vec![0x1b, 24, 0, 0, 0, 0], None), // a UUID
        ];
        for (command, oldest) in table {
            let file = versioned(0x0100_000c, &command);
            assert_eq!(linked_slices(&file), [MachSlice { processor: 0x0100_000c, oldest }]);
        }
        let one = versioned(0x0100_0007, &[0x32, 24, 1, version(10, 9), 0, 0]);
        let two = versioned(0x0100_000c, &[0x32, 24, 1, version(11, 0), 0, 0]);
        let found = linked_slices(&universal(&[one, two]));
        assert_eq!(
            found.iter().map(|slice| slice.oldest).collect::<Vec<_>>(),
            [Some((10, 9)), Some((11, 0))]
        );
        assert!(linked_slices(b"something else").is_empty());
    }

    #[test]
    fn a_flat_namespace_tells_nothing() {
        assert!(left(&bundle(0, &[("_puts", UNDEFINED, 0)])).is_empty());
    }

    #[test]
    fn objects_say_what_they_want_and_have() {
        let symbols = symbols_of_object(&bundle(0, &[("_a", UNDEFINED, 0), ("_b", DEFINED, 0)]));
        assert!(symbols.undefined.contains("a") && symbols.defined.contains("b"), "{symbols:?}");
        assert_eq!(symbols_of_object(b"something else"), Symbols::default());
    }

    #[test]
    fn damage_is_an_error() {
        let file = bundle(MH_TWOLEVEL, &[("_a", UNDEFINED, ANYWHERE << 8)]);
        assert!(left_to_load_time(&file[..40]).is_err());
    }
}
