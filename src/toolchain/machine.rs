//! Looks at the machine: which programs are there, and what kind of compiler they are.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::Environment;
use crate::model::Language;
use crate::process;
use crate::process::{Invocation, Output};
use crate::toolchain::command_line;
use crate::toolchain::command_line::{
    Quoting, compiler_at, driver_length, family_of_name, version_of_name,
};
use crate::toolchain::gnu::{Chosen, Origin, named_words};
use crate::toolchain::{Command, Family, PrefixMap, ToolchainRequest};

/// The command that a variable of the environment names, if it names one.
pub(super) fn named(asked: &ToolchainRequest, variable: &str) -> Result<Option<Vec<String>>> {
    let Some(text) = asked.environment.text(variable).map(str::trim) else { return Ok(None) };
    if is_path_with_spaces(asked, text) {
        return Ok(Some(vec![text.to_owned()]));
    }
    Ok(named_words(asked.environment, variable)?.filter(|words| !words.is_empty()))
}

/// A path with spaces that nobody quoted is a path all the same if it is there.
pub(super) fn is_path_with_spaces(asked: &ToolchainRequest, text: &str) -> bool {
    text.contains(char::is_whitespace) && asked.directory.join(text).is_file()
}

/// The C compiler, with `named` by the environment.
///
/// # Errors
/// There is none, or the one that the environment names is not there.
pub(super) fn c_compiler(asked: &ToolchainRequest, named: Option<Vec<String>>) -> Result<Chosen> {
    if let Some(words) = named {
        require(asked, &words, "CC")?;
        return Ok(Chosen { words, origin: Origin::Environment });
    }
    let own = asked.sysconfig.cc.as_deref().and_then(|cc| command_line::split(cc, Quoting::Posix));
    if let Some(words) = own.filter(|words| is_there(asked, words)) {
        return Ok(Chosen { words, origin: Origin::Sysconfig });
    }
    ["cc", "gcc", "clang"]
        .iter()
        .map(|&name| vec![name.to_owned()])
        .find(|words| is_there(asked, words))
        .or_else(|| ziglang(asked))
        .map(|words| Chosen { words, origin: Origin::Machine })
        .ok_or_else(|| no_compiler(asked))
}

/// The C++ compiler, if there is one: named, or the companion of a C compiler that was chosen
/// against sysconfig, or sysconfig's.
///
/// # Errors
/// The one that the environment names is not there.
pub(super) fn cxx_compiler(asked: &ToolchainRequest, c: &Chosen) -> Result<Option<Chosen>> {
    if let Some(words) = named(asked, "CXX")? {
        require(asked, &words, "CXX")?;
        return Ok(Some(Chosen { words, origin: Origin::Environment }));
    }
    let own = || {
        let words = command_line::split(asked.sysconfig.cxx.as_deref()?, Quoting::Posix)?;
        Some(Chosen { words, origin: Origin::Sysconfig })
    };
    let companion = || {
        let words = command_line::cxx_companion(&c.words)?;
        Some(Chosen { words, origin: c.origin })
    };
    let there = |chosen: &Chosen| is_there(asked, &chosen.words);
    Ok(match c.origin {
        Origin::Sysconfig => own().filter(there).or_else(|| companion().filter(there)),
        Origin::Environment | Origin::Machine => {
            companion().filter(there).or_else(|| own().filter(there))
        }
    })
}

/// What kind of compiler a command starts: by its name, by the name of the file that it leads to,
/// and only if neither tells by asking it.
///
/// # Errors
/// The compiler's version is asked for and the user interrupts.
pub(super) fn family(asked: &ToolchainRequest, command: &[String]) -> Result<Family> {
    let name = &command[compiler_at(command)];
    let resolved = which(asked, name);
    let real = resolved.as_ref().and_then(|path| std::fs::canonicalize(path).ok());
    let real = real.as_deref().and_then(|path| path.to_str()).unwrap_or_default();
    let family = match family_of_name(name) {
        _ if is_apples(asked, name) => Family::Clang { version: None },
        Some(family) => family,
        None => family_of_name(real)
            .or_else(|| command.iter().find_map(|word| family_of_name(word)))
            .unwrap_or_else(|| probe(resolved)),
    };
    let version = || match version_of_name(real) {
        Some(version) => Ok(Some(version)),
        None => dumped_version(asked, command),
    };
    Ok(match family {
        Family::Gcc { version: None } => Family::Gcc { version: version()? },
        Family::Clang { version: None } => Family::Clang { version: version()? },
        known => known,
    })
}

/// On macOS `gcc` and `cc` are names of clang.
fn is_apples(asked: &ToolchainRequest, name: &str) -> bool {
    asked.interpreter.is_macos() && matches!(command_line::stem(name).as_str(), "gcc" | "cc")
}

/// Asks the compiler itself, as the `cc` crate does it: by running its preprocessor. A program
/// that answers nothing sensible is taken for GCC, which the least can go wrong with.
fn probe(program: Option<PathBuf>) -> Family {
    const TARGET: &str = "x86_64-unknown-linux-gnu"; // decides nothing here, but cc insists
    let unknown = Family::Gcc { version: Some(0) };
    let Some(program) = program else { return unknown };
    let mut build = cc::Build::new();
    build.cargo_metadata(false).cargo_warnings(false).cargo_debug(false).cargo_output(false);
    build.emit_rerun_if_env_changed(false).inherit_rustflags(false).no_default_flags(true);
    build.target(TARGET).host(TARGET).opt_level(2).out_dir(std::env::temp_dir()).compiler(program);
    match build.try_get_compiler() {
        Ok(tool) if tool.is_like_clang() => Family::Clang { version: None },
        Ok(tool) if tool.is_like_gnu() => Family::Gcc { version: None },
        _ => unknown,
    }
}

fn dumped_version(asked: &ToolchainRequest, command: &[String]) -> Result<Option<u32>> {
    let mut arguments = command[1..driver_length(command)].to_vec();
    arguments.push("-dumpversion".into());
    let finished = process::run(&invocation(asked, &command[0], arguments), Output::Captured)?;
    Ok(command_line::major(&finished.output).filter(|_| finished.status.success()))
}

/// `-ffile-prefix-map` came with GCC 8, clang 10 and Apple's clang 12.
pub(super) fn prefix_map(asked: &ToolchainRequest, family: Family) -> PrefixMap {
    let known = match family {
        Family::Gcc { version } => version >= Some(8),
        Family::Clang { version } if asked.interpreter.is_macos() => version >= Some(12),
        Family::Clang { version } => version >= Some(10),
        Family::Msvc { .. } => false,
    };
    if known { PrefixMap::Supported } else { PrefixMap::Unsupported }
}

/// The compiler of the `ziglang` package, where the interpreter can import it.
fn ziglang(asked: &ToolchainRequest) -> Option<Vec<String>> {
    let python = asked.interpreter.executable.to_str()?.to_owned();
    let arguments = ["-m", "ziglang"].map(str::to_owned);
    let question = [&arguments[..], &["version".to_owned()]].concat();
    let finished = process::run(&invocation(asked, &python, question), Output::Captured).ok()?;
    let [module, name] = arguments;
    finished.status.success().then(|| vec![python, module, name, "cc".into()])
}

fn invocation(asked: &ToolchainRequest, program: &str, arguments: Vec<String>) -> Invocation {
    Invocation {
        program: program.into(),
        arguments: arguments.into_iter().map(Into::into).collect(),
        directory: asked.directory.to_owned(),
        environment: asked.environment.clone(),
    }
}

/// The programs that a command starts, without its launcher, with what they are links to. A link
/// to a launcher (`/usr/lib/ccache/gcc`) stands for what comes after it in `PATH`.
pub fn programs(
    command: &Command,
    environment: &Environment,
    directory: &Path,
) -> BTreeSet<PathBuf> {
    let real = |word: &str| {
        let name = Path::new(word).file_name().filter(|name| *name != word);
        let words = std::iter::once(OsStr::new(word)).chain(name);
        let found = words.flat_map(|word| which_all(environment, directory, word));
        let mut found = found.map(|path| std::fs::canonicalize(&path).unwrap_or(path)).peekable();
        let first = found.peek().cloned();
        let is_compiler = |path: &PathBuf| !command_line::is_launcher(&path.to_string_lossy());
        found.find(is_compiler).or(first)
    };
    let words = command.driver.iter().filter(|word| !word.starts_with('-'));
    words.filter_map(|word| real(word)).collect()
}

/// Where a program is: in `PATH` of the given environment, or relative to the project root.
pub(super) fn which(asked: &ToolchainRequest, program: impl AsRef<OsStr>) -> Option<PathBuf> {
    which_all(asked.environment, asked.directory, program.as_ref()).next()
}

fn which_all(
    environment: &Environment,
    directory: &Path,
    program: &OsStr,
) -> impl Iterator<Item = PathBuf> {
    // Windows says `Path` as often as `PATH`.
    let is_path = |name: &OsStr| match cfg!(windows) {
        true => name.eq_ignore_ascii_case("PATH"),
        false => name == "PATH",
    };
    let path = environment.0.iter().find(|(name, _)| is_path(name)).map(|(_, value)| value);
    which::which_in_all(program, path, directory).into_iter().flatten()
}

/// Whether both the launcher and the compiler behind it can be started.
fn is_there(asked: &ToolchainRequest, command: &[String]) -> bool {
    missing_word(asked, command).is_none()
}

pub(super) fn missing_word<'a>(
    asked: &ToolchainRequest,
    command: &'a [String],
) -> Option<&'a String> {
    let compiler = &command[compiler_at(command)];
    let words = match command_line::stem(compiler).as_str() {
        "ziglang" => [&command[0], &command[0]], // a module; asked for when it was found
        _ => [&command[0], compiler],
    };
    words.into_iter().find(|word| which(asked, word).is_none())
}

pub(super) fn require(asked: &ToolchainRequest, command: &[String], variable: &str) -> Result<()> {
    let Some(word) = missing_word(asked, command) else { return Ok(()) };
    let path = asked.environment.text("PATH").unwrap_or("(not set)");
    Err(Error::new(format!("the compiler `{word}` is not there"))
        .note(format!("the environment says {variable}={}", command.join(" ")))
        .note(format!("PATH is {path}"))
        .hint(format!("install `{word}`, or correct or unset {variable}")))
}

pub(super) fn no_compiler(asked: &ToolchainRequest) -> Error {
    let own = match &asked.sysconfig.cc {
        Some(cc) => format!("`{cc}` (sysconfig of {})", asked.interpreter.executable.display()),
        None => "nothing in Python's sysconfig".into(),
    };
    Error::new("no C compiler found")
        .note(format!(
            "looked for: CC of the environment (not set), {own}, {}`cc`, `gcc` and `clang` in \
             PATH, and the Python package ziglang",
            if asked.interpreter.is_windows() { "Visual Studio's `cl`, " } else { "" }
        ))
        .hint(how_to_get(Language::C))
}

/// How to get a compiler on this system, on one line.
pub(super) fn how_to_get(language: Language) -> String {
    let system = match (std::env::consts::OS, language) {
        ("macos", _) => "xcode-select --install",
        ("windows", _) => {
            "install the Visual Studio Build Tools with \"Desktop development with C++\""
        }
        (_, Language::C) => {
            "`apt install build-essential` (Debian, Ubuntu) or `dnf install gcc` (Fedora)"
        }
        (_, Language::Cxx) => {
            "`apt install build-essential` (Debian, Ubuntu) or `dnf install gcc-c++` (Fedora)"
        }
    };
    format!("{system}; or `pip install ziglang` into the environment that builds")
}
