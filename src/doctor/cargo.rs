//! The Rust toolchain, for projects with crates.

use pep440_rs::Version;

use crate::doctor::finding::{Finding, Subject};
use crate::doctor::probe::ProbeContext;
use crate::error::Result;
use crate::process::{self, Invocation, Output};

/// Looks for cargo and rustc; `least` is the `rust-version` of the crate at `path`.
///
/// # Errors
/// The user interrupts.
pub fn cargo(machine: &ProbeContext, path: &str, least: Option<&str>) -> Result<Vec<Finding>> {
    let subject = Subject::Cargo;
    let mut findings = Vec::new();
    for (variable, default) in [("CARGO", "cargo"), ("RUSTC", "rustc")] {
        let named = machine.environment.text(variable).filter(|named| !named.is_empty());
        let program = named.unwrap_or(default);
        let Some(version) = version(machine, program)? else {
            let what = format!("`{program}` is not there or does not start, and `{path}` needs it");
            let next = match named {
                Some(_) => format!("correct or unset {variable}"),
                None => "install Rust from https://rustup.rs".to_owned(),
            };
            findings.push(Finding::fail(subject, what).next(next));
            continue;
        };
        findings.push(match least.filter(|least| is_older(&version, least)) {
            Some(least) if default == "rustc" => Finding::fail(
                subject,
                format!("`{path}` needs Rust {least}, and this is {version}"),
            )
            .next("update it: `rustup update`"),
            _ => Finding::ok(subject, version),
        });
    }
    Ok(findings)
}

/// `rustc 1.95.0 (…)`; `None` where there is no such program, or it fails.
fn version(machine: &ProbeContext, program: &str) -> Result<Option<String>> {
    let invocation = Invocation {
        program: program.into(),
        arguments: vec!["--version".into()],
        directory: machine.directory.to_owned(),
        environment: machine.environment.clone(),
    };
    match process::run(&invocation, Output::Captured) {
        Ok(finished) if finished.status.success() => {
            Ok(finished.output.lines().last().map(str::to_owned))
        }
        Err(error) if process::interrupted() => Err(error),
        _ => Ok(None),
    }
}

fn is_older(version: &str, least: &str) -> bool {
    let number = version.split_whitespace().nth(1).and_then(|text| text.split('-').next());
    let parsed = |text: &str| text.parse::<Version>().ok();
    number.and_then(parsed).zip(parsed(least)).is_some_and(|(have, least)| have < least)
}
