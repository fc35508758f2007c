//! One rule for each thing that goes wrong: what a line says, and what to do about it. Pure.

use std::collections::BTreeSet;

use crate::error::MAKE_ROOM;
use crate::model::Language;
use crate::python::symbols::looks_like_python;
use crate::report::advice::complaint;
use crate::report::advice::install::{HostSystem, Missing, PKG_CONFIG, foreign_headers};
use crate::report::advice::known_libraries::{self, KnownLibrary};
use crate::report::advice::line::{after, before, between, quoted, word};
use crate::report::advice::named;

/// Hints for another program's output, the most telling first; at most a few, often none.
pub fn for_output(output: &str) -> Vec<String> {
    for_output_besides(output, &BTreeSet::new())
}

/// The same without what is known already about headers, names and the like.
pub fn for_output_besides(output: &str, known: &BTreeSet<String>) -> Vec<String> {
    for_output_on(HostSystem::THIS, output, known)
}

/// The same for a build on another system.
fn for_output_on(host: HostSystem, output: &str, known: &BTreeSet<String>) -> Vec<String> {
    const MOST: usize = 4;
    let plain = anstream::adapter::strip_str(output).to_string();
    let mut hints: Vec<Hint> = Vec::new();
    for rule in RULES {
        for hint in plain.lines().filter_map(rule) {
            let is_known = known.contains(&hint.about);
            if !is_known && !hints.iter().any(|other| other.about == hint.about) {
                hints.push(hint);
            }
        }
    }
    hints.into_iter().take(MOST).map(|hint| hint.text_on(host)).collect()
}

/// One piece of advice.
struct Hint {
    /// What it is about: one piece is enough for each thing.
    about: String,
    text: String,
    /// What is to be installed.
    missing: Option<Missing>,
}

impl Hint {
    fn text_on(self, host: HostSystem) -> String {
        match self.missing {
            Some(missing) => format!("{}: {}", self.text, missing.how_to_install(host)),
            None => self.text,
        }
    }
}

fn hint(about: &str, text: impl Into<String>) -> Option<Hint> {
    Some(Hint { about: about.to_owned(), text: text.into(), missing: None })
}

fn install(about: &str, text: impl Into<String>, missing: Missing) -> Option<Hint> {
    Some(Hint { about: about.to_owned(), text: text.into(), missing: Some(missing) })
}

/// Each looks at one line; the surest come first.
const RULES: &[fn(&str) -> Option<Hint>] = &[
    cxx_as_c,
    missing_header,
    missing_package,
    other_version,
    wrong_architecture,
    no_archive,
    wrong_target,
    missing_library,
    missing_cxx_compiler,
    missing_program,
    missing_developer_tools,
    foreign_flag,
    position_dependent,
    undefined_in_python,
    undefined_reference,
    twice_defined,
    missing_member,
    undeclared_function,
    out_of_memory,
    out_of_space,
    broken_launcher,
];

/// A header or a source of C++ that a compiler reads as C.
fn cxx_as_c(line: &str) -> Option<Hint> {
    let word = after(line, "unknown type name ").and_then(quoted)?;
    let text = format!(
        "`{word}` is C++, and this is compiled as C: the name of a source of C++ ends in `.cpp`; a \
         builder says `source_extension=\".cpp\"` in set_source()"
    );
    complaint::is_cxx_word(word).then(|| hint("C++", text)).flatten()
}

/// GNU ld takes a file that it does not know for a script.
fn no_archive(line: &str) -> Option<Hint> {
    let file = before(line, ": file format not recognized; treating as linker script")?;
    let file = file.rsplit("ld:").next().unwrap_or(file).trim();
    hint(file, format!("`{file}` is no library and no object file: make it again"))
}

/// GCC, Clang and MSVC: an `#include` that leads nowhere.
fn missing_header(line: &str) -> Option<Hint> {
    let header = complaint::missing_header(line)?;
    if ["Python.h", "pyconfig.h"].contains(&header) {
        return python_files(header);
    }
    if header.ends_with("/pyconfig.h") {
        return hint("architecture", foreign_headers(header));
    }
    match known_libraries::by_header(header) {
        Some(library) => comes_with(header, library),
        None => hint(
            header,
            format!(
                "`{header}` is in no folder that the compiler searches: name its folder in \
                 `include_dirs=`, or install the development package that has it"
            ),
        ),
    }
}

/// pkg-config and pkgconf: no such package, or no pkg-config at all.
fn missing_package(line: &str) -> Option<Hint> {
    let unheard =
        ["cannot run pkg-config", "pkg-config: not found", "pkg-config: command not found"];
    if unheard.iter().any(|words| line.contains(words)) {
        return pkg_config();
    }
    let package = between(line, "Package ", " was not found in the pkg-config search path")
        .or_else(|| between(line, "Package '", "', required by"))
        .or_else(|| between(line, "No package '", "' found"))?;
    match known_libraries::by_pkg_config(package) {
        Some(library) => comes_with(package, library),
        None => hint(
            package,
            format!(
                "pkg-config does not know `{package}`: install its development package, or put the \
                 folder of `{package}.pc` into PKG_CONFIG_PATH"
            ),
        ),
    }
}

/// pkgconf and pkg-config: the package is there in another version than is asked for.
fn other_version(line: &str) -> Option<Hint> {
    let (package, found, wanted) = match between(line, "Package '", "' has version '") {
        Some(package) => (
            package,
            between(line, "' has version '", "'")?,
            between(line, "required version is '", "'")?,
        ),
        None => {
            let asked = between(line, "Requested '", "' but version of ")?;
            let found = after(line, "' but version of ").and_then(|rest| after(rest, " is "))?;
            let (package, wanted) = asked.split_once(' ')?;
            (package, word(found), wanted)
        }
    };
    let sign: String = wanted.chars().take_while(|c| "<>=!".contains(*c)).collect();
    let other = match sign.as_str() {
        ">=" | ">" => "install a newer version, or ask for an older one",
        "<=" | "<" => "install an older version, or ask for a newer one",
        _ => "install that version, or ask for another one",
    };
    hint(
        package,
        format!("pkg-config finds {package} {found}, and `{wanted}` is asked for: {other}"),
    )
}

/// A library or object that was built for another machine than Python was.
fn wrong_architecture(line: &str) -> Option<Hint> {
    let file = between(line, "skipping incompatible ", " when searching")
        .or_else(|| before(line, ": file not recognized"))
        .or_else(|| before(line, ": error adding symbols: file in wrong format"))
        .or_else(|| between(line, "ignoring file '", "': found architecture"))
        .or_else(|| between(line, "ignoring file ", ", building for"))
        .or_else(|| before(line, " : fatal error LNK1112"))?;
    let file = file.rsplit(": ").next().unwrap_or(file);
    hint(
        "architecture",
        format!(
            "`{file}` is damaged or was built for another architecture than this Python: use one \
             that was built for it"
        ),
    )
}

/// What `pyport.h` says when the compiler's `long` is not Python's.
fn wrong_target(line: &str) -> Option<Hint> {
    let text = "this Python is for another architecture than the compiler compiles for: look for \
                `-m32` or a target in CC and CFLAGS";
    line.contains("LONG_BIT definition appears wrong").then(|| hint("architecture", text)).flatten()
}

fn missing_library(line: &str) -> Option<Hint> {
    let name = named::missing_library(line)?;
    if name.starts_with("python") || name.starts_with("pypy") {
        return python_files(&format!("lib{name}"));
    }
    if let Some(bare) = named::bare_name(name) {
        return hint(
            bare,
            format!("`libraries=` wants the name alone: \"{bare}\", not \"{name}\""),
        );
    }
    match known_libraries::by_library(name) {
        Some(library) => comes_with(&format!("lib{name}"), library),
        None => hint(
            name,
            format!(
                "the linker found no library `{name}`: name its folder in `library_dirs=`, or \
                 install its development package (the library alone is not enough)"
            ),
        ),
    }
}

/// GCC is there, its C++ half is not.
fn missing_cxx_compiler(line: &str) -> Option<Hint> {
    let lost = ["cannot execute", "error trying to exec", "No such file"];
    let is_it = line.contains("cc1plus") && lost.iter().any(|words| line.contains(words));
    if is_it { cxx_compiler() } else { None }
}

fn cxx_compiler() -> Option<Hint> {
    install("C++", "a C++ compiler is needed", Missing::Compiler(Language::Cxx))
}

/// A shell's or a builder's complaint about a program.
fn missing_program(line: &str) -> Option<Hint> {
    let program = before(line, ": command not found")
        .or_else(|| before(line, ": not found").filter(|start| start.contains("sh: ")))
        .or_else(|| {
            between(line, "FileNotFoundError: [Errno 2] No such file or directory: '", "'")
        })?;
    let program = program.rsplit(": ").next().unwrap_or(program).trim();
    if program.is_empty() || program.contains(['/', '.', ' ']) {
        return None;
    }
    let stem = program.strip_suffix("-config").or_else(|| program.strip_suffix("_config"));
    let library = stem.and_then(|stem| {
        known_libraries::by_library(stem).or(known_libraries::by_pkg_config(stem))
    });
    match (library, program) {
        (Some(library), _) => comes_with(program, library),
        (None, "g++" | "c++" | "clang++") => cxx_compiler(),
        (None, "cc" | "gcc" | "clang") => {
            install("C", "a C compiler is needed", Missing::Compiler(Language::C))
        }
        (None, "pkg-config") => pkg_config(),
        _ => hint(program, format!("install `{program}`, or put its folder on PATH")),
    }
}

fn missing_developer_tools(line: &str) -> Option<Hint> {
    let is_it = line.contains("xcrun: error: invalid active developer path");
    is_it.then(|| hint("C", "install Apple's compiler: `xcode-select --install`")).flatten()
}

/// A flag that this compiler does not have.
fn foreign_flag(line: &str) -> Option<Hint> {
    let starts = [
        "unrecognized command-line option ",
        "unrecognized command line option ",
        "unknown argument: ",
        "unsupported option ",
        "unknown argument ",
    ];
    let flag = starts.iter().find_map(|start| quoted(after(line, start)?))?;
    hint(
        flag,
        format!(
            "`{flag}` is not a flag of this compiler: look for it in `extra_compile_args=`, \
             `extra_link_args=` and CFLAGS, or set CC to the compiler that has it"
        ),
    )
}

fn position_dependent(line: &str) -> Option<Hint> {
    let start =
        before(line, "recompile with -fPIC").or_else(|| before(line, "recompile with -fPIE"))?;
    let file = before(start, ": relocation").and_then(|start| start.rsplit(": ").next());
    let file = file.unwrap_or("a static library or object");
    hint(
        "-fPIC",
        format!(
            "`{file}` cannot go into a shared library: compile it with `-fPIC`, or link the shared \
             library instead of the static one"
        ),
    )
}

/// Linkers for ELF, told to refuse what an extension module must leave open.
fn undefined_in_python(line: &str) -> Option<Hint> {
    let symbol = after(line, "undefined reference to ")
        .and_then(quoted)
        .or_else(|| after(line, "undefined symbol: ").map(word))?;
    let text = "the linker was told to refuse undefined symbols, but a module finds Python's only \
                when it is imported: take `-z defs` or `--no-undefined` out of LDFLAGS and \
                `extra_link_args=`";
    looks_like_python(symbol).then(|| hint("Python", text)).flatten()
}

/// Only where the name says for certain whose function it is.
fn undefined_reference(line: &str) -> Option<Hint> {
    let symbol = after(line, "undefined reference to ")
        .and_then(quoted)
        .or_else(|| after(line, "undefined symbol: ").map(word))
        .or_else(|| between(line, "  \"_", "\", referenced from:"))
        .or_else(|| after(line, "unresolved external symbol ").map(word))?;
    let library = known_libraries::by_symbol(symbol)?;
    let name = library.libraries().next()?;
    let text = format!("`{symbol}` belongs to {}: add \"{name}\" to `libraries=`", library.name);
    hint(library.name, text)
}

/// GNU ld, gold, lld, mold, Apple's ld and MSVC: two objects have the same function.
fn twice_defined(line: &str) -> Option<Hint> {
    let symbol = after(line, "multiple definition of ")
        .and_then(quoted)
        .or_else(|| after(line, "duplicate symbol: ").map(word))
        .or_else(|| after(line, "duplicate symbol '").map(word))
        .or_else(|| between(line, "LNK2005: ", " already defined"))?;
    hint(
        "twice defined",
        format!(
            "`{symbol}` is defined twice: take one of the two files out of `sources=` and \
             `extra_objects=`, or make the function `static`"
        ),
    )
}

fn missing_member(line: &str) -> Option<Hint> {
    let member = named::missing_member(line)?;
    hint(
        member,
        format!(
            "the header has no field `{member}`: take it out of the cdef, or build against the \
             version of the library that has it"
        ),
    )
}

fn undeclared_function(line: &str) -> Option<Hint> {
    let function = complaint::undeclared(line)?;
    hint(
        function,
        format!(
            "no header that is included declares `{function}`: include the one that does, or declare \
             it before it is used"
        ),
    )
}

fn out_of_memory(line: &str) -> Option<Hint> {
    let words = ["Killed signal terminated program", "unable to execute command: Killed"];
    let is_it = words.iter().any(|words| line.contains(words));
    let text = "the system ran out of memory: build with fewer jobs (`-C jobs=1`)";
    is_it.then(|| hint("memory", text)).flatten()
}

fn out_of_space(line: &str) -> Option<Hint> {
    line.contains("No space left on device").then(|| hint("disk", MAKE_ROOM)).flatten()
}

/// Not the compiler: a cache without its server, or one that reaches no other machine.
fn broken_launcher(line: &str) -> Option<Hint> {
    let is_distccs = || line.starts_with("distcc[") && line.contains(" ERROR: ");
    let starts = ["ccache: error: ", "sccache: error: "];
    let is_one = starts.iter().any(|start| line.starts_with(start)) || is_distccs();
    let text = "the launcher failed, not the compiler: `-C compiler-launcher=` goes without one";
    is_one.then(|| hint("launcher", text)).flatten()
}

/// `` `zlib.h` comes with zlib: `apt install zlib1g-dev` ... ``
fn comes_with(thing: &str, library: &KnownLibrary) -> Option<Hint> {
    let text = format!("`{thing}` comes with {}", library.name);
    install(library.name, text, Missing::Library(library.packages))
}

fn python_files(thing: &str) -> Option<Hint> {
    let text = format!("`{thing}` comes with Python's development files");
    install("Python", text, Missing::PythonHeaders)
}

fn pkg_config() -> Option<Hint> {
    install("pkg-config", "pkg-config is needed", Missing::Program(PKG_CONFIG))
}

#[cfg(test)]
mod tests;
