//! `officina generate-ci`

use clap::{Args, ValueEnum};

use crate::build::generate_ci;
use crate::cli::place::{Place, project_command};
use crate::error::Result;
use crate::model::Environment;
use crate::report;

/// Make the workflow that builds, tests and uploads the wheels of a project
///
/// It reads pyproject.toml; nothing runs for it.
#[derive(Debug, Args)]
pub struct GenerateCiArgs {
    /// Whose service it is for
    #[arg(value_enum)]
    service: Service,
    #[command(flatten)]
    place: Place,
    /// Write it to where the service looks for it: .github/workflows/wheels.yml
    #[arg(long)]
    write: bool,
}

/// A service for continuous integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Service {
    /// GitHub Actions, with cibuildwheel
    Github,
}

/// Makes the workflow.
///
/// # Errors
/// Those of reading the project; another workflow is there already.
pub fn run(args: &GenerateCiArgs, environment: &Environment) -> Result<()> {
    let Service::Github = args.service;
    let command = project_command(&args.place, environment)?;
    let text = generate_ci::github(&command, environment)?;
    if !args.write {
        report::out(&text);
        return Ok(());
    }
    let path = generate_ci::write(&text, &command.source_tree)?;
    report::out(&format!("{path}\n"));
    Ok(())
}
