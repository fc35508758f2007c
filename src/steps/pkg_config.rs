//! Asks pkg-config for what packages are compiled and linked with.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::{Environment, Macro};
use crate::process::{self, Invocation, Output};
use crate::report::advice;
use crate::toolchain::command_line::{self, Quoting};
use crate::toolchain::variables;

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

/// Asks for packages, each with the version that it has to have: `libgit2 >= 1.7`. The program is
/// `PKG_CONFIG` of the environment, else `pkg-config`.
///
/// # Errors
/// pkg-config is not there, or does not know one of the packages.
pub fn ask(packages: &[String], environment: &Environment, root: &Path) -> Result<PackageFlags> {
    if packages.is_empty() {
        return Ok(PackageFlags::default());
    }
    let program = variables::words(environment, "PKG_CONFIG")?.filter(|words| !words.is_empty());
    let program = program.unwrap_or_else(|| vec!["pkg-config".into()]);
    let answer = |question: &str| {
        let question = ["--print-errors", question].map(str::to_owned);
        let words = program[1..].iter().chain(&question).chain(packages);
        let invocation = Invocation {
            program: program[0].clone().into(),
            arguments: words.map(Into::into).collect(),
            directory: root.to_owned(),
            environment: environment.clone(),
        };
        let finished = process::run(&invocation, Output::Captured)
            .map_err(|error| hinted(error, &format!("{}: not found", program[0])))?;
        if finished.status.success() {
            return Ok(command_line::split(&finished.output, Quoting::Posix).unwrap_or_default());
        }
        let names = packages.join("`, `");
        let error = Error::new(format!("pkg-config does not know `{names}`"))
            .note(format!("the command was: {}", invocation.command_line()));
        Err(hinted(error, &finished.output).output(finished.output))
    };
    Ok(sorted(answer("--cflags")?, answer("--libs")?))
}

fn hinted(error: Error, said: &str) -> Error {
    advice::for_output(said).into_iter().fold(error, Error::hint)
}

fn sorted(cflags: Vec<String>, libs: Vec<String>) -> PackageFlags {
    let mut flags = PackageFlags::default();
    for word in cflags {
        match word.split_at_checked(2) {
            Some(("-I", folder)) => flags.include_dirs.push(folder.into()),
            Some(("-D", text)) => flags.macros.push(match text.split_once('=') {
                Some((name, value)) => Macro::Define(name.into(), Some(value.into())),
                None => Macro::Define(text.into(), None),
            }),
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
