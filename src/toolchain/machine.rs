//! Looks at the machine: which programs are there, and what kind of compiler they are.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::{CrossTarget, Environment, Language};
use crate::process::{self, Invocation, Output};
use crate::report::advice::install::{self, HostSystem, compiler};
use crate::toolchain::command_line::{
    self, Quoting, compiler_at, driver_length, family_of_name, version_of_name,
};
use crate::toolchain::compiler_choice::{CompilerChoice, NamedBy};
use crate::toolchain::family::{Family, PrefixMap};
use crate::toolchain::request::ToolchainRequest;
use crate::toolchain::variables;

/// The command that a variable of the environment names, if it names one.
pub(super) fn named(request: &ToolchainRequest, variable: &str) -> Result<Option<Vec<String>>> {
    let Some(text) = request.environment.text(variable).map(str::trim) else { return Ok(None) };
    if is_path_with_spaces(request, text) {
        return Ok(Some(vec![text.to_owned()]));
    }
    Ok(variables::words(request.environment, variable)?.filter(|words| !words.is_empty()))
}

/// A path with spaces that nobody quoted is a path all the same if it is there.
pub(super) fn is_path_with_spaces(request: &ToolchainRequest, text: &str) -> bool {
    text.contains(char::is_whitespace) && request.directory.join(text).is_file()
}

/// The C compiler, with `named` by the environment.
///
/// # Errors
/// There is none, or the one that the environment names is not there.
pub(super) fn c_compiler(
    request: &ToolchainRequest,
    named: Option<Vec<String>>,
) -> Result<CompilerChoice> {
    if let Some(words) = named {
        require(request, &words, "CC")?;
        return Ok(CompilerChoice { words, named_by: NamedBy::Environment });
    }
    if let Some(cross) = &request.target.sysconfig.cross {
        return cross_compiler(request, cross);
    }
    let own = request
        .target
        .sysconfig
        .cc
        .as_deref()
        .and_then(|cc| command_line::split(cc, Quoting::Posix));
    if let Some(words) = own.filter(|words| is_there(request, words)) {
        return Ok(CompilerChoice { words, named_by: NamedBy::Sysconfig });
    }
    ["cc", "gcc", "clang"]
        .iter()
        .map(|&name| vec![name.to_owned()])
        .find(|words| is_there(request, words))
        .or_else(|| ziglang(request))
        .map(|words| CompilerChoice { words, named_by: NamedBy::Machine })
        .ok_or_else(|| no_compiler(request))
}

/// The C compiler for another machine: one that has the machine in its name, else zig.
///
/// # Errors
/// There is none.
fn cross_compiler(request: &ToolchainRequest, cross: &CrossTarget) -> Result<CompilerChoice> {
    let gcc = |prefix: &String| vec![format!("{prefix}-gcc")];
    let zig =
        || Some(vec!["zig".to_owned(), "cc".to_owned()]).filter(|words| is_there(request, words));
    let for_target = |mut words: Vec<String>| {
        words.extend(["-target".to_owned(), cross.triple.zig()]);
        words
    };
    cross
        .compilers
        .iter()
        .map(gcc)
        .find(|words| is_there(request, words))
        .or_else(|| zig().or_else(|| ziglang(request)).map(for_target))
        .map(|words| CompilerChoice { words, named_by: NamedBy::Machine })
        .ok_or_else(|| no_cross_compiler(cross))
}

/// The C++ compiler, if there is one: named, or the companion of a C compiler that was chosen
/// against sysconfig, or sysconfig's.
///
/// # Errors
/// The one that the environment names is not there.
pub(super) fn cxx_compiler(
    request: &ToolchainRequest,
    c: &CompilerChoice,
) -> Result<Option<CompilerChoice>> {
    if let Some(words) = named(request, "CXX")? {
        require(request, &words, "CXX")?;
        return Ok(Some(CompilerChoice { words, named_by: NamedBy::Environment }));
    }
    let own = || {
        let words = command_line::split(request.target.sysconfig.cxx.as_deref()?, Quoting::Posix)?;
        Some(CompilerChoice { words, named_by: NamedBy::Sysconfig })
    };
    let companion = || {
        let words = command_line::cxx_companion(&c.words)?;
        Some(CompilerChoice { words, named_by: c.named_by })
    };
    let there = |chosen: &CompilerChoice| is_there(request, &chosen.words);
    Ok(match c.named_by {
        NamedBy::Sysconfig => own().filter(there).or_else(|| companion().filter(there)),
        NamedBy::Environment | NamedBy::Machine => {
            companion().filter(there).or_else(|| own().filter(there))
        }
    })
}

/// What kind of compiler a command starts: by its name, by the name of the file that it leads to,
/// and only if neither tells by asking it.
///
/// # Errors
/// The compiler's version is asked for and the user interrupts.
pub(super) fn family(request: &ToolchainRequest, command: &[String]) -> Result<Family> {
    let name = &command[compiler_at(command)];
    let resolved = which(request, name);
    let real = resolved.as_ref().and_then(|path| std::fs::canonicalize(path).ok());
    let real = real.as_deref().and_then(|path| path.to_str()).unwrap_or_default();
    let family = match family_of_name(name) {
        _ if is_apples(request, name) => Family::Clang { version: None },
        Some(family) => family,
        None => family_of_name(real)
            .or_else(|| command.iter().find_map(|word| family_of_name(word)))
            .unwrap_or_else(|| probe(resolved)),
    };
    let version = || match version_of_name(real) {
        Some(version) => Ok(Some(version)),
        None => dumped_version(request, command),
    };
    Ok(match family {
        Family::Gcc { version: None } => Family::Gcc { version: version()? },
        Family::Clang { version: None } => Family::Clang { version: version()? },
        known => known,
    })
}

/// On macOS `gcc` and `cc` are names of clang.
fn is_apples(request: &ToolchainRequest, name: &str) -> bool {
    request.target.interpreter.is_macos()
        && matches!(command_line::stem(name).as_str(), "gcc" | "cc")
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

fn dumped_version(request: &ToolchainRequest, command: &[String]) -> Result<Option<u32>> {
    let mut arguments = command[1..driver_length(command)].to_vec();
    arguments.push("-dumpversion".into());
    let finished = process::run(&invocation(request, &command[0], arguments), Output::Captured)?;
    Ok(command_line::major(&finished.output).filter(|_| finished.status.success()))
}

/// `-ffile-prefix-map` came with GCC 8, clang 10 and Apple's clang 12.
pub(super) fn prefix_map(request: &ToolchainRequest, family: Family) -> PrefixMap {
    let known = match family {
        Family::Gcc { version } => version >= Some(8),
        Family::Clang { version } if request.target.interpreter.is_macos() => version >= Some(12),
        Family::Clang { version } => version >= Some(10),
        Family::Msvc { .. } => false,
    };
    if known { PrefixMap::Supported } else { PrefixMap::Unsupported }
}

/// The compiler of the `ziglang` package, where the interpreter can import it.
fn ziglang(request: &ToolchainRequest) -> Option<Vec<String>> {
    let python = request.target.interpreter.executable.to_str()?.to_owned();
    let arguments = ["-m", "ziglang"].map(str::to_owned);
    let question = [&arguments[..], &["version".to_owned()]].concat();
    let finished = process::run(&invocation(request, &python, question), Output::Captured).ok()?;
    let [module, name] = arguments;
    finished.status.success().then(|| vec![python, module, name, "cc".into()])
}

fn invocation(request: &ToolchainRequest, program: &str, arguments: Vec<String>) -> Invocation {
    Invocation {
        program: program.into(),
        arguments: arguments.into_iter().map(Into::into).collect(),
        directory: request.directory.to_owned(),
        environment: request.environment.clone(),
    }
}

/// Where a program is: in `PATH` of the given environment, or relative to the project root.
pub(super) fn which(request: &ToolchainRequest, program: impl AsRef<OsStr>) -> Option<PathBuf> {
    which_all(request.environment, request.directory, program.as_ref()).next()
}

pub(super) fn which_all(
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
fn is_there(request: &ToolchainRequest, command: &[String]) -> bool {
    missing_word(request, command).is_none()
}

pub(super) fn missing_word<'a>(
    request: &ToolchainRequest,
    command: &'a [String],
) -> Option<&'a String> {
    let compiler = &command[compiler_at(command)];
    let words = match command_line::stem(compiler).as_str() {
        "ziglang" => [&command[0], &command[0]], // a module; asked for when it was found
        _ => [&command[0], compiler],
    };
    words.into_iter().find(|word| which(request, word).is_none())
}

pub(super) fn require(
    request: &ToolchainRequest,
    command: &[String],
    variable: &str,
) -> Result<()> {
    let Some(word) = missing_word(request, command) else { return Ok(()) };
    let path = request.environment.text("PATH").unwrap_or("(not set)");
    Err(Error::new(format!("the compiler `{word}` is not there"))
        .note(format!("the environment says {variable}={}", command.join(" ")))
        .note(format!("PATH is {path}"))
        .hint(format!("install `{word}`, or correct or unset {variable}")))
}

fn no_cross_compiler(cross: &CrossTarget) -> Error {
    let names: Vec<String> = cross.compilers.iter().map(|name| format!("`{name}-gcc`")).collect();
    Error::new(format!("no C compiler found that builds for `{}`", cross.triple))
        .note(format!(
            "looked for: CC of the environment (not set), {} and `zig` in PATH, and the Python \
             package ziglang",
            names.join(", ")
        ))
        .hint(install::cross_compiler(&cross.triple.gnu()))
}

pub(super) fn no_compiler(request: &ToolchainRequest) -> Error {
    let own = match &request.target.sysconfig.cc {
        Some(cc) => {
            format!("`{cc}` (sysconfig of {})", request.target.interpreter.executable.display())
        }
        None => "nothing in Python's sysconfig".into(),
    };
    Error::new("no C compiler found")
        .note(format!(
            "looked for: CC of the environment (not set), {own}, {}`cc`, `gcc` and `clang` in \
             PATH, and the Python package ziglang",
            if request.target.interpreter.is_windows() { "Visual Studio's `cl`, " } else { "" }
        ))
        .hint(compiler(Language::C, HostSystem::THIS))
}
