//! pkg-config, and each package that `pyproject.toml` asks it for.

use std::sync::Arc;

use crate::doctor::finding::{Finding, Subject};
use crate::doctor::probe::ProbeContext;
use crate::model::{SourceText, Spanned};
use crate::report::advice::install::{HostSystem, Missing, PKG_CONFIG};
use crate::steps::pkg_config;

/// Asks for each package. Where there is none, a builder may run pkg-config itself: then it has to be
/// there.
pub fn packages(
    machine: &ProbeContext,
    asked: &[Spanned<String>],
    pyproject: &Arc<SourceText>,
    builder: Option<&str>,
) -> Vec<Finding> {
    let subject = Subject::PkgConfig;
    if asked.is_empty() && builder.is_none() {
        return Vec::new();
    }
    let program = match pkg_config::program(machine.environment) {
        Ok(words) => words[0].clone(),
        Err(error) => {
            return vec![Finding::of_error(subject, &error).or_next("close it in PKG_CONFIG")];
        }
    };
    let path = machine.environment.0.get(std::ffi::OsStr::new("PATH"));
    if which::which_in(&program, path, machine.directory).is_err() {
        let what = format!("`{program}` is not there");
        let install = Missing::Program(PKG_CONFIG).how_to_install(HostSystem::THIS);
        let finding = match builder {
            Some(builder) if asked.is_empty() => {
                Finding::warn(subject, what).note(format!("the text of `{builder}` names it"))
            }
            _ => Finding::fail(subject, what),
        };
        return vec![finding.next(install)];
    }
    if asked.is_empty() {
        return vec![Finding::ok(subject, format!("`{program}` is there, for the builders"))];
    }
    let one = |package: &Spanned<String>| {
        let packages = std::slice::from_ref(package);
        match pkg_config::ask(packages, machine.environment, machine.directory, pyproject) {
            Ok(_) => Finding::ok(subject, format!("`{program}` knows `{}`", package.value)),
            Err(error) => Finding::of_error(subject, &error).or_next(
                "install its development package, or name the folder of its `.pc` file in \
                     PKG_CONFIG_PATH",
            ),
        }
    };
    asked.iter().map(one).collect()
}
