//! What somebody should look at in an extension that can be imported, a sentence each.

use std::path::Path;

use crate::binary::library_cache::Library;
use crate::binary::missing_symbols;
use crate::binary::search::Dependencies;
use crate::binary::undefined_symbols::{UndefinedSymbols, is_c_library};
use crate::model::{BuildOptions, CrossTarget, ExtensionSpec};

/// All warnings about an ELF file.
pub fn all(
    undefined: &UndefinedSymbols,
    extension: &Library,
    needs: &Dependencies,
    spec: &ExtensionSpec,
    root: &Path,
    bundling: Option<&BuildOptions>,
    cross: Option<&CrossTarget>,
) -> Vec<String> {
    let module = &spec.name;
    let mut warnings = Vec::new();
    for (library, symbols) in &undefined.borrowed {
        warnings.push(format!(
            "`{module}` uses {} of `{library}` without linking it, which works only where Python \
             happens to have loaded it: add {:?} to `libraries=`",
            missing_symbols::list(symbols),
            library_name(library),
        ));
    }
    // A library may come to lie beside the module when both are installed.
    let may_be_packed = [&extension.elf.rpath, &extension.elf.runpath]
        .into_iter()
        .flatten()
        .any(|path| path.contains("$ORIGIN") || path.contains("${ORIGIN}"));
    // What it needs itself is bundled by name, and what those need comes along.
    let is_bundled = |library: &String| {
        let is_own = extension.elf.needed.contains(library);
        bundling
            .is_some_and(|options| options.bundles(library) || !is_own && options.bundle.is_some())
    };
    let left = needs.link_time_only.iter().filter(|(library, _)| !is_bundled(library));
    for (library, path) in left.filter(|_| !may_be_packed) {
        let folder = path.parent().unwrap_or(path);
        let folder = folder.strip_prefix(root).unwrap_or(folder);
        warnings.push(format!(
            "`{module}` needs `{library}`, which only the linker was told to look for in `{}`: \
             importing it fails unless `runtime_library_dirs=` or LD_LIBRARY_PATH names the folder",
            folder.display(),
        ));
    }
    // Every system has a C library, though it be none of those that lie here.
    let is_certain = |name: &&String| cross.is_some_and(|_| is_c_library(name));
    let names: Vec<String> =
        needs.missing.keys().filter(|name| !is_certain(name)).cloned().collect();
    if !names.is_empty() {
        let place = match cross.and_then(|cross| cross.root.as_ref()) {
            Some(root) => format!("in `{}`", root.display()),
            None => "on this machine".to_owned(),
        };
        let doubt = match undefined.undecided.as_slice() {
            [] => String::new(),
            symbols => {
                format!("; whether it defines {} is unknown", missing_symbols::list(symbols))
            }
        };
        warnings.push(format!(
            "`{module}` needs {}, which was not found {place}{doubt}",
            missing_symbols::list(&names),
        ));
    }
    warnings.extend(about_sanitizer(undefined, spec));
    warnings
}

/// The warning that the extension needs the runtime of a sanitizer.
pub fn about_sanitizer(undefined: &UndefinedSymbols, spec: &ExtensionSpec) -> Vec<String> {
    let first = undefined.sanitizer.first();
    let say = |symbol: &String| {
        format!(
            "`{}` was compiled with a sanitizer (it uses `{symbol}`): import it in a Python that \
             has loaded the sanitizer's runtime, with LD_PRELOAD for example",
            spec.name,
        )
    };
    first.map(say).into_iter().collect()
}

/// The warning that the extension is meant to leave symbols open.
pub fn about_what_is_left_open(symbols: &[String], spec: &ExtensionSpec) -> Option<String> {
    (!symbols.is_empty()).then(|| {
        format!(
            "`{}` leaves {} open: importing it fails unless the program that does so has loaded \
             what defines them for all (`RTLD_GLOBAL`)",
            spec.name,
            missing_symbols::list(symbols),
        )
    })
}

/// `libm.so.6`, or a path of it -> `m`
fn library_name(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    let name = name.split(".so").next().unwrap_or(name);
    name.strip_prefix("lib").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_by_its_linker_name() {
        assert_eq!(library_name("libm.so.6"), "m");
        assert_eq!(library_name("./lib/libfoo-2.0.so"), "foo-2.0");
    }
}
