//! What two compiled files offer and need.

use std::collections::BTreeSet;

use crate::compare::difference::Difference;
use crate::model::{LinkedFile, few_names};

/// So many symbols are named.
const NAMED: usize = 5;

/// Libraries of C, of compilers and of Python: which of them a file names depends on flags such as
/// `--as-needed`, and every system has them.
const RUNTIME: [&str; 11] = [
    "libc.",
    "libm.",
    "libdl.",
    "librt.",
    "libpthread.",
    "libgcc_s.",
    "ld-linux",
    "libpython",
    "libSystem.",
    "linux-vdso",
    "libobjc.",
];

/// The differences between two files that linkers made.
pub fn compare(path: &str, old: &LinkedFile, new: &LinkedFile) -> Vec<Difference> {
    let mut found = exports(path, old, new);
    let gone: BTreeSet<&String> = old.needed.difference(&new.needed).collect();
    let added: BTreeSet<&String> = new.needed.difference(&old.needed).collect();
    let (of_system, own) = gone.into_iter().partition::<Vec<_>, _>(|name| is_runtime(name));
    let (new_of_system, new_own) =
        added.into_iter().partition::<Vec<_>, _>(|name| is_runtime(name));
    if !own.is_empty() {
        let words = format!("does not need {} any more", list(own.iter().copied()));
        found.push(Difference::lost(path, words).hint(
            "is it linked into the file now, or is it forgotten? See `libraries` of its `set_source()`",
        ));
    }
    if !new_own.is_empty() {
        let words =
            format!("needs {} now, which users have to have", list(new_own.iter().copied()));
        found.push(
            Difference::lost(path, words).hint(
                "link it in, or repair the wheel (auditwheel, delocate), as it was done before",
            ),
        );
    }
    let moved: Vec<&String> = of_system.into_iter().chain(new_of_system).collect();
    if !moved.is_empty() {
        let words = format!("names other libraries of the system: {}", list(moved.iter().copied()));
        found.push(Difference::benign(path, words));
    }
    found
}

fn exports(path: &str, old: &LinkedFile, new: &LinkedFile) -> Vec<Difference> {
    let gone: Vec<&String> =
        old.exported.difference(&new.exported).filter(|name| !is_of_linker(name)).collect();
    let (hidden, lost): (Vec<&String>, Vec<&String>) =
        gone.into_iter().partition(|name| new.hidden.contains(*name) && !starts_module(name));
    let mut found = Vec::new();
    if !lost.is_empty() {
        let words = format!("does not hold {} any more", list(lost.iter().copied()));
        found.push(Difference::lost(path, words).hint(
            "a source or a library is missing: see `sources`, `libraries` and `extra_objects` of its `set_source()`",
        ));
    }
    if !hidden.is_empty() {
        let words = format!(
            "holds {} for itself alone: symbols of static libraries are hidden from others",
            list(hidden.iter().copied())
        );
        found.push(Difference::benign(path, words));
    }
    found
}

fn starts_module(symbol: &str) -> bool {
    symbol.starts_with("PyInit") || symbol.starts_with("_cffi_pypyinit_")
}

/// Names that linkers make.
fn is_of_linker(symbol: &str) -> bool {
    matches!(symbol, "_init" | "_fini" | "_edata" | "_end" | "__bss_start")
}

fn is_runtime(library: &str) -> bool {
    let name = library.rsplit('/').next().unwrap_or(library);
    RUNTIME.iter().any(|start| name.starts_with(start))
}

fn list<'a>(names: impl ExactSizeIterator<Item = &'a String>) -> String {
    few_names(names, NAMED)
}
