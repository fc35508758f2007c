//! `compile_commands.json`: how each source is compiled, for clangd and the like.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::fs;
use crate::model::COMPILE_COMMANDS;
use crate::steps::context::CompileContext;

/// The command that compiles one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCommand {
    /// The source as its builder spelled it.
    pub source: PathBuf,
    /// The whole command.
    pub command: Vec<OsString>,
}

/// One compile in the form of <https://clang.llvm.org/docs/JSONCompilationDatabase.html>; `file` is seen
/// from `directory`.
pub fn entry(directory: &Path, file: &str, command: &[String]) -> Value {
    json!({ "directory": directory, "file": file, "arguments": without_dep_file(command) })
}

/// A tool that only looks must not write where a build does.
fn without_dep_file(command: &[String]) -> Vec<&String> {
    let mut kept = Vec::new();
    let mut words = command.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-MT" | "-MF" | "/sourceDependencies" => drop(words.next()),
            word if word == "-MD" || word.starts_with("/clang:-M") || word == "/clang:read" => {}
            _ => kept.push(word),
        }
    }
    kept
}

/// Writes the file of the project, unless it says the same already. A build is not spoiled by a tree
/// that cannot be written.
pub(super) fn write(commands: &[SourceCommand], context: &CompileContext) {
    if let Err(error) = written(commands, context) {
        context.console.warning(&format!("there is no new `{COMPILE_COMMANDS}`: {error}"));
    }
}

fn written(commands: &[SourceCommand], context: &CompileContext) -> Result<()> {
    let root = context.paths.root;
    let target = root.join(COMPILE_COMMANDS);
    // What a temporary build folder holds is gone before anybody looks.
    let lasts = |one: &&SourceCommand| {
        context.keeps_build_dir || !one.source.starts_with(context.paths.build_dir)
    };
    let text = |word: &OsStr| word.to_string_lossy().into_owned();
    let of_source = |one: &SourceCommand| {
        let words: Vec<String> = one.command.iter().map(|word| text(word)).collect();
        entry(root, &text(one.source.as_os_str()), &words)
    };
    let entries: Vec<Value> = commands.iter().filter(lasts).map(of_source).collect();
    let json = serde_json::to_string_pretty(&entries)
        .map_err(|e| Error::new(format!("cannot write the commands: {e}")))?;
    let json = format!("{json}\n");
    if std::fs::read(&target).is_ok_and(|old| old == json.as_bytes()) {
        return Ok(());
    }
    fs::write_product(&target, |part| {
        std::io::Write::write_all(part, json.as_bytes())
            .map_err(|e| Error::io("write", &target, &e))
    })
}
