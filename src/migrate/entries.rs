//! `cffi_modules`: the entries, and what may be said about them besides.

use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::toml_text::{set, strings};

/// Writes `cffi_modules`.
pub fn write(draft: &mut Draft) {
    let old = draft.old;
    let is_computed = old.keyword_lines.get("cffi_modules").is_some_and(|said| !said.literal);
    let mut entries: Vec<String> = Vec::new();
    let given = old.cffi_modules.iter().map(|entry| normal(entry));
    let from_ffi = old.extensions.iter().filter_map(|one| one.entry.clone());
    let compiled = old.compiled_in_setup.iter().cloned();
    for entry in given.chain(from_ffi).chain(compiled) {
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    if is_computed {
        entries.sort(); // in the order of a folder's listing, which differs from machine to machine
    }
    set(&mut draft.settings, "cffi_modules", strings(&entries));
    if let Some(package) = &old.ext_package {
        draft.settings.insert("ext-package", toml_edit::value(package));
        draft.tell(MoveVerdict::Same, "ext_package", "ext_package -> tool.officina.ext-package");
    }
    tell(draft, is_computed);
    guards(draft);
}

/// `./foo/build.py:ffi` -> `foo/build.py:ffi`
fn normal(entry: &str) -> String {
    let entry = entry.replace('\\', "/");
    entry.strip_prefix("./").map(str::to_owned).unwrap_or(entry)
}

fn tell(draft: &mut Draft, is_computed: bool) {
    let old = draft.old;
    let is_decided = old.conditions.iter().any(|one| decides(&one.keywords, "cffi_modules"));
    if let Some(said) = old.keyword_lines.get("cffi_modules") {
        if is_computed && !is_decided && old.cffi_modules.len() != 1 {
            let text = format!(
                "cffi_modules is computed (`{}`): each entry is written out, a new one needs a line",
                said.text
            );
            draft.tell(MoveVerdict::YouDecide, "cffi_modules", text);
        } else {
            draft.tell(
                MoveVerdict::Same,
                "cffi_modules",
                "cffi_modules -> tool.officina.cffi_modules",
            );
        }
    }
    for extension in old.extensions.iter().filter(|one| one.is_from_ffi) {
        let place = draft.place("ext_modules");
        let finding = match &extension.entry {
            Some(entry) => MoveFinding::new(
                MoveVerdict::Same,
                format!("ext_modules: the extension that an FFI makes -> the entry `{entry}`"),
            ),
            None => MoveFinding::new(
                MoveVerdict::NotPossible,
                "ext_modules: no module of the project holds the FFI of this extension by a name",
            )
            .propose("cffi_modules = [\"foo_build.py:ffi\"]   # the script that makes it"),
        };
        draft.find(MoveFinding { place, ..finding });
    }
    if !old.compiled_in_setup.is_empty() {
        let text = "setup.py calls `compile()` of an FFI: the entry makes the module instead";
        draft.find(MoveFinding::new(MoveVerdict::Better, text));
    }
}

/// `try` around cffi: what it catches says whether the module is optional.
fn guards(draft: &mut Draft) {
    for guard in &draft.old.guards {
        let only_import = ["ImportError", "ModuleNotFoundError"];
        let place = format!("setup.py:{}", guard.line);
        let is_for_import = guard.catches.iter().all(|one| only_import.contains(&one.as_str()));
        if is_for_import {
            let text = "`try` around the import of cffi: a build with Officina always has cffi";
            draft.find(MoveFinding::new(MoveVerdict::Better, text).at(place));
        } else if guard.names_modules {
            let text = "`try` around cffi_modules: the wheel may do without a module that cannot be \
                        made, if its entry says so";
            let entry = draft.old.cffi_modules.first().map(|entry| normal(entry));
            let entry = entry.unwrap_or_else(|| "foo_build.py:ffi".to_owned());
            let toml = format!("cffi_modules = [{{ entry = \"{entry}\", optional = true }}]");
            draft.find(MoveFinding::new(MoveVerdict::YouDecide, text).at(place).propose(toml));
        }
    }
}

/// Whether an `if` decides this argument of `setup()`.
pub(super) fn decides(keywords: &[String], keyword: &str) -> bool {
    keywords.iter().any(|one| one == keyword)
}
