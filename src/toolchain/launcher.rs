//! The program that compilers are run by (`compiler-launcher`): a cache of what they made, or one
//! that lets other machines do it. It makes what the compiler would make, so a build can go without.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::{SettingOrigin, SettingValue};
use crate::toolchain::command_line::{self, Quoting, compiler_at};
use crate::toolchain::commands::{ToolCommand, Toolchain};
use crate::toolchain::machine::{is_path_with_spaces, missing_word, which};
use crate::toolchain::request::ToolchainRequest;

/// Lets the launcher that somebody asked for run the compilers. Links are not its business.
///
/// # Errors
/// It is not there, or a quote in it is never closed, and whoever builds asked for it.
pub(super) fn put_before(
    mut toolchain: Toolchain,
    request: &ToolchainRequest,
) -> Result<Toolchain> {
    let Some(said) = request.launcher.filter(|said| !said.value.trim().is_empty()) else {
        return Ok(toolchain);
    };
    let launcher = words_of(said, request)?;
    if let Some(word) = missing_word(request, &launcher) {
        toolchain.warnings.push(missing(word, said, request)?);
        return Ok(toolchain);
    }
    let commands = std::iter::once(&mut toolchain.c).chain(&mut toolchain.cxx);
    for compile in commands.map(|commands| &mut commands.compile) {
        if compile.launcher.is_empty() && !is_itself(&launcher, compile, request) {
            compile.launcher.clone_from(&launcher);
        }
    }
    Ok(toolchain)
}

fn words_of(said: &SettingValue<String>, request: &ToolchainRequest) -> Result<Vec<String>> {
    let text = said.value.trim();
    if is_path_with_spaces(request, text) {
        return Ok(vec![text.to_owned()]);
    }
    command_line::split(text, Quoting::HERE).filter(|words| !words.is_empty()).ok_or_else(|| {
        let message = format!("`compiler-launcher` has a quote that is never closed: {text}");
        Error::new(message).hint("close the quote").set_by(&said.origin)
    })
}

/// The project may ask for a cache that others do not have; for whoever builds it is a mistake.
fn missing(word: &str, said: &SettingValue<String>, request: &ToolchainRequest) -> Result<String> {
    let what = format!("the compiler launcher `{word}` is not there");
    let path = request.environment.text("PATH").unwrap_or("(not set)");
    match said.origin {
        SettingOrigin::Pyproject(_) => Ok(format!("{what}: compiling without it")),
        SettingOrigin::ConfigSetting(_) | SettingOrigin::Variable(_) => Err(Error::new(what)
            .set_by(&said.origin)
            .note(format!("PATH is {path}"))
            .hint(format!("install `{word}`, or name nothing to compile without a launcher"))),
    }
}

/// Whether the compiler that `PATH` leads to is the launcher under another name, as in
/// `/usr/lib/ccache`.
fn is_itself(launcher: &[String], compile: &ToolCommand, request: &ToolchainRequest) -> bool {
    let real = |words: &[String]| -> Option<PathBuf> {
        std::fs::canonicalize(which(request, &words[compiler_at(words)])?).ok()
    };
    real(launcher).is_some_and(|program| real(&compile.driver) == Some(program))
}

/// The launcher that the compiler of a command is, under the compiler's name: a link in `PATH` leads to
/// it.
pub fn launcher_in_disguise(compile: &ToolCommand, request: &ToolchainRequest) -> Option<String> {
    let program = which(request, &compile.driver[compiler_at(&compile.driver)])?;
    let real = std::fs::canonicalize(program).ok()?;
    let name = real.file_name()?.to_str()?;
    command_line::is_launcher(name).then(|| name.to_owned())
}
