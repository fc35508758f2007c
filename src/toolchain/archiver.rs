//! The program that puts objects into an archive.

use crate::error::Result;
use crate::toolchain::command_line::{self, compiler_at};
use crate::toolchain::commands::ToolCommand;
use crate::toolchain::machine::{self, which};
use crate::toolchain::request::ToolchainRequest;

/// What the archiver of GCC-like compilers is told: to replace members, without a word, with an
/// index; and to write no times and owners, so that the same objects make the same bytes.
const DETERMINISTIC: &str = "rcsD";
/// Apple's knows no `D`; `ZERO_AR_DATE` says it there.
const OF_APPLE: &str = "rcs";

/// The archiver: `AR` of the environment, else the one that belongs to the C compiler, whose
/// objects it has to know (LTO), else `ar`.
///
/// # Errors
/// `AR` has a quote that is never closed.
pub(super) fn gnu(request: &ToolchainRequest, compiler: &[String]) -> Result<ToolCommand> {
    let flags = if request.target.interpreter.is_macos() { OF_APPLE } else { DETERMINISTIC };
    let words = match machine::named(request, "AR")? {
        Some(words) => words,
        None => companion(request, compiler),
    };
    Ok(ToolCommand::of(words, vec![flags.into()]))
}

fn companion(request: &ToolchainRequest, compiler: &[String]) -> Vec<String> {
    if command_line::is_zig(compiler) {
        let mut words = compiler[..=compiler_at(compiler)].to_vec(); // what follows is the compiler's
        words.push("ar".into());
        return words;
    }
    let names = archivers_of(&compiler[compiler_at(compiler)]);
    let found = names.into_iter().find(|name| which(request, name).is_some());
    vec![found.unwrap_or_else(|| "ar".into())]
}

/// The names that the archiver of a compiler may have: `x-gcc-ar-12` and `x-ar` for `x-gcc-12`.
fn archivers_of(compiler: &str) -> Vec<String> {
    let (folder, name) = match compiler.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), compiler),
    };
    let mut names = Vec::new();
    for (driver, archiver) in [("g++", "gcc-ar"), ("gcc", "gcc-ar"), ("clang", "llvm-ar")] {
        let Some((prefix, version)) = name.rsplit_once(driver) else { continue };
        names.push(format!("{folder}{prefix}{archiver}{version}"));
        names.push(format!("{folder}{prefix}{archiver}"));
        names.push(format!("{folder}{prefix}ar"));
        break;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archiver_has_the_name_of_its_compiler() {
        for (compiler, expected) in [
            ("gcc", "gcc-ar gcc-ar ar"),
            ("gcc-12", "gcc-ar-12 gcc-ar ar"),
            ("/opt/x/aarch64-linux-gnu-gcc", "/opt/x/aarch64-linux-gnu-gcc-ar"),
            ("clang-14", "llvm-ar-14 llvm-ar ar"),
            ("cc", ""),
        ] {
            let found = archivers_of(compiler).join(" ");
            assert!(found.starts_with(expected), "{compiler}: {found}");
        }
    }
}
