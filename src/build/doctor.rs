//! What builds here would fail by, and what they would do that nobody meant.

use std::path::Path;
use std::sync::Arc;

use crate::build::commands::ProjectCommand;
use crate::build::context::HookContext;
use crate::build::doctor_project;
use crate::build::project::load;
use crate::config::toml::{self, TomlTable};
use crate::doctor::{self, Finding, Packer, ProbeContext, PythonState, Subject, Verdict};
use crate::error::Result;
use crate::fs;
use crate::model::{Environment, Language, PYPROJECT, Profile, Project, WheelKind};
use crate::process;

/// All that was found out.
#[derive(Debug, Clone)]
pub struct Examination {
    /// What the Python says of itself; `None` where it cannot.
    pub state: Option<PythonState>,
    /// The name and the version of the project, where there is one that can be read.
    pub project: Option<(String, String)>,
    /// About the machine and the Python.
    pub machine: Vec<Finding>,
    /// About the project; nothing where there is none.
    pub of_project: Vec<Finding>,
}

impl Examination {
    /// How many findings there are of a kind.
    pub fn count(&self, verdict: Verdict) -> usize {
        let all = self.machine.iter().chain(&self.of_project);
        all.filter(|finding| finding.verdict == verdict).count()
    }
}

/// Looks at the machine, and at the project if there is one. No builder runs. `scratch` is an empty
/// folder.
///
/// # Errors
/// The tree cannot be read, or the user interrupts.
pub fn examine(
    command: &ProjectCommand,
    scratch: &Path,
    environment: &Environment,
) -> Result<Examination> {
    let mut machine = vec![doctor::temporary_folder()];
    let (project, mut of_project) = project(command, environment)?;
    let options = project.as_ref().map(|project| &project.options);
    let given = &command.config.choices;
    let launcher = match options {
        Some(options) => options.compiler_launcher.as_ref(),
        None => given.compiler_launcher.as_ref(),
    };
    let looked_at = ProbeContext {
        python: &command.python,
        environment,
        directory: &command.source_tree,
        profile: options.map_or(Profile::Release, |options| options.profile),
        launcher,
        scratch,
    };
    let languages = project.as_ref().map(doctor_project::languages).unwrap_or_default();
    let mut compilers = of_compilers(&looked_at, &languages)?;
    if project.as_ref().is_some_and(doctor_project::needs_no_compiler) {
        compilers.iter_mut().for_each(Finding::soften);
    }
    machine.extend(compilers);
    machine.extend(doctor::flags(environment));
    let state = match doctor::python_state(&looked_at) {
        Ok(state) => {
            machine.push(doctor::cffi(&state, &command.python.interpreter));
            Some(state)
        }
        Err(error) if process::interrupted() => return Err(error),
        Err(error) => {
            machine.push(Finding::of_error(Subject::Cffi, &error));
            None
        }
    };
    machine.extend(command.config.warnings.iter().map(|warning| {
        Finding::warn(Subject::Settings, warning).next("correct its name, or unset it")
    }));
    if let Some(project) = &project {
        let request = command.wheel(WheelKind::Standard, Path::new(""));
        let context = HookContext::of(&request, environment)?;
        of_project.extend(doctor_project::findings(&context, project, &looked_at)?);
    }
    let project = project.map(|project| {
        let metadata = &project.metadata;
        (metadata.name.clone(), metadata.version.to_string())
    });
    Ok(Examination { state, project, machine, of_project })
}

fn of_compilers(machine: &ProbeContext, languages: &[Language]) -> Result<Vec<Finding>> {
    let (mut findings, toolchain) = doctor::compiler(machine, languages)?;
    findings.push(doctor::headers(machine, toolchain.as_ref())?);
    findings.extend(toolchain.iter().flat_map(|found| doctor::launchers(machine, found)));
    Ok(findings)
}

/// The project, and what is wrong with `pyproject.toml`. Nothing of both where there is none.
fn project(
    command: &ProjectCommand,
    environment: &Environment,
) -> Result<(Option<Project>, Vec<Finding>)> {
    let path = command.source_tree.join(PYPROJECT);
    if !path.is_file() {
        return Ok((None, Vec::new()));
    }
    let mut findings = Vec::new();
    let mut packer = Packer::Officina;
    let read = fs::read_source(&path, PYPROJECT).map(Arc::new);
    let looked_at = read.and_then(|source| {
        let document = toml::parse(&source)?;
        doctor::build_system(&TomlTable::root(&source, &document), &command.python.installed)
    });
    // Where it is an error, reading the project says so.
    if let Ok((found, more)) = looked_at {
        packer = found;
        findings.extend(more);
    }
    if packer != Packer::Officina {
        return Ok((None, findings));
    }
    let request = command.wheel(WheelKind::Standard, Path::new(""));
    match load(&request, environment) {
        Ok(project) => {
            let what = format!("`{PYPROJECT}` is understood");
            findings.push(Finding::ok(Subject::Project, what));
            Ok((Some(project), findings))
        }
        Err(error) => {
            let finding = Finding::of_error(Subject::Project, &error);
            findings.push(finding.or_next(format!("correct `{PYPROJECT}`")));
            Ok((None, findings))
        }
    }
}
