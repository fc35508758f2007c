//! `ext_modules` and `libraries`: extensions and static libraries of `[tool.officina]`.

use std::path::Path;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::old_build::{OldExtension, OldLibrary};
use crate::migrate::toml_text::{set, strings};
use crate::model::Language;

/// The next step where setuptools has to stay.
pub const STAY: &str = "[build-system]\nrequires = [\"setuptools\", \"officina\"]\n\
                        build-backend = \"setuptools.build_meta\"   # Officina builds the CFFI modules";

/// Writes both.
pub fn write(draft: &mut Draft) {
    let old = draft.old;
    if old.has_rust {
        refuse(draft, "rust_extensions", "rust_extensions: setuptools-rust builds these");
    }
    let plain: Vec<_> = old.extensions.iter().filter(|one| !one.is_from_ffi).collect();
    let mut tables = ArrayOfTables::new();
    for one in plain {
        let cython = one.sources.iter().any(|source| source.ends_with(".pyx"));
        if cython || (old.has_cython && one.sources.iter().any(|source| is_generated(source))) {
            let text =
                format!("ext_modules: `{}` is Cython's, which Officina does not run", one.name);
            refuse(draft, "ext_modules", &text);
        } else if one.sources.is_empty() || !one.sources.iter().all(|source| is_c(source)) {
            let text = format!("ext_modules: `{}` is not made of C sources alone", one.name);
            refuse(draft, "ext_modules", &text);
        } else {
            tables.push(extension(draft, one));
            let text = format!("ext_modules: `{}` -> tool.officina.extensions", one.name);
            draft.tell(MoveVerdict::Same, "ext_modules", text);
        }
    }
    if !tables.is_empty() {
        draft.settings.insert("extensions", Item::ArrayOfTables(tables));
    }
    let mut tables = ArrayOfTables::new();
    for one in &old.libraries {
        tables.push(library(draft, one));
    }
    if !tables.is_empty() {
        draft.settings.insert("libraries", Item::ArrayOfTables(tables));
    }
    builder_objects(draft);
    if old.extensions.iter().any(|one| one.entry.is_some()) {
        draft.settings.insert("limited-api", toml_edit::value(false));
        let text = "limited-api = false, as `distutils_extension()` of an FFI has it; without this \
                    key the module is abi3";
        draft.tell(MoveVerdict::Same, "ext_modules", text);
    }
}

/// What a builder gives to a `build_ext` of the project as an `Extension` is a library.
fn builder_objects(draft: &mut Draft) {
    for object in &draft.old.builder_objects {
        let mut tables = ArrayOfTables::new();
        tables.push(library_table(&object.library));
        let mut settings = Table::new();
        settings.insert("libraries", Item::ArrayOfTables(tables));
        let mut tool = Table::new();
        tool.set_implicit(true);
        settings.set_implicit(true);
        tool.insert("officina", Item::Table(settings));
        let mut document = DocumentMut::new();
        document.insert("tool", Item::Table(tool));
        let name = &object.library.name;
        let unread = match object.library.other.as_slice() {
            [] => String::new(),
            other => format!(" (not read: {})", other.join(", ")),
        };
        let text = format!(
            "the `Extension` `{name}` in a builder is a static library: write the table, and \
             `libraries=[\"{name}\"]` in `set_source()` in the place of its `extra_objects`{unread}"
        );
        let place = format!("{}:{}", object.file, object.line);
        let toml = document.to_string();
        draft.find(MoveFinding::new(MoveVerdict::YouDecide, text).at(place).propose(toml.trim()));
    }
}

fn library_table(one: &OldLibrary) -> Table {
    let mut table = Table::new();
    table.insert("name", toml_edit::value(&one.name));
    set(&mut table, "sources", strings(&one.sources));
    set(&mut table, "depends", strings(&one.depends));
    set(&mut table, "include-dirs", strings(&one.include_dirs));
    let (macros, words) = defined(one.define_macros.clone(), &one.extra_compile_args);
    set(&mut table, "define-macros", strings(macros));
    set(&mut table, "extra-compile-args", strings(words));
    table
}

fn refuse(draft: &mut Draft, keyword: &str, text: &str) {
    let text = format!("{text}: stay with setuptools, and let Officina build the CFFI modules");
    let place = draft.place(keyword);
    let finding = MoveFinding::new(MoveVerdict::NotPossible, text).propose(STAY);
    draft.find(MoveFinding { place, ..finding });
}

fn is_c(source: &str) -> bool {
    Language::of_source(Path::new(source)).is_some()
}

/// `cythonize()` has replaced the `.pyx` by what it wrote.
fn is_generated(source: &str) -> bool {
    source.ends_with(".c") || source.ends_with(".cpp")
}

fn extension(draft: &mut Draft, one: &OldExtension) -> Table {
    let mut table = Table::new();
    table.insert("name", toml_edit::value(&one.name));
    set(&mut table, "sources", strings(&one.sources));
    set(&mut table, "depends", strings(&one.depends));
    for (key, folders) in [
        ("include-dirs", &one.include_dirs),
        ("library-dirs", &one.library_dirs),
        ("runtime-library-dirs", &one.runtime_library_dirs),
    ] {
        let folders = inside(draft, "ext_modules", &one.name, key, folders);
        set(&mut table, key, strings(folders));
    }
    let (macros, limited) = limited_api(&one.define_macros);
    let (macros, arguments) = defined(macros, &one.extra_compile_args);
    set(&mut table, "define-macros", strings(macros));
    set(&mut table, "undef-macros", strings(&one.undef_macros));
    set(&mut table, "libraries", strings(&one.libraries));
    set(&mut table, "extra-compile-args", strings(arguments));
    set(&mut table, "extra-link-args", strings(&one.extra_link_args));
    set(&mut table, "extra-objects", strings(&one.extra_objects));
    set(&mut table, "export-symbols", strings(&one.export_symbols));
    if let Some(language) = one.language.as_ref().filter(|language| *language != "c") {
        table.insert("language", toml_edit::value(language));
    }
    match limited {
        Some(version) => {
            table.insert("limited-api", toml_edit::value(version));
        }
        None if one.limited_api => {
            table.insert("limited-api", toml_edit::value(true));
        }
        None => {}
    }
    if one.optional {
        table.insert("optional", toml_edit::value(true));
    }
    if one.is_own_class {
        let text = format!(
            "ext_modules: `{}` is of a class of the project, `{}`: what that does besides is not read",
            one.name, one.class
        );
        draft.tell(MoveVerdict::YouDecide, "ext_modules", text);
    }
    table
}

/// `-DNAME=value` among the words for the compiler is a macro.
fn defined(macros: Vec<String>, words: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut macros, mut rest) = (macros, Vec::new());
    for word in words {
        match word.strip_prefix("-D").filter(|name| !name.is_empty()) {
            Some(name) => macros.push(name.to_owned()),
            None => rest.push(word.clone()),
        }
    }
    (macros, rest)
}

/// `Py_LIMITED_API=0x030A0000` -> `3.10`
fn limited_api(macros: &[String]) -> (Vec<String>, Option<String>) {
    let is_it = |one: &&String| one.split('=').next() == Some("Py_LIMITED_API");
    let version = macros.iter().find(is_it).and_then(|one| {
        let hex = one.split_once('=')?.1.trim_start_matches("0x").trim_start_matches("0X");
        let number = u32::from_str_radix(hex, 16).ok()?;
        Some(format!("{}.{}", number >> 24, (number >> 16) & 0xff))
    });
    match version {
        Some(version) => {
            (macros.iter().filter(|one| !is_it(one)).cloned().collect(), Some(version))
        }
        None => (macros.to_vec(), None),
    }
}

/// The folders in the tree; one of this machine is told of.
fn inside(
    draft: &mut Draft,
    keyword: &str,
    name: &str,
    key: &str,
    folders: &[String],
) -> Vec<String> {
    let is_outside = |folder: &&String| {
        folder.starts_with(['/', '\\']) || folder.contains(':') || folder.starts_with("..")
    };
    let outside: Vec<_> = folders.iter().filter(is_outside).cloned().collect();
    if !outside.is_empty() {
        let text = format!(
            "{keyword}: `{key}` of `{name}` has folders of this machine (`{}`), which are left out; \
             pkg-config can find them, or who builds says `-C {key}=FOLDER`",
            outside.join("`, `")
        );
        let place = draft.place(keyword);
        let is_known = draft.findings.iter().any(|one| {
            one.place == place && one.proposal.as_deref().is_some_and(|p| p.contains("pkg-config"))
        });
        let finding = MoveFinding::new(MoveVerdict::YouDecide, text);
        let finding = match is_known {
            true => finding,
            false => {
                finding.propose("pkg-config = [\"NAME\"]   # as `pkg-config --list-all` has it")
            }
        };
        draft.find(MoveFinding { place, ..finding });
    }
    folders.iter().filter(|folder| !is_outside(folder)).cloned().collect()
}

fn library(draft: &mut Draft, one: &OldLibrary) -> Table {
    let include_dirs = inside(draft, "libraries", &one.name, "include-dirs", &one.include_dirs);
    let table = library_table(&OldLibrary { include_dirs, ..one.clone() });
    let text = format!("libraries: `{}` -> tool.officina.libraries", one.name);
    draft.tell(MoveVerdict::Same, "libraries", text);
    let is_linked = draft.old.extensions.iter().any(|other| other.libraries.contains(&one.name));
    if !is_linked && !draft.old.cffi_modules.is_empty() {
        let text = format!(
            "libraries: who links `{0}` names it: `libraries=[\"{0}\"]` in `set_source()`",
            one.name
        );
        draft.tell(MoveVerdict::YouDecide, "libraries", text);
    }
    if !one.other.is_empty() {
        let text = format!(
            "libraries: `{}` says {} too, which is not known here",
            one.name,
            one.other.join(", ")
        );
        draft.tell(MoveVerdict::YouDecide, "libraries", text);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_officina_compiles_is_moved() {
        for source in ["a.c", "a/b.CPP", "a.S", "a.s", "a.c++", "a.C", "a.mm"] {
            assert!(is_c(source), "{source}");
        }
        for source in ["a.pyx", "a.f90", "a.asm", "a.rs", "a", ".c"] {
            assert!(!is_c(source), "{source}");
        }
    }

    #[test]
    fn the_limited_api_of_a_macro_is_a_setting() {
        let macros = ["A=1".to_owned(), "Py_LIMITED_API=0x030A0000".to_owned()];
        assert_eq!(limited_api(&macros), (vec!["A=1".to_owned()], Some("3.10".to_owned())));
    }
}
