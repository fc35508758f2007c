//! What the commands of a person are told alike, and how they answer.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::build::commands::{self, ProjectCommand};
use crate::cli::python;
use crate::config::config_settings;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::Environment;
use crate::report;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// What every command is told.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// The folder of pyproject.toml
    #[arg(default_value = ".")]
    pub project: PathBuf,
    /// A setting, as frontends take it; may be repeated
    #[arg(short = 'C', long = "config-setting", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// The Python to build for [default: the one that Officina is installed for]
    #[arg(long, value_name = "PYTHON")]
    pub python: Option<PathBuf>,
}

/// Which machine is built for, where it is another one.
#[derive(Debug, Clone, Args)]
pub struct Aim {
    /// The machine to build for: `aarch64-unknown-linux-gnu` [default: this one]
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    /// The Python of that machine: its build-details.json, its _sysconfigdata*.py, or a folder that
    /// holds it
    #[arg(long, value_name = "PATH")]
    target_python: Option<PathBuf>,
}

impl Aim {
    /// What every command is told, with these as settings. The project's are relative to it, these to
    /// here.
    ///
    /// # Errors
    /// The path is not UTF-8, or nobody knows where we are.
    pub fn in_settings(&self, place: &Place) -> Result<Place> {
        let mut place = place.clone();
        place.settings.extend(self.target.iter().map(|target| format!("target={target}")));
        if let Some(python) = &self.target_python {
            let path = absolute(python)?;
            let path = path.to_str().ok_or_else(|| {
                Error::new(format!("`{}` is not UTF-8", path.display()))
                    .hint("give the folder a name that is")
            })?;
            place.settings.push(format!("target-python={path}"));
        }
        Ok(place)
    }
}

/// A value as JSON that a terminal can be shown.
///
/// # Errors
/// It cannot be written as JSON.
pub fn json(value: &impl serde::Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| report::json(&text).into_owned() + "\n")
        .map_err(|e| Error::new(format!("cannot write JSON: {e}")))
}

/// The command of a person in the folder that was named, for this machine: one that builds is
/// [aimed](ProjectCommand::aimed) too.
///
/// # Errors
/// There is no project, a setting makes no sense, or the Python cannot say what it is.
pub fn project_command(place: &Place, environment: &Environment) -> Result<ProjectCommand> {
    let control = fs::scratch_dir()?;
    command_anywhere(place, control.path(), environment, commands::require_project)
}

/// The same where there need not be a project: `require` says what there has to be. The Python writes
/// what it is into the folder `control`.
///
/// # Errors
/// Those of `require`; a setting makes no sense, or the Python cannot say what it is.
pub fn command_anywhere(
    place: &Place,
    control: &Path,
    environment: &Environment,
    require: impl Fn(&Path) -> Result<()>,
) -> Result<ProjectCommand> {
    let source_tree = absolute(&place.project)?;
    let words = config_settings::from_words(&place.settings)?;
    let config = config_settings::parse(Some(&words), environment)?;
    require(&source_tree)?;
    let python = python::facts(place.python.as_deref(), control, environment)?;
    Ok(ProjectCommand { source_tree, config, python })
}

/// A path from here.
///
/// # Errors
/// It is empty, or nobody knows where we are.
pub fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| Error::io("find", path, &e))
}
