//! Sorts the symbols that an extension leaves undefined by where they will come from.

use std::collections::{BTreeMap, BTreeSet};

use crate::binary::library_cache::Library;
use crate::binary::loaded_python::LoadedPython;
use crate::binary::search::Dependencies;
use crate::python::symbols::looks_like_python;

/// The undefined symbols of an extension that are not simply Python's or a linked library's.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct UndefinedSymbols {
    /// Defined nowhere.
    pub missing: Vec<String>,
    /// Python's own.
    pub python: Vec<String>,
    /// May be in a library that is not on this machine.
    pub undecided: Vec<String>,
    /// In a library that Python has loaded, and that the extension does not link.
    pub borrowed: BTreeMap<String, Vec<String>>,
    /// Parts of a sanitizer, which clang leaves to the executable.
    pub sanitizer: Vec<String>,
}

/// Sorts symbols by what the extension needs and what Python has loaded.
pub fn sorted(
    names: &BTreeSet<Box<str>>,
    needs: &Dependencies,
    python: &LoadedPython,
) -> UndefinedSymbols {
    let mut undefined = UndefinedSymbols::default();
    let python_is_known = python.is_known();
    let defines = |library: &Library, name: &str| library.elf.symbols.defined.contains(name);
    for symbol in names {
        let owner = needs.libraries.iter().find(|(_, library)| defines(library, symbol));
        let pythons = python.defines(symbol) || (!python_is_known && looks_like_python(symbol));
        if owner.is_some() || pythons {
            if looks_like_python(symbol) && owner.is_none_or(|(name, _)| is_libpython(name)) {
                undefined.python.push(symbol.to_string());
            }
            continue;
        }
        let borrowed = python.all.libraries.iter().find(|(_, library)| defines(library, symbol));
        let symbol = symbol.to_string();
        if let Some((library, _)) = borrowed {
            if !is_c_library(library) {
                undefined.borrowed.entry(library.clone()).or_default().push(symbol);
            }
        } else if is_sanitizer(&symbol) {
            undefined.sanitizer.push(symbol);
        } else if !needs.missing.is_empty() {
            undefined.undecided.push(symbol);
        } else {
            undefined.missing.push(symbol);
        }
    }
    undefined
}

/// The same by name only: for symbols that Mach-O says no library was found for.
pub fn sorted_by_name(left: BTreeSet<Box<str>>) -> UndefinedSymbols {
    let mut undefined = UndefinedSymbols::default();
    for symbol in left.iter().map(|symbol| symbol.to_string()) {
        if is_sanitizer(&symbol) {
            undefined.sanitizer.push(symbol);
        } else if looks_like_python(&symbol) {
            undefined.python.push(symbol);
        } else {
            undefined.missing.push(symbol);
        }
    }
    undefined
}

/// Whether a library that a module links is an interpreter.
fn is_libpython(name: &str) -> bool {
    name.starts_with("libpython")
}

/// The parts of the C library, mathematics and the dynamic linker included, which every Python
/// links itself: to borrow from them is common and harmless.
pub fn is_c_library(name: &str) -> bool {
    let parts = ["libc", "libm", "libdl", "libpthread", "librt", "libutil"];
    let is_part = |part: &&str| name.strip_prefix(*part).is_some_and(|n| n.starts_with(".so"));
    let starts = ["ld-", "ld64", "ld.so", "libc.musl-"];
    starts.iter().any(|start| name.starts_with(start)) || parts.iter().any(is_part)
}

fn is_sanitizer(symbol: &str) -> bool {
    let parts = ["asan", "ubsan", "tsan", "msan", "lsan", "hwasan", "dfsan", "sanitizer"];
    let name = symbol.strip_prefix("__").unwrap_or_default();
    parts.iter().any(|part| name.strip_prefix(part).is_some_and(|rest| rest.starts_with('_')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide_for_macho() {
        let left = ["PyErr_SetString", "_Py_Dealloc", "PyPyErr_SetString", "__asan_init", "gone"];
        let undefined = sorted_by_name(left.into_iter().map(Box::from).collect());
        assert_eq!(undefined.missing, ["gone"]);
        assert_eq!(undefined.sanitizer, ["__asan_init"]);
    }

    #[test]
    fn names_that_only_an_interpreter_would_define() {
        for name in ["Py_IncRef", "PyList_New", "_PyObject_GC_New", "PyPyList_New", "_PyPy_Free"] {
            assert!(looks_like_python(name), "{name}");
        }
        for name in ["Pylon_open", "pyfoo", "__Py_x", "Pythagoras", "", "_Py"] {
            assert!(!looks_like_python(name), "{name}");
        }
    }

    #[test]
    fn parts_of_the_c_library_may_be_borrowed() {
        for name in ["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libc.musl-x86_64.so.1"] {
            assert!(is_c_library(name), "{name}");
        }
        for name in ["libz.so.1", "libcrypt.so.1", "libmagic.so.1", "libdldap.so"] {
            assert!(!is_c_library(name), "{name}");
        }
    }

    #[test]
    fn sanitizers_are_known_by_their_prefix() {
        assert!(is_sanitizer("__tsan_func_entry") && is_sanitizer("__sanitizer_cov_trace_pc"));
        assert!(!is_sanitizer("__asana") && !is_sanitizer("asan_init") && !is_sanitizer("__gone"));
    }
}
