//! What pkg-config says about packages, added to a declared module as `set_source_pkgconfig()` does.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Environment, ModuleDeclaration, SourceText, Spanned};
use crate::process::{self, Invocation, Output};
use crate::report::advice;
use crate::toolchain::command_line::{Quoting, split};
use crate::toolchain::variables;

/// A declaration with the flags of its packages.
///
/// # Errors
/// pkg-config is not there, does not know a package, or only an older one.
pub fn with_packages(
    mut declaration: ModuleDeclaration,
    environment: &Environment,
    root: &Path,
    pyproject: &Arc<SourceText>,
) -> Result<ModuleDeclaration> {
    let program = variables::words(environment, "PKG_CONFIG")?.filter(|words| !words.is_empty());
    let program = program.unwrap_or_else(|| vec!["pkg-config".to_owned()]);
    for package in declaration.pkg_config.clone() {
        let place = package.span.clone();
        let ask = |option: &str| {
            asked(&program, option, &spelled(&package.value), environment, root)
                .map_err(|error| error.at(pyproject, place.clone()))
        };
        for (option, rest) in [("--cflags", "extra_compile_args"), ("--libs", "extra_link_args")] {
            for word in ask(option)? {
                let (argument, word) = sorted(&word, rest);
                declaration.extend(argument, vec![Spanned::new(word.to_owned(), place.clone())]);
            }
        }
    }
    Ok(declaration)
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

/// Which argument of `set_source()` a flag belongs to, `rest` if it is none of the usual ones.
fn sorted<'w>(word: &'w str, rest: &'static str) -> (&'static str, &'w str) {
    const FLAGS: [(&str, &str); 4] = [
        ("-I", "include_dirs"),
        ("-D", "define_macros"),
        ("-L", "library_dirs"),
        ("-l", "libraries"),
    ];
    let known = FLAGS.iter().find(|(flag, _)| word.starts_with(flag) && word.len() > flag.len());
    known.map_or((rest, word), |(flag, argument)| (argument, &word[flag.len()..]))
}

fn asked(
    program: &[String],
    option: &str,
    package: &str,
    environment: &Environment,
    root: &Path,
) -> Result<Vec<String>> {
    let mut arguments = program[1..].to_vec();
    arguments.extend(["--print-errors".to_owned(), option.to_owned(), package.to_owned()]);
    let invocation = Invocation {
        program: (&program[0]).into(),
        arguments: arguments.iter().map(Into::into).collect(),
        directory: root.to_owned(),
        environment: environment.clone(),
    };
    let finished = process::run(&invocation, Output::Captured).map_err(|error| {
        let hints = advice::for_output("pkg-config: command not found");
        hints.into_iter().fold(error, Error::hint)
    })?;
    if !finished.status.success() {
        let error = Error::new(format!("pkg-config has no `{package}`"))
            .note(format!("the command was: {}", invocation.command_line()));
        let hints = advice::for_output(&finished.output);
        let error = hints.into_iter().fold(error, Error::hint);
        return Err(error.output(finished.output));
    }
    // Warnings come before.
    let line = finished.output.lines().map(str::trim).rfind(|line| !line.is_empty());
    split(line.unwrap_or_default(), Quoting::Posix)
        .ok_or_else(|| Error::new(format!("pkg-config says nonsense about `{package}`: {line:?}")))
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
}
