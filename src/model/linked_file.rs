//! What is known of a file that a linker made.

use std::collections::BTreeSet;

/// A shared library or an extension module, as far as those who load it see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkedFile {
    /// The symbols that others may use, as C spells them.
    pub exported: BTreeSet<String>,
    /// The symbols that are in it and that nobody else sees; none where it was stripped of them.
    pub hidden: BTreeSet<String>,
    /// The libraries that it names: `libz.so.1`.
    pub needed: BTreeSet<String>,
}
