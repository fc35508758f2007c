//! meson.build and CMakeLists.txt: what in them a person has to say anew. Nothing of it is run.

use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::origins::origin_draft::OriginDraft;

/// A call, and what becomes of it.
type Call = (&'static str, MoveVerdict, &'static str);

const MESON: &[Call] = &[
    (
        "extension_module(",
        MoveVerdict::YouDecide,
        "a module: one with cffi's C is built from its builder, whose `sources=`, `include_dirs=` and `libraries=` have to name what is listed here; another is a table of `[[tool.officina.extensions]]`",
    ),
    (
        "dependency(",
        MoveVerdict::YouDecide,
        "a dependency: `libraries=` of `set_source()`, or `pkg-config` of a module",
    ),
    ("find_library(", MoveVerdict::YouDecide, "a library: `libraries=` of `set_source()`"),
    (
        "static_library(",
        MoveVerdict::YouDecide,
        "a static library: a table of `[[tool.officina.libraries]]`",
    ),
    (
        "shared_library(",
        MoveVerdict::YouDecide,
        "a shared library: Officina makes static ones (`[[tool.officina.libraries]]`) and those of crates",
    ),
    (
        "configure_file(",
        MoveVerdict::YouDecide,
        "a file that is made before the build: a table of `[[tool.officina.steps]]`, or a part of a builder",
    ),
    (
        "subproject(",
        MoveVerdict::YouDecide,
        "a project in this one: a table of `[[tool.officina.steps]]` may build it",
    ),
    (
        "add_project_arguments(",
        MoveVerdict::YouDecide,
        "words for compilers: `extra-compile-args` of `[tool.officina]`",
    ),
    ("install_sources(", MoveVerdict::Same, "Python files are found by themselves"),
    (
        "install_data(",
        MoveVerdict::YouDecide,
        "data files: those in packages are packed by themselves; others are named in `[tool.officina.data]`",
    ),
];

const CMAKE: &[Call] = &[
    (
        "python_add_library(",
        MoveVerdict::YouDecide,
        "a module: one with cffi's C is built from its builder, whose `sources=`, `include_dirs=` and `libraries=` have to name what is listed here; another is a table of `[[tool.officina.extensions]]`",
    ),
    (
        "pybind11_add_module(",
        MoveVerdict::YouDecide,
        "a module: a table of `[[tool.officina.extensions]]`",
    ),
    (
        "add_library(",
        MoveVerdict::YouDecide,
        "a library: a table of `[[tool.officina.libraries]]`, if it is static",
    ),
    (
        "find_package(",
        MoveVerdict::YouDecide,
        "a dependency: `libraries=` of `set_source()`, or `pkg-config` of a module",
    ),
    ("pkg_check_modules(", MoveVerdict::YouDecide, "a dependency: `pkg-config` of a module"),
    ("target_link_libraries(", MoveVerdict::YouDecide, "libraries: `libraries=` of `set_source()`"),
    (
        "target_compile_definitions(",
        MoveVerdict::YouDecide,
        "macros: `define_macros=` of `set_source()`",
    ),
    (
        "target_compile_options(",
        MoveVerdict::YouDecide,
        "words for compilers: `extra_compile_args=` of `set_source()`",
    ),
    (
        "target_include_directories(",
        MoveVerdict::YouDecide,
        "folders of headers: `include_dirs=` of `set_source()`",
    ),
    (
        "add_subdirectory(",
        MoveVerdict::YouDecide,
        "a project in this one: a table of `[[tool.officina.steps]]` may build it",
    ),
    (
        "FetchContent_Declare(",
        MoveVerdict::YouDecide,
        "a download: nothing is downloaded in a build by Officina; put it into the tree",
    ),
    (
        "ExternalProject_Add(",
        MoveVerdict::YouDecide,
        "a project of others: a table of `[[tool.officina.steps]]` may build it",
    ),
];

/// What meson.build says.
pub fn meson(draft: &mut OriginDraft) {
    let mut findings = calls(draft, MESON);
    for (path, text) in &draft.tree.build_files {
        findings.extend(generators(path, text));
    }
    findings.into_iter().for_each(|finding| draft.find(finding));
    skeleton(draft, "meson.build");
}

/// What CMakeLists.txt says.
pub fn cmake(draft: &mut OriginDraft) {
    let mut findings = calls(draft, CMAKE);
    for (path, text) in &draft.tree.build_files {
        for (line, _) in lines(text).filter(|(_, line)| line.contains("add_custom_command(")) {
            let text = "a command: one that runs a builder is `cffi_modules` now; another is a table of `[[tool.officina.steps]]`";
            findings
                .push(MoveFinding::new(MoveVerdict::YouDecide, text).at(format!("{path}:{line}")));
        }
    }
    findings.into_iter().for_each(|finding| draft.find(finding));
    skeleton(draft, "CMakeLists.txt");
    for key in ["wheel", "sdist", "cmake"] {
        if draft.own(&[key]).is_some() {
            draft.tell_key(
                MoveVerdict::YouDecide,
                key,
                format!("`[tool.scikit-build.{key}]` has no effect any more"),
            );
        }
    }
}

fn skeleton(draft: &mut OriginDraft, file: &str) {
    let text = format!(
        "`{file}` does not run any more: this pyproject.toml is a start, and the lines below say what to add"
    );
    draft.tell(MoveVerdict::YouDecide, file, text);
    if draft.project.get("version").is_none() && draft.git_version.is_none() {
        let text = format!("the version stood in `{file}`: write `version` into `[project]`");
        draft.tell(MoveVerdict::YouDecide, file, text);
    }
}

fn calls(draft: &OriginDraft, known: &[Call]) -> Vec<MoveFinding> {
    let mut found = Vec::new();
    for (path, text) in &draft.tree.build_files {
        for (number, line) in lines(text) {
            for (call, verdict, words) in known.iter().filter(|(call, ..)| is_called(line, call)) {
                let name = call.trim_end_matches('(');
                let place = format!("{path}:{number}");
                found.push(MoveFinding::new(*verdict, format!("`{name}`: {words}")).at(place));
            }
        }
    }
    found
}

/// Lines that are no comments, from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    numbered.filter(|(_, line)| !line.trim_start().starts_with('#'))
}

/// Whether a line calls it: not something whose name only ends so.
fn is_called(line: &str, call: &str) -> bool {
    let before = |at: usize| line[..at].chars().next_back();
    let spaced = line.replace(" (", "(");
    spaced == line
        && line
            .match_indices(call)
            .any(|(at, _)| !before(at).is_some_and(|c| c.is_alphanumeric() || c == '_'))
        || spaced != line && is_called(&spaced, call)
}

/// `cffi-gen-src` in a custom target: the builder and its object, or a module without a builder.
fn generators(path: &str, text: &str) -> Vec<MoveFinding> {
    let mut found = Vec::new();
    for (number, line) in lines(text) {
        let place = format!("{path}:{number}");
        let words: Vec<&str> = line.split('\'').skip(1).step_by(2).collect();
        if words.contains(&"exec-python") || line.contains("cffi-gen-src") {
            let object =
                words.iter().position(|word| *word == "--ffi-var").and_then(|at| words.get(at + 1));
            let object = object.map_or("ffibuilder", |object| object);
            let text = format!(
                "cffi-gen-src runs a builder, whose FFI is `{object}`: see that `cffi_modules` names it"
            );
            found.push(MoveFinding::new(MoveVerdict::YouDecide, text).at(place));
        } else if words.contains(&"read-sources") {
            let text = "cffi-gen-src makes a module without a builder";
            let proposal = "[[tool.officina.modules]]\nname = \"foo._foo\"\ncdef = [\"foo.cdef\"]\nsource-file = \"foo.c\"";
            found.push(MoveFinding::new(MoveVerdict::YouDecide, text).at(place).propose(proposal));
        } else if line.contains("cffi.recompiler") || line.contains("emit_c_code") {
            let text = "a command that writes cffi's C: Officina does it for the builders in `cffi_modules`";
            found.push(MoveFinding::new(MoveVerdict::Same, text).at(place));
        }
    }
    found
}
