//! What somebody should look at in an extension that can be imported, a sentence each.

use std::path::{Path, PathBuf};

use crate::binary::library_cache::Library;
use crate::binary::missing_symbols;
use crate::binary::search::Dependencies;
use crate::binary::undefined_symbols::{UndefinedSymbols, is_c_library};
use crate::model::{BuildOptions, CrossTarget, ExtensionSpec};

/// An ELF file and what is known about it once its symbols were looked for.
pub struct CheckedFile<'a> {
    /// The file itself.
    pub extension: &'a Library,
    /// What it needs, as far as it was found.
    pub needs: &'a Dependencies,
    /// Whose its undefined symbols are.
    pub undefined: &'a UndefinedSymbols,
    /// What it was linked from.
    pub spec: &'a ExtensionSpec,
    /// The folder of the project.
    pub root: &'a Path,
    /// What the wheel takes in; `None` if nothing is bundled.
    pub bundling: Option<&'a BuildOptions>,
    /// The other machine that it is for.
    pub cross: Option<&'a CrossTarget>,
}

impl CheckedFile<'_> {
    /// All warnings about it.
    pub fn warnings(&self) -> Vec<String> {
        let borrowed = self.undefined.borrowed.iter();
        let borrowed = borrowed.map(|(library, symbols)| self.about_borrowed(library, symbols));
        let mut warnings: Vec<String> = borrowed.collect();
        warnings.extend(self.about_link_time_only());
        warnings.extend(self.about_missing());
        warnings.extend(about_sanitizer(self.undefined, self.spec));
        warnings
    }

    fn about_borrowed(&self, library: &str, symbols: &[String]) -> String {
        format!(
            "`{}` uses {} of `{library}` without linking it, which works only where Python \
             happens to have loaded it: add {:?} to `libraries=`",
            self.spec.name,
            missing_symbols::list(symbols),
            library_name(library),
        )
    }

    fn about_link_time_only(&self) -> Vec<String> {
        // A library may come to lie beside the module when both are installed.
        let may_be_packed = [&self.extension.elf.rpath, &self.extension.elf.runpath]
            .into_iter()
            .flatten()
            .any(|path| path.contains("$ORIGIN") || path.contains("${ORIGIN}"));
        if may_be_packed {
            return Vec::new();
        }
        let left = self.needs.link_time_only.iter().filter(|(library, _)| !self.bundles(library));
        let say = |(library, path): (&String, &PathBuf)| {
            let folder = path.parent().unwrap_or(path);
            let folder = folder.strip_prefix(self.root).unwrap_or(folder);
            format!(
                "`{}` needs `{library}`, which only the linker was told to look for in `{}`: \
                 importing it fails unless `runtime_library_dirs=` or LD_LIBRARY_PATH names the \
                 folder",
                self.spec.name,
                folder.display(),
            )
        };
        left.map(say).collect()
    }

    /// What it needs itself is bundled by name, and what those need comes along.
    fn bundles(&self, library: &String) -> bool {
        let is_own = self.extension.elf.needed.contains(library);
        self.bundling
            .is_some_and(|options| options.bundles(library) || !is_own && options.bundle.is_some())
    }

    fn about_missing(&self) -> Option<String> {
        // Every system has a C library, though it be none of those that lie here.
        let is_certain = |name: &&String| self.cross.is_some_and(|_| is_c_library(name));
        let names = self.needs.missing.keys().filter(|name| !is_certain(name)).cloned();
        let names: Vec<String> = names.collect();
        let place = match self.cross.and_then(|cross| cross.root.as_ref()) {
            Some(root) => format!("in `{}`", root.display()),
            None => "on this machine".to_owned(),
        };
        let doubt = match self.undefined.undecided.as_slice() {
            [] => String::new(),
            symbols => {
                format!("; whether it defines {} is unknown", missing_symbols::list(symbols))
            }
        };
        (!names.is_empty()).then(|| {
            format!(
                "`{}` needs {}, which was not found {place}{doubt}",
                self.spec.name,
                missing_symbols::list(&names),
            )
        })
    }
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
