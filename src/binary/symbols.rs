//! What a binary defines and what it wants: the same for ELF and Mach-O, for objects, archives and
//! libraries.

use std::collections::{BTreeSet, HashSet};

/// The names in one binary's symbol table, as C spells them (without the `_` of Mach-O).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Symbols {
    /// What others may use.
    pub defined: HashSet<Box<str>>,
    /// What must come from elsewhere; weak references, which may stay unresolved, are not here.
    pub undefined: BTreeSet<Box<str>>,
}

impl Symbols {
    /// Adds those of another member of the same archive.
    pub fn absorb(&mut self, other: Symbols) {
        self.defined.extend(other.defined);
        self.undefined.extend(other.undefined);
    }
}
