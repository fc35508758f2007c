//! Asks pkg-config for what packages are compiled and linked with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Environment, Macro, SourceText, Spanned};
use crate::process::{self, Invocation, Output};
use crate::report::advice;
use crate::toolchain::command_line::{self, Quoting};
use crate::toolchain::variables::{self, Role};

/// What pkg-config says, by the keys that mean the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageFlags {
    /// `-I`
    pub include_dirs: Vec<PathBuf>,
    /// `-D` and `-U`
    pub macros: Vec<Macro>,
    /// All else for the compiler.
    pub extra_compile_args: Vec<String>,
    /// `-L`
    pub library_dirs: Vec<PathBuf>,
    /// `-l`
    pub libraries: Vec<String>,
    /// All else for the linker.
    pub extra_link_args: Vec<String>,
}

/// Whether somebody says which pkg-config it is, or where it looks.
pub fn is_told(environment: &Environment) -> bool {
    variables::having(Role::PkgConfig).any(|name| environment.text(name).is_some())
}

/// The program, with its first words: `PKG_CONFIG` of the environment, else `pkg-config`.
///
/// # Errors
/// `PKG_CONFIG` is no command line.
pub fn program(environment: &Environment) -> Result<Vec<String>> {
    let named = variables::words(environment, "PKG_CONFIG")?.filter(|words| !words.is_empty());
    Ok(named.unwrap_or_else(|| vec!["pkg-config".to_owned()]))
}

/// Asks for packages, each perhaps with the version that it has to have: `libgit2 >= 1.7`.
///
/// # Errors
/// pkg-config is not there, or does not know one of the packages. With the place in `pyproject.toml`.
pub fn ask(
    packages: &[Spanned<String>],
    environment: &Environment,
    root: &Path,
    pyproject: &Arc<SourceText>,
) -> Result<PackageFlags> {
    let Some(first) = packages.first() else { return Ok(PackageFlags::default()) };
    let program = program(environment)?;
    let asked = Asked { program: &program, environment, root };
    let answer = |question: &str| {
        asked.answer(question, packages).map_err(|error| match packages {
            [_] => error.at(pyproject, first.span.clone()),
            // It names one at best, and perhaps one that another one needs.
            _ => asked.about_one(question, packages, pyproject).unwrap_or(error),
        })
    };
    Ok(sorted(answer("--cflags")?, answer("--libs")?))
}

/// How pkg-config is run.
struct Asked<'a> {
    program: &'a [String],
    environment: &'a Environment,
    root: &'a Path,
}

impl Asked<'_> {
    fn answer(&self, question: &str, packages: &[Spanned<String>]) -> Result<Vec<String>> {
        let names: Vec<String> = packages.iter().map(|one| spelled(&one.value)).collect();
        let question = ["--print-errors", question].map(str::to_owned);
        let words = self.program[1..].iter().chain(&question).chain(&names);
        let invocation = Invocation {
            program: self.program[0].clone().into(),
            arguments: words.map(Into::into).collect(),
            directory: self.root.to_owned(),
            environment: self.environment.clone(),
        };
        let names = names.join("`, `");
        let finished = process::run(&invocation, Output::Captured)
            .map_err(|error| hinted(error, "pkg-config: command not found"))?;
        if !finished.status.success() {
            let error = Error::new(format!("pkg-config does not know `{names}`"))
                .note(format!("the command was: {}", invocation.command_line()));
            return Err(hinted(error, &finished.output).output(finished.output));
        }
        // Warnings come before.
        let line = finished.output.lines().map(str::trim).rfind(|line| !line.is_empty());
        let line = line.unwrap_or_default();
        command_line::split(line, Quoting::Posix).ok_or_else(|| {
            Error::new(format!("pkg-config answers what is no command line: {line}"))
                .note(format!("the command was: {}", invocation.command_line()))
        })
    }

    /// The error about the first of several packages that alone is one.
    fn about_one(
        &self,
        question: &str,
        packages: &[Spanned<String>],
        pyproject: &Arc<SourceText>,
    ) -> Option<Error> {
        packages.iter().find_map(|package| {
            let error = self.answer(question, std::slice::from_ref(package)).err()?;
            Some(error.at(pyproject, package.span.clone()))
        })
    }
}

/// `libgit2>=1.7` as pkg-config takes it, which wants spaces.
fn spelled(package: &str) -> String {
    let is_sign = |c: char| matches!(c, '<' | '>' | '=' | '!');
    let Some(at) = package.find(is_sign) else { return package.trim().to_owned() };
    let (name, rest) = package.split_at(at);
    let version = rest.trim_start_matches(is_sign);
    let sign = &rest[..rest.len() - version.len()];
    format!("{} {sign} {}", name.trim(), version.trim())
}

fn hinted(error: Error, said: &str) -> Error {
    advice::for_output(said).into_iter().fold(error, Error::hint)
}

fn sorted(cflags: Vec<String>, libs: Vec<String>) -> PackageFlags {
    let mut flags = PackageFlags::default();
    for word in cflags {
        match word.split_at_checked(2) {
            Some(("-I", folder)) => flags.include_dirs.push(folder.into()),
            Some(("-D", text)) => flags.macros.push(Macro::defined(text)),
            Some(("-U", name)) => flags.macros.push(Macro::Undefine(name.into())),
            _ => flags.extra_compile_args.push(word),
        }
    }
    for word in libs {
        match word.split_at_checked(2) {
            Some(("-L", folder)) => flags.library_dirs.push(folder.into()),
            Some(("-l", name)) => flags.libraries.push(name.into()),
            _ => flags.extra_link_args.push(word),
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_spelled_as_pkg_config_wants_it() {
        for (text, expected) in [
            ("libgit2", "libgit2"),
            ("libgit2>=1.7", "libgit2 >= 1.7"),
            (" zlib  = 1.2 ", "zlib = 1.2"),
            ("gtk+-3.0 != 3", "gtk+-3.0 != 3"),
        ] {
            assert_eq!(spelled(text), expected);
        }
    }

    #[test]
    fn every_word_has_its_place() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let flags = sorted(
            words("-I/usr/include/a -DX=1 -DY -UZ -pthread"),
            words("-L/opt/lib -la -Wl,--as-needed -lb -pthread"),
        );
        assert_eq!(flags.include_dirs, [PathBuf::from("/usr/include/a")]);
        let define =
            |name: &str, value: Option<&str>| Macro::Define(name.into(), value.map(Into::into));
        let macros = [define("X", Some("1")), define("Y", None), Macro::Undefine("Z".into())];
        assert_eq!(flags.macros, macros);
        assert_eq!(flags.extra_compile_args, ["-pthread"]);
        assert_eq!(flags.library_dirs, [PathBuf::from("/opt/lib")]);
        assert_eq!(flags.libraries, ["a", "b"]);
        assert_eq!(flags.extra_link_args, ["-Wl,--as-needed", "-pthread"]);
    }
}
