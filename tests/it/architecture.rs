//! The rules of the code that a compiler does not check: which way imports run, what a pure file
//! may touch, how long files and functions are.

mod graph;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use graph::{Imports, circles};
use source::{Crate, Place, SourceFile};

/// The rooms of `src`, from the top down, and what each imports from the crate besides itself.
#[rustfmt::skip]
const ALLOWED: &[(&str, &[&str])] = &[
    ("main", &["build", "cli", "error", "fs", "model", "process", "report"]),
    ("cli", &[
        "build", "compare", "config", "doctor", "error", "fs", "migrate", "model", "process", "report", "steps",
        "templates",
    ]),
    ("build", &[
        "archive", "binary", "compare", "config", "doctor", "editable", "engine", "error", "files", "fs", "migrate",
        "model", "process", "python", "report", "report/advice", "steps", "stubs", "templates",
    ]),
    ("doctor", &[
        "config", "error", "fs", "model", "process", "python", "report/advice", "steps", "toolchain",
    ]),
    ("templates", &["error", "model", "report/advice"]),
    ("stubs", &["model"]),
    ("steps", &[
        "binary", "engine", "error", "fs", "model", "process", "python", "report", "report/advice",
        "toolchain",
    ]),
    ("editable", &["engine", "error", "files", "model", "toolchain"]),
    ("migrate", &["config", "error", "model", "python"]),
    ("compare", &["config", "model"]),
    ("archive", &["config", "engine", "error", "fs", "model", "process"]),
    ("files", &["error", "model"]),
    ("engine", &["error", "fs", "model", "process", "report"]),
    ("toolchain", &["error", "model", "process", "report/advice"]),
    ("binary", &["error", "fs", "model", "python", "report/advice", "toolchain"]),
    ("config", &["error", "model"]),
    ("python", &["error", "model"]),
    ("report/advice", &["error", "model", "python"]),
    ("report", &["error", "model"]),
    ("process", &["error", "model"]),
    ("fs", &["error", "model"]),
    ("error", &["model"]),
    ("model", &[]),
    ("lib", &[]),
];

/// Files and folders that compute only: no disk, no process, no clock.
const PURE: &[&str] = &[
    "compare",
    "config",
    "doctor/build_system",
    "doctor/builders",
    "doctor/finding",
    "doctor/flags",
    "doctor/modules",
    "error",
    "files/globs",
    "files/kinds",
    "files/imported_modules",
    "files/includes",
    "files/manifest",
    "files/mentioned_files",
    "files/mentions",
    "files/full_imports",
    "files/missing_inputs",
    "files/paths",
    "files/python_text",
    "files/sdist_files",
    "files/wheel_files",
    "files/wheel_rules",
    "files/listing",
    "files/remedies",
    "migrate",
    "model",
    "python",
    "report/advice",
    "steps/cdef_complaint",
    "steps/cdef_words",
    "steps/declared/request",
    "steps/header/cdef",
    "steps/header/constants",
    "steps/header/declarations",
    "steps/header/items",
    "steps/header/select",
    "steps/header/strip",
    "steps/header/tokens",
    "templates",
    "stubs",
];

/// What nothing pure may use: the world outside, and our own ways to it.
const IMPURE_PATHS: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "crate::fs",
    "crate::process",
];

/// Methods of paths that look at the disk.
const IMPURE_CALLS: &[&str] = &[
    "canonicalize()",
    "exists()",
    "is_dir()",
    "is_file()",
    "is_symlink()",
    "metadata()",
    "read_dir()",
    "read_link()",
    "symlink_metadata()",
    "try_exists()",
];

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;
/// Nine in ten functions are no longer than this.
const MOST_FUNCTION_LINES: usize = 40;

#[test]
fn imports_run_downward_only() {
    report(wrong_imports(&our_crate(), ALLOWED));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    report(import_circles(&our_crate()));
}

#[test]
fn pure_files_touch_neither_disk_nor_process() {
    report(impurities(&our_crate(), PURE));
}

#[test]
fn only_the_process_room_starts_programs() {
    report(started_programs(&our_crate()));
}

#[test]
fn nothing_is_printed_on_stdout() {
    report(prints(&our_crate()));
}

#[test]
fn files_and_functions_are_short() {
    report(long_code(&our_crate()));
}

#[test]
fn every_type_has_a_name_of_its_own() {
    report(repeated_types(&our_crate()));
}

#[test]
fn mod_files_only_declare_and_re_export() {
    report(definitions_in_mod_files(&our_crate()));
}

#[test]
fn officina_build_is_as_short_and_has_no_circle() {
    let code = crate_in("officina-build/src", 10, "another_crate::");
    report([long_code(&code), import_circles(&code), repeated_types(&code)].concat());
}

fn report(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn our_crate() -> Crate {
    crate_in("src", 100, "officina::")
}

/// The files below a folder, which are more than `least`; `officina::` in them is what `core` says.
fn crate_in(folder: &str, least: usize, core: &str) -> Crate {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > least, "the walk over {folder} found too little: {files:?}");
    Crate::parse(files.into_iter().map(|file| {
        let below = file.strip_prefix(&root).expect("below src");
        let path = below.to_str().expect("a name in UTF-8").replace('\\', "/");
        let text = std::fs::read_to_string(&file).expect("readable source");
        // What a macro names is looked up where it is used.
        (path, text.replace("officina::", core).replace("$crate::", "elsewhere::"))
    }))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("src can be listed") {
        let path = entry.expect("src can be listed").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|suffix| suffix == "rs") {
            found.push(path);
        }
    }
}

/// The room that a file belongs to: its top-level module, or one that has a rule of its own.
fn room_of(path: &str) -> &str {
    if path.starts_with("report/advice") {
        return "report/advice";
    }
    let first = path.split('/').next().unwrap_or(path);
    first.trim_end_matches(".rs")
}

/// Imports that no rule allows, rooms without a rule, and rules without an import.
fn wrong_imports(code: &Crate, allowed: &[(&str, &[&str])]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut unused: BTreeSet<(&str, &str)> = allowed
        .iter()
        .flat_map(|(room, imports)| imports.iter().map(|imported| (*room, *imported)))
        .collect();
    for file in &code.0 {
        let room = room_of(&file.path);
        let Some((_, allowed)) = allowed.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("src/{room} has no rule in tests/it/architecture.rs"));
            continue;
        };
        for (target, line) in code.imports(file) {
            let imported = room_of(target);
            if imported != room && !allowed.contains(&imported) {
                wrong.push(format!("{}:{line} imports {target}", file.path));
            }
            unused.remove(&(room, imported));
        }
    }
    let needless = |(room, imported)| format!("{room} may import {imported}, and does not");
    wrong.extend(unused.into_iter().map(needless));
    wrong
}

fn import_circles(code: &Crate) -> Vec<String> {
    let imports: Imports = code
        .0
        .iter()
        .map(|file| (file.path.as_str(), code.imports(file).into_keys().collect()))
        .collect();
    let edges = |circle: &BTreeSet<&str>| {
        let files = code.0.iter().filter(|file| circle.contains(file.path.as_str()));
        let lines = files.flat_map(|file| {
            let imports = code.imports(file).into_iter();
            let inside = imports.filter(|(target, _)| circle.contains(target));
            inside.map(|(target, line)| format!("    {}:{line} imports {target}\n", file.path))
        });
        lines.collect::<String>()
    };
    let circles = circles(&imports).into_iter();
    circles.map(|circle| format!("a circle of {}:\n{}", circle.len(), edges(&circle))).collect()
}

fn impurities(code: &Crate, pure: &[&str]) -> Vec<String> {
    let is_pure = |file: &&SourceFile| {
        pure.iter().any(|place| {
            let rest = file.path.strip_prefix(place);
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
    };
    let mut wrong = Vec::new();
    for file in code.0.iter().filter(is_pure) {
        for (path, line) in &file.facts.paths {
            let path = path.join("::");
            let leads_out = |door: &&str| {
                path.strip_prefix(door)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            };
            if IMPURE_PATHS.iter().any(leads_out) {
                wrong.push(format!("{}:{line} uses {path}", file.path));
            }
        }
        let looks = |call: &&Place| IMPURE_CALLS.contains(&call.name.as_str());
        let calls = file.facts.calls.iter().filter(looks);
        wrong.extend(calls.map(|call| format!("{}:{} calls {}", file.path, call.line, call.name)));
    }
    wrong
}

fn started_programs(code: &Crate) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in code.0.iter().filter(|file| room_of(&file.path) != "process") {
        let starts = |path: &Vec<String>| path.join("::").starts_with("std::process::Command");
        let lines = file.facts.paths.iter().filter(|(path, _)| starts(path));
        wrong.extend(lines.map(|(_, line)| format!("{}:{line} uses Command", file.path)));
    }
    wrong
}

/// Where something is printed. What a command answers is written to stdout in one place.
fn prints(code: &Crate) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in &code.0 {
        let printing = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];
        let calls = file.facts.calls.iter().filter(|call| printing.contains(&call.name.as_str()));
        wrong.extend(calls.map(|call| format!("{}:{} uses {}", file.path, call.line, call.name)));
        let opens = |path: &Vec<String>| path.join("::") == "std::io::stdout";
        let paths = file.facts.paths.iter().filter(|(path, _)| opens(path));
        let paths = paths.filter(|_| room_of(&file.path) != "report");
        wrong.extend(paths.map(|(_, line)| format!("{}:{line} writes to stdout", file.path)));
    }
    wrong
}

fn long_code(code: &Crate) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut functions = Vec::new();
    for file in &code.0 {
        if file.facts.lines > FILE_LINES {
            wrong.push(format!("{} has {} lines without its tests", file.path, file.facts.lines));
        }
        for (function, lines) in &file.facts.functions {
            let shown = format!("{}:{} {}: {lines} lines", file.path, function.line, function.name);
            if *lines > FUNCTION_LINES {
                wrong.push(shown.clone());
            }
            functions.push((*lines, shown));
        }
    }
    let long = functions.iter().filter(|(lines, _)| *lines > MOST_FUNCTION_LINES).count();
    if long * 10 > functions.len() {
        wrong.push(format!(
            "{long} of {} functions have more than {MOST_FUNCTION_LINES} lines",
            functions.len()
        ));
    }
    wrong
}

fn repeated_types(code: &Crate) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in &code.0 {
        for Place { name, line } in &file.facts.types {
            places.entry(name).or_default().push(format!("{}:{line}", file.path));
        }
    }
    let repeated = places.into_iter().filter(|(_, places)| places.len() > 1);
    repeated.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect()
}

fn definitions_in_mod_files(code: &Crate) -> Vec<String> {
    let is_mod = |file: &&SourceFile| file.path.ends_with("/mod.rs") || file.path == "lib.rs";
    let complaint = |file: &SourceFile| {
        let Place { name, line } = file.facts.definitions.first()?;
        Some(format!("{}:{line} has {name}", file.path))
    };
    code.0.iter().filter(is_mod).filter_map(complaint).collect()
}

/// A crate of a few files, for the tests of the checks themselves.
fn fixture(files: &[(&str, &str)]) -> Crate {
    Crate::parse(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

#[test]
fn circles_are_found_however_the_import_is_written() {
    let table: &[(&str, &str)] = &[
        ("use crate::b::B;", "use crate::a::A;"),
        ("use crate::{c::{self, C}, b::{B, B2 as Other}};", "use super::a;"),
        ("fn f() -> crate::b::B { todo!() }", "struct B(super::a::A);"),
        ("fn f() { println!(\"{}\", crate::b::B); }", "fn f() { vec![super::a::A] }"),
        ("use self::super::b::*;", "mod inner { use super::super::a::A; }"),
        ("use officina::b;", "impl crate::a::Trait for B {}"),
        ("#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::b::B;", "use crate::a::A;"),
        ("#[cfg(unix)]\nuse crate::b::B;", "fn f() { use crate::a::A; }"),
    ];
    for (a, b) in table {
        let circle = import_circles(&fixture(&[("a.rs", a), ("b.rs", b), ("c.rs", "")]));
        assert!(circle.len() == 1 && circle[0].starts_with("a circle of 2"), "{a} {b}: {circle:?}");
    }
}

#[test]
fn a_circle_may_be_long_and_lead_through_a_re_export() {
    let through_parent = &[
        ("room/mod.rs", "mod child; mod other; pub use child::Child;"),
        ("room/child.rs", "use crate::room::other::Other;"),
        ("room/other.rs", "use crate::room::Child;"),
    ];
    assert!(import_circles(&fixture(through_parent))[0].starts_with("a circle of 3"));
    let same_name = &[
        ("room/mod.rs", "mod read; mod other; pub use other::Other; pub use read::read;"),
        ("room/read.rs", ""),
        ("room/other.rs", "use crate::room::read;"),
    ];
    assert!(import_circles(&fixture(same_name))[0].starts_with("a circle of 2"));
    let to_sibling = &[
        ("room/mod.rs", "mod child; mod other; pub use child::Child; pub use other::Other;"),
        ("room/child.rs", "use crate::room::other::Other;"),
        ("room/other.rs", "use std::fs; pub(in crate::room) struct Other;"),
    ];
    assert_eq!(import_circles(&fixture(to_sibling)), Vec::<String>::new());
}

#[test]
fn test_code_may_import_what_it_likes() {
    let files = &[
        ("a.rs", "use crate::b::B;\n#[cfg(test)]\nmod tests;"),
        ("a/tests.rs", "use std::fs;\nstruct B;"),
        ("b.rs", "struct B;\n#[cfg(test)]\nmod tests {\n use crate::a::A;\n struct B;\n}\n"),
    ];
    let code = fixture(files);
    assert_eq!(code.0.len(), 2);
    assert_eq!(import_circles(&code), Vec::<String>::new());
    assert_eq!(repeated_types(&code), Vec::<String>::new());
    assert_eq!(code.0[1].facts.lines, 1);
}

#[test]
fn an_import_that_no_rule_allows_is_found() {
    let code = fixture(&[("low.rs", "use crate::high;"), ("high/mod.rs", ""), ("new.rs", "")]);
    let expected = [
        "low.rs:1 imports high/mod.rs",
        "src/new has no rule in tests/it/architecture.rs",
        "high may import low, and does not",
    ];
    assert_eq!(wrong_imports(&code, &[("low", &[]), ("high", &["low"])]), expected);
}

#[test]
fn a_pure_file_is_read_to_its_end() {
    let doors = [
        "use std::fs;",
        "use std::{fs::File, io};",
        "fn f() { std::env::var(\"A\"); }",
        "use std::time; fn f() { time::Instant::now(); }",
        "fn f() { assert!(std::fs::exists(\"a\")); }",
        "fn f(path: &Path) -> bool { path.is_file() }",
        "fn f(path: &Path) { assert!(path.exists()); }",
        "use crate::fs;",
    ];
    for door in doors {
        let text = format!("#[cfg(test)]\nmod tests {{ use std::fs; }}\n{door}\n");
        let code = fixture(&[("pure/a.rs", &text), ("impure.rs", door), ("fs.rs", "")]);
        let wrong = impurities(&code, &["pure"]);
        assert!(!wrong.is_empty(), "{door}");
        assert!(wrong.iter().all(|wrong| wrong.starts_with("pure/a.rs:3 ")), "{wrong:?}");
    }
    let pure = "use std::time::Duration; fn f(exists: &dyn Fn() -> bool) { exists(); }";
    assert_eq!(impurities(&fixture(&[("pure.rs", pure)]), &["pure"]), Vec::<String>::new());
}

#[test]
fn programs_and_prints_are_found() {
    let code = fixture(&[
        ("a.rs", "use std::process; fn f() { process::Command::new(\"a\"); }"),
        ("process/mod.rs", "use std::process::Command;"),
        ("b.rs", "fn f() { if true { println!(\"\"); } let text = format!(\"println!\"); }"),
        ("c.rs", "fn f() { vec![dbg!(1)]; std::io::stdout(); }"),
        ("report/mod.rs", "fn f() { std::io::stdout(); }"),
    ]);
    assert_eq!(started_programs(&code), ["a.rs:1 uses Command"]);
    assert_eq!(
        prints(&code),
        ["b.rs:1 uses println!", "c.rs:1 uses dbg!", "c.rs:1 writes to stdout"]
    );
}

#[test]
fn long_files_and_functions_are_found() {
    let long = format!("impl A {{\nfn f() {{\n{}}}\n}}\n", "();\n".repeat(59));
    let longer = "// a comment\n".repeat(401);
    let tested = format!("#[cfg(test)]\nmod tests {{\n{longer}}}\n{}", "//\n".repeat(399));
    let code = fixture(&[("a.rs", &long), ("b.rs", &longer), ("c.rs", &tested)]);
    let expected = [
        "a.rs:2 f: 61 lines",
        "b.rs has 401 lines without its tests",
        "1 of 1 functions have more than 40 lines",
    ];
    assert_eq!(long_code(&code), expected);
}

#[test]
fn repeated_type_names_are_found() {
    let code = fixture(&[
        ("a.rs", "struct One; enum Two {} impl Iterator for One { type Item = u8; }"),
        ("b.rs", "type One = u8; fn f() { struct Two; } impl Iterator for B { type Item = u8; }"),
    ]);
    assert_eq!(repeated_types(&code), ["One: a.rs:1, b.rs:1", "Two: a.rs:1, b.rs:1"]);
}

#[test]
fn code_in_a_mod_file_is_found() {
    let code = fixture(&[
        (
            "a/mod.rs",
            "//! Docs.\nmod b;\npub mod c;\n#[cfg(test)]\nmod tests;\npub use b::B;\nuse c::C;",
        ),
        ("b/mod.rs", "mod a;\nconst A: u8 = 1;"),
        ("c/mod.rs", "mod inner { pub struct B; }"),
        ("d.rs", "struct C;"),
    ]);
    assert_eq!(
        definitions_in_mod_files(&code),
        [
            "a/mod.rs:7 has an import",
            "b/mod.rs:2 has a constant",
            "c/mod.rs:1 has a module with its content",
        ]
    );
}
