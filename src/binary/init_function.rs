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
        None => {
            let error = error.note(format!("it exports {}", missing_symbols::list(&others)));
            match others.iter().find_map(|other| evidence.own_place(other)) {
                Some(place) => error.at(&place.source, place.span),
                None => error,
            }
            .hint(same_name(&others, &wanted, spec))
        }
    }
}

/// The next step where the function has another name than the module.
fn same_name(others: &[String], wanted: &str, spec: &ExtensionSpec) -> String {
    let name = others.first().and_then(|other| other.strip_prefix("PyInit_"));
    let name = name.filter(|name| !name.is_empty() && !wanted.ends_with("..."));
    let (Some(name), [_]) = (name, others) else {
        return format!("the function that starts `{}` has to be called `{wanted}`", spec.name);
    };
    let own = spec.name.as_str();
    let package = own.strip_suffix(spec.name.last()).unwrap_or_default();
    match spec.generated_source {
        None => format!("call it `{wanted}`, or the module `{package}{name}`"),
        Some(_) => format!("call the module `{package}{name}`, or the function `{wanted}`"),
    }
}

/// `PyInit__foo`
fn wanted(spec: &ExtensionSpec) -> String {
    match spec.name.last() {
        name if name.is_ascii() => format!("PyInit_{name}"),
        _ => "PyInitU_...".into(),
    }
}
