//! Writes the headers of crates, with the developer's own cbindgen. Builds never run it.

use std::path::Path;
use std::sync::Arc;

use crate::build::commands::{FileWork, ProjectCommand};
use crate::build::outcome::finished;
use crate::build::project::load;
use crate::config::toml;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{DeclaredCrate, Environment, Hook, Project, Spanned, WheelKind};
use crate::process::{self, Invocation, Output};

/// Runs cbindgen for each crate that has a `header`; returns these headers, relative to the project
/// root.
///
/// # Errors
/// No crate has one, cbindgen is not there or fails, or a header is not what it would write.
pub fn run(
    command: &ProjectCommand,
    work: FileWork,
    environment: &Environment,
) -> Result<Vec<String>> {
    finished(headers(command, work, environment))
}

fn headers(
    command: &ProjectCommand,
    work: FileWork,
    environment: &Environment,
) -> Result<Vec<String>> {
    let hook = Hook::GetRequiresForBuildWheel { kind: WheelKind::Standard };
    let project = load(&command.request(hook), environment)?;
    let crates = project.settings.native.crates.iter();
    let headers = crates.filter_map(|one| Some((one, one.header.as_ref()?)));
    let headers: Vec<(&DeclaredCrate, &Spanned<String>)> = headers.collect();
    if headers.is_empty() {
        return Err(Error::new("no crate of this project has a `header`")
            .hint("name it in `[[tool.officina.crates]]`: `header = \"include/name.h\"`"));
    }
    for (declared, header) in &headers {
        one(declared, header, work, &project, environment)?;
    }
    Ok(headers.into_iter().map(|(_, header)| header.value.clone()).collect())
}

fn one(
    declared: &DeclaredCrate,
    header: &Spanned<String>,
    work: FileWork,
    project: &Project,
    environment: &Environment,
) -> Result<()> {
    let mut words = vec![declared.path.value.as_str(), "--output", &header.value];
    if !says_language(&project.root.join(&declared.path.value).join("cbindgen.toml"))? {
        words.extend(["--lang", "c"]);
    }
    words.extend((work == FileWork::Compare).then_some("--verify"));
    let named = environment.text("CBINDGEN").filter(|named| !named.is_empty());
    let invocation = Invocation {
        program: named.unwrap_or("cbindgen").into(),
        arguments: words.into_iter().map(Into::into).collect(),
        directory: project.root.clone(),
        environment: environment.clone(),
    };
    let error = |message: String| Error::new(message).at(&project.pyproject, header.span.clone());
    let path = environment.0.get(std::ffi::OsStr::new("PATH"));
    which::which_in(&invocation.program, path, &project.root).map_err(|failed| {
        error(format!("`{}` is written by cbindgen, which is not there", header.value))
            .note(failed.to_string())
            .hint("install it: `cargo install cbindgen`, or name it in the variable CBINDGEN")
    })?;
    if work == FileWork::Write {
        fs::create_parent(&project.root.join(&header.value))?;
    }
    let finished = process::run(&invocation, Output::Inherited)?;
    if finished.status.success() {
        return Ok(());
    }
    let (name, ending) = (&header.value, finished.ending());
    let command = format!("the command was: {}", invocation.command_line());
    Err(match work {
        FileWork::Write => error(format!("cbindgen did not write `{name}`: {ending}"))
            .note(command)
            .hint("what it said stands above"),
        FileWork::Compare => error(format!("`{name}` is not what cbindgen would write: {ending}"))
            .note(command)
            .hint("write it anew with `officina header`"),
    })
}

/// Whether the settings of cbindgen say which language it writes: else that would be C++.
fn says_language(settings: &Path) -> Result<bool> {
    if !settings.is_file() {
        return Ok(false);
    }
    let text = Arc::new(fs::read_source(settings, "cbindgen.toml")?);
    Ok(toml::parse(&text)?.get("language").is_some())
}
