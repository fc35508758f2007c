//! Reads from a Mach-O bundle which symbols the linker left to be found when it is loaded.
//!
//! The linker of macOS refuses what no library defines, with one exception: extension modules are
//! linked with `-undefined dynamic_lookup`, so that Python's own symbols may come from whatever
//! interpreter loads them. A symbol that is missing by mistake goes the same way, in silence.
//! The symbol table tells them apart: each undefined symbol carries the number of the library it
//! was bound to, or that it is to be looked up everywhere (`<mach-o/nlist.h>`, `n_desc`).

use std::collections::BTreeSet;

use goblin::error::Result;
use goblin::mach::header::MH_TWOLEVEL;
use goblin::mach::symbols::{N_TYPE, N_UNDF, Nlist};
use goblin::mach::{Mach, MachO, SingleArch};

use super::symbols::Symbols;

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
        for (name, entry) in slice.symbols().filter_map(|symbol| symbol.ok()) {
            if wants(&entry) {
                symbols.undefined.insert(plain(name));
            } else if entry.is_global() && !entry.is_stab() && !entry.is_undefined() {
                symbols.defined.insert(plain(name));
            }
        }
    }
    symbols
}

fn slices(bytes: &[u8]) -> Result<Vec<MachO<'_>>> {
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
