//! The stubs of a project's modules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::model::{CDeclaration, FfiModule, IncludedFfi};
use crate::stubs::annotations::Annotations;
use crate::stubs::library::LibraryForm;
use crate::stubs::names::{self, Names, PREAMBLE};
use crate::stubs::uses::Uses;

const IMPORTS: &str = include_str!("preamble_imports.pyi");

/// How a stub begins. Whoever finds it in the tree sees where it comes from.
pub const BEGIN: &str = "# Made by Officina from the declarations of ";

/// Checkers report overloads whose arguments overlap, such as `char *` and all pointers, though the first wins.
const SWITCHES: &str =
    "# mypy: disable-error-code=\"overload-overlap\"\n# pyright: reportOverlappingOverload=false\n";

/// One stub file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StubFile {
    /// Below the folder of the packages: `pkg/_mod.pyi`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The stubs of all modules of a project, whose code uses them so.
pub fn stubs(modules: &[FfiModule], uses: &Uses) -> Vec<StubFile> {
    let mut known: BTreeMap<&str, Names> = BTreeMap::new();
    modules.iter().for_each(|module| learn(module, modules, &mut known));
    modules
        .iter()
        .flat_map(|module| files(module, modules, &known[module.name.as_str()], uses))
        .collect()
}

/// Names the classes of a module, after those of the modules that it includes.
fn learn<'a>(
    module: &'a FfiModule,
    modules: &'a [FfiModule],
    known: &mut BTreeMap<&'a str, Names>,
) {
    if known.contains_key(module.name.as_str()) {
        return;
    }
    let included = included(module, modules);
    included.iter().for_each(|other| learn(other, modules, known));
    let theirs: Vec<&Names> =
        included.iter().filter_map(|other| known.get(other.name.as_str())).collect();
    let names = Names::of(&module.name, &module.model, &declarations(module, modules), &theirs);
    known.insert(&module.name, names);
}

/// The module of the project that an included `FFI` makes.
fn made_by<'a>(one: &IncludedFfi, modules: &'a [FfiModule]) -> Option<&'a FfiModule> {
    let name = one.module.as_ref()?;
    let is_it = |module: &&FfiModule| {
        module.name == *name || (!name.contains('.') && module.name.ends_with(&format!(".{name}")))
    };
    modules.iter().find(is_it)
}

fn included<'a>(module: &FfiModule, modules: &'a [FfiModule]) -> Vec<&'a FfiModule> {
    let others = module.model.includes.iter().filter_map(|one| made_by(one, modules));
    others.filter(|other| other.name != module.name).collect()
}

/// A module's declarations, with those of included ones that have no stub.
fn declarations<'a>(module: &'a FfiModule, modules: &[FfiModule]) -> Vec<&'a CDeclaration> {
    let mut found = Vec::new();
    let mut open: Vec<&IncludedFfi> = module.model.includes.iter().collect();
    while let Some(one) = open.pop() {
        if made_by(one, modules).is_none() {
            found.extend(&one.declarations);
            open.extend(&one.includes);
        }
    }
    found.extend(&module.model.declarations);
    found
}

fn files(module: &FfiModule, modules: &[FfiModule], names: &Names, uses: &Uses) -> Vec<StubFile> {
    let annotations = Annotations { model: &module.model, names };
    let declarations = declarations(module, modules);
    let path = module.name.replace('.', "/");
    let last = module.name.rsplit('.').next().unwrap_or_default();
    let text = stub(module, modules, &annotations, &declarations, uses);
    if !(module.has_lib && uses.libraries.contains(last)) {
        return vec![StubFile { path: format!("{path}.pyi"), text }];
    }
    vec![
        StubFile { path: format!("{path}/__init__.pyi"), text },
        StubFile {
            path: format!("{path}/lib.pyi"),
            text: library(module, &annotations, &declarations),
        },
    ]
}

fn stub(
    module: &FfiModule,
    modules: &[FfiModule],
    annotations: &Annotations,
    declarations: &[&CDeclaration],
    uses: &Uses,
) -> String {
    let name = module.name.as_str();
    let others = included(module, modules);
    let mut aliases = BTreeMap::new();
    let mut text = String::new();
    if let Some(first) = others.first() {
        text.push_str(&import(&first.name, names::of_preamble()));
    }
    for (owner, names) in annotations.names.imported(name) {
        text.push_str(&import(owner, names.into_iter()));
    }
    let mut bases = Vec::new();
    for (index, other) in others.iter().enumerate() {
        let _ = writeln!(text, "from {} import Lib as _Lib{index}", other.name);
        bases.push(format!("_Lib{index}"));
    }
    text.push('\n');
    if others.is_empty() {
        text.push_str(PREAMBLE);
        bases.push("Library".into());
    }
    text.push('\n');
    text.push_str(&annotations.classes(name, &mut aliases));
    let mut free = annotations.names.clone();
    let free = std::cell::RefCell::new(&mut free);
    text.push_str(
        &annotations
            .typedefs(declarations, |typedef| free.borrow_mut().allocate(name, typedef) == typedef),
    );
    let lib = annotations.library(declarations, LibraryForm::Class, &mut aliases);
    let about = if lib.is_empty() { "    \"\"\"What the library has.\"\"\"\n" } else { "" };
    let _ = write!(text, "\nclass Lib({}):\n{about}{lib}\n", bases.join(", "));
    text.push_str(&annotations.ffi_class(declarations, uses, &mut aliases));
    if module.has_lib {
        text.push_str("\nlib: Lib\n");
    }
    for (class, alias) in aliases {
        let _ = writeln!(text, "{alias}: TypeAlias = {class}");
    }
    with_head(name, &text)
}

/// The text of a file with what it imports before it: no more than it needs.
fn with_head(module: &str, text: &str) -> String {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let words: BTreeSet<&str> = text.split(|letter| !is_word(letter)).collect();
    let mut head = String::new();
    for line in IMPORTS.lines() {
        let (from, names) = line.split_once("import ").unwrap_or((line, ""));
        let kept: Vec<&str> = names
            .split(", ")
            .filter(|name| words.contains(name) || is_needed(name, &words))
            .collect();
        let is_kept = match (names, line.split_once(" = ")) {
            ("", Some((variable, _))) => words.contains(variable),
            ("", None) => true,
            _ => !kept.is_empty(),
        };
        let _ = match is_kept {
            true if names.is_empty() => writeln!(head, "{line}"),
            true => writeln!(head, "{from}import {}", kept.join(", ")),
            false => Ok(()),
        };
    }
    format!("{BEGIN}`{module}`: change these, and make the file anew.\n{SWITCHES}\n{head}\n{text}")
}

/// Whether the variables of types need a name, which stand in the head themselves.
fn is_needed(name: &str, words: &BTreeSet<&str>) -> bool {
    match name {
        "TypeVar" => {
            ["_R", "_W", "_P", "_S", "_C", "_T", "_F"].iter().any(|one| words.contains(one))
        }
        "ParamSpec" => words.contains("_Q"),
        "Callable" | "Any" => words.contains("_F"),
        _ => false,
    }
}

fn import<'a>(module: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("    {name} as {name},\n")).collect();
    format!("from {module} import (\n{})\n", names.concat())
}

/// The library as a module of its own, whose names can be imported.
fn library(module: &FfiModule, annotations: &Annotations, own: &[&CDeclaration]) -> String {
    let mut all: Vec<&CDeclaration> = Vec::new();
    let mut open: Vec<&IncludedFfi> = module.model.includes.iter().collect();
    while let Some(one) = open.pop() {
        all.extend(&one.declarations);
        open.extend(&one.includes);
    }
    all.extend(own);

    let name = module.name.as_str();
    let mut aliases = BTreeMap::new();
    let lines = annotations.library(&all, LibraryForm::Module, &mut aliases);
    let mut text = String::new();
    let wanted = |name: &&str| lines.contains(*name) && !aliases.contains_key(*name);
    text.push_str(&import(name, names::of_preamble().filter(wanted)));
    let classes = annotations.names.classes();
    text.push_str(&import(name, classes.filter(wanted)));
    for (class, alias) in aliases {
        let _ = writeln!(text, "from {name} import {class} as {alias}");
    }
    with_head(name, &format!("{text}\n{lines}"))
}
