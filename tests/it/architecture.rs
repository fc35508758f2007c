//! The house rules that a compiler does not enforce: which way imports run, what a pure module may
//! touch, how long files and functions get.

use std::path::{Path, PathBuf};

/// What each room of `src` may import from the crate besides itself.
const ALLOWED: &[(&str, &[&str])] = &[
    ("advice", &["error", "python"]),
    ("cli", &["error", "fs", "model", "pipeline", "process", "project", "protocol", "report"]),
    ("protocol", &["error", "fs", "generate", "model", "process", "project", "python"]),
    ("generate", &["advice", "error", "fs", "model", "process", "python", "report", "state"]),
    (
        "compile",
        &["advice", "error", "fs", "model", "process", "python", "report", "state", "toolchain"],
    ),
    ("toolchain", &["error", "fs", "model", "process"]),
    ("package", &["error", "fs", "model", "process"]),
    ("project", &["error", "model", "process"]),
    ("python", &["error", "model"]),
    ("state", &["error", "fs", "process"]),
    ("tree", &["error", "fs", "model"]),
    ("model", &["error", "project"]),
    ("timings", &["error", "model"]),
    ("report", &["error", "model"]),
    ("process", &["error"]),
    ("fs", &["error"]),
    ("error", &[]),
];

/// Rooms that compute only: no disk, no process, no clock.
const PURE: &[&str] = &["advice", "project", "python", "timings", "model", "error"];

#[test]
fn imports_run_downward_only() {
    let mut wrong = Vec::new();
    for file in rust_files() {
        let room = room_of(&file);
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == room) else { continue };
        for imported in crate_imports(&production_code(&file)) {
            if imported != room && !allowed.contains(&imported.as_str()) {
                wrong.push(format!("{} imports {imported}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_has_a_rule() {
    let free = ["main", "lib", "pipeline"];
    for file in rust_files() {
        let room = room_of(&file);
        let known = free.contains(&room.as_str()) || ALLOWED.iter().any(|(name, _)| *name == room);
        assert!(known, "src/{room} has no rule in tests/it/architecture.rs");
    }
}

#[test]
fn pure_rooms_touch_neither_disk_nor_process() {
    let doors =
        ["std::fs", "fs_err", "std::process::Command", "std::env", "Instant::now", "SystemTime"];
    for file in rust_files().into_iter().filter(|file| PURE.contains(&room_of(file).as_str())) {
        let code = production_code(&file);
        for door in doors {
            assert!(!code.contains(door), "{} uses {door}", file.display());
        }
    }
}

#[test]
fn only_the_door_starts_programs() {
    for file in rust_files().into_iter().filter(|file| room_of(file) != "process") {
        assert!(!production_code(&file).contains("Command::new("), "{}", file.display());
    }
}

#[test]
fn nothing_is_printed_on_stdout() {
    for file in rust_files() {
        let code = production_code(&file);
        for macro_name in [" println!(", " print!(", "dbg!("] {
            assert!(!code.contains(macro_name), "{} uses{macro_name}", file.display());
        }
    }
}

#[test]
fn files_stay_short() {
    for file in rust_files() {
        let lines = production_code(&file).lines().count();
        assert!(lines <= 400, "{} has {lines} lines without its tests", file.display());
    }
}

fn rust_files() -> Vec<PathBuf> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|suffix| suffix == "rs") && !is_test(&path) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    visit(&source_root(), &mut found);
    assert!(found.len() > 10, "the walk over src found too little: {found:?}");
    found
}

/// Whether a file is a test module of its own: `tests.rs`, `tests/…`, `…_tests.rs`.
fn is_test(file: &Path) -> bool {
    let inside =
        file.strip_prefix(source_root()).expect("below src").to_string_lossy().into_owned();
    inside.ends_with("tests.rs") || inside.contains("tests/")
}

fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The top-level module that a file belongs to.
fn room_of(file: &Path) -> String {
    let relative = file.strip_prefix(source_root()).expect("below src");
    let first = relative.components().next().expect("a file name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The file without comments and without its test module, which comes last.
fn production_code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("readable source");
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    code.lines().filter(is_code).map(|line| format!(" {line}\n")).collect()
}

/// The first segment after each `crate::`, braces included.
fn crate_imports(code: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                found.extend(list.split(',').map(|item| name(item.trim())));
            }
            None => found.push(name(after)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}
