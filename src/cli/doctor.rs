//! `officina doctor`

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use crate::build::commands::ProjectCommand;
use crate::build::doctor::{self, Examination};
use crate::cli::place::{Format, Place, command_anywhere, json as written};
use crate::doctor::{Finding, Verdict};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{Environment, Interpreter, WheelKind};
use crate::report::{self, one_line};

/// Check this machine and the project for what would make a build fail; no builder runs
///
/// It works outside a project too. The answer can be pasted into a bug report. The exit code is 1 if a
/// line says `fail`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    place: Place,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Looks, and says what it has found.
///
/// # Errors
/// A build would fail; the folder is not there; the Python cannot say what it is.
pub fn run(args: &DoctorArgs, environment: &Environment) -> Result<()> {
    let scratch = fs::scratch_dir_anywhere()?;
    let scratch = scratch.path();
    let command = command_anywhere(&args.place, scratch, environment, require_folder)?;
    let (command, environment) = &command.aimed(WheelKind::Standard, environment)?;
    let found = report::with_progress(|| doctor::examine(command, scratch, environment))?;
    report::out(&match args.format {
        Format::Json => written(&answer(&found, command))?,
        Format::Text => text(&found, command),
    });
    match found.count(Verdict::Fail) {
        0 => Ok(()),
        1 => Err(Error::new("one line says `fail`")),
        count => Err(Error::new(format!("{count} lines say `fail`"))),
    }
}

fn require_folder(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    Err(Error::new(format!("there is no folder `{}`", folder.display()))
        .hint("name the folder of a project, or any other to look at the machine alone"))
}

/// The version of the format of [`answer`].
const FORMAT: u64 = 1;

/// For programs: docs/doctor.md describes it.
fn answer(found: &Examination, command: &ProjectCommand) -> Value {
    let interpreter = &command.python.interpreter;
    let project = found.project.as_ref().map(
        |(name, version)| json!({ "name": name, "version": version, "folder": command.source_tree }),
    );
    let findings = |part: &str, findings: &[Finding]| -> Vec<Value> {
        let one = |finding: &Finding| {
            let mut value = serde_json::to_value(finding).unwrap_or_default();
            value["part"] = part.into();
            value
        };
        findings.iter().map(one).collect()
    };
    let all = [findings("machine", &found.machine), findings("project", &found.of_project)];
    json!({
        "format": FORMAT,
        "officina": env!("CARGO_PKG_VERSION"),
        "python": {
            "executable": interpreter.executable,
            "implementation": interpreter.implementation,
            "version": release(found, interpreter),
            "platform": interpreter.platform,
            "bits": interpreter.pointer_bits,
            "free_threaded": interpreter.free_threaded,
            "debug": interpreter.debug,
        },
        "system": system(found),
        "project": project,
        "ok": found.count(Verdict::Ok),
        "warn": found.count(Verdict::Warn),
        "fail": found.count(Verdict::Fail),
        "findings": all.concat(),
    })
}

fn release(found: &Examination, interpreter: &Interpreter) -> String {
    let release = found.state.as_ref().map(|state| state.release.clone());
    release.unwrap_or_else(|| interpreter.version.to_string())
}

fn system(found: &Examination) -> String {
    let system = found.state.as_ref().map(|state| state.system.clone());
    system.unwrap_or_else(|| std::env::consts::OS.to_owned())
}

/// For people.
fn text(found: &Examination, command: &ProjectCommand) -> String {
    let interpreter = &command.python.interpreter;
    let kind = match (interpreter.free_threaded, interpreter.debug) {
        (true, true) => ", free-threaded, debug",
        (true, false) => ", free-threaded",
        (false, true) => ", debug",
        (false, false) => "",
    };
    let python = format!(
        "{} {}{kind}, {} bits, {} ({})",
        interpreter.implementation,
        release(found, interpreter),
        interpreter.pointer_bits,
        interpreter.platform,
        interpreter.executable.display(),
    );
    let project = match &found.project {
        Some((name, version)) => format!("{name} {version} ({})", command.source_tree.display()),
        None if found.of_project.is_empty() => {
            format!("none in {}", command.source_tree.display())
        }
        None => format!("in {}", command.source_tree.display()),
    };
    let mut text = format!("officina  {}\n", env!("CARGO_PKG_VERSION"));
    for (name, value) in [("python", &python), ("system", &system(found)), ("project", &project)] {
        text.push_str(&format!("{name:<8}  {}\n", one_line(value)));
    }
    for findings in [&found.machine, &found.of_project] {
        if !findings.is_empty() {
            text.push('\n');
        }
        findings.iter().for_each(|finding| text.push_str(&lines(finding)));
    }
    text
}

fn lines(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::Ok => "ok",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
    };
    let subject = finding.subject.name();
    let mut text = format!("{verdict:<4}  {subject:<16}  {}\n", one_line(&finding.what));
    let said = finding.output.as_deref().unwrap_or_default().lines();
    said.for_each(|line| text.push_str(&format!("      | {}\n", one_line(line))));
    for note in &finding.notes {
        text.push_str(&format!("      {}\n", one_line(note)));
    }
    for next in &finding.next {
        text.push_str(&format!("      next: {}\n", one_line(next)));
    }
    text
}
