//! The function by which Python starts a module: a file that does not export it links, and cannot
//! be imported. Pure.

use crate::binary::evidence::Evidence;
use crate::binary::missing_symbols;
use crate::error::Error;
use crate::model::{ExtensionSpec, Interpreter};

/// Whether a linked file has to be a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitFunction {
    /// Python imports it.
    Required,
    /// It is another library, or something else loads it.
    Optional,
}

/// Whether one of a file's symbols is what this Python looks for to start the module.
pub fn is_init_function(symbol: &str, spec: &ExtensionSpec, interpreter: &Interpreter) -> bool {
    let name = spec.name.last();
    if !name.is_ascii() {
        // The rest is the name in punycode (PEP 489, "Export Hook Name").
        return symbol.starts_with("PyInitU_");
    }
    let of_module = |prefix: &str| symbol.strip_prefix(prefix) == Some(name);
    of_module("PyInit_") || (interpreter.is_pypy() && of_module("_cffi_pypyinit_"))
}

/// The error for a file without that function. `exported` is what it exports instead.
pub fn missing(exported: &[String], spec: &ExtensionSpec, evidence: &Evidence) -> Error {
    let wanted = wanted(spec);
    let error = Error::new(format!(
        "`{}` would fail to import: the linked file does not export `{wanted}`, the function that \
         starts the module",
        spec.name,
    ));
    let mut others: Vec<String> =
        exported.iter().filter(|symbol| symbol.starts_with("PyInit")).cloned().collect();
    others.sort();
    let owner = evidence.objects.iter().find(|file| file.symbols.defined.contains(&*wanted));
    match owner {
        Some(owner) => error.note(format!("{} defines it", owner.label)).hint(
            "something hides it from Python: a version script (`--version-script`), an export \
             list (`--exclude-libs`, `-exported_symbols_list`) or `-fvisibility=hidden` in \
             `extra_link_args=`, `extra_compile_args=`, CFLAGS or LDFLAGS: let it export \
             `PyInit_*`",
        ),
        None if others.is_empty() => error.hint(format!(
            "no source defines it: what `{}` gives to set_source() has to be compiled into the \
             module as cffi writes it",
            spec.declared_in,
        )),
        None => error.note(format!("it exports {}", missing_symbols::list(&others))).hint(format!(
            "the name of the module and that of the function have to be the same: see \
             set_source() in `{}` and the sources of the module",
            spec.declared_in,
        )),
    }
}

/// `PyInit__foo`
fn wanted(spec: &ExtensionSpec) -> String {
    match spec.name.last() {
        name if name.is_ascii() => format!("PyInit_{name}"),
        _ => "PyInitU_...".into(),
    }
}
