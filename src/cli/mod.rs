//! What a person types. Hooks do not come through here: they are parsed by hand in `main`.

mod python;

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::error::{Error, Result};
use crate::pipeline::commands::{self, Order};
use crate::pipeline::dist::{self, Products};
use crate::process::Environment;
use crate::project::config;
use crate::report;

/// A PEP 517 build backend for CFFI projects.
///
/// Officina is called by frontends (pip, build, uv). Declare it in pyproject.toml:
///
///     [build-system]
///     requires = ["officina"]
///     build-backend = "officina"
///
///     [tool.officina]
///     cffi_modules = ["foo_build:ffi"]
///
/// Then build with `pip wheel .`, `python -m build` or `uv build`. The commands below are for the
/// people who work on such a project. They use the environment that Officina is installed in:
/// nothing is downloaded.
#[derive(Debug, Parser)]
#[command(name = "officina", version, verbatim_doc_comment, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(Build),
}

/// Make the sdist, and the wheel from it
#[derive(Debug, Args)]
struct Build {
    #[command(flatten)]
    place: Place,
    /// Make only the wheel, straight from the tree
    #[arg(long, conflicts_with = "sdist")]
    wheel: bool,
    /// Make only the sdist
    #[arg(long)]
    sdist: bool,
    /// Where they go [default: `dist` in the project]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What every command is told.
#[derive(Debug, Args)]
struct Place {
    /// The folder of pyproject.toml
    #[arg(default_value = ".")]
    project: PathBuf,
    /// A setting, as frontends take it; may be repeated
    #[arg(short = 'C', long = "config-setting", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// The Python to build for [default: the one that Officina is installed for]
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
}

/// Does what the command line says. `--help`, `--version` and mistakes end the process with clap's
/// codes (0, or 2 for a mistake).
///
/// # Errors
/// Those of the command.
pub fn run(environment: &Environment) -> Result<()> {
    match Arguments::parse().command {
        Command::Build(build) => make(&build, environment),
    }
}

fn make(build: &Build, environment: &Environment) -> Result<()> {
    let order = order(&build.place, environment)?;
    let products = match (build.sdist, build.wheel) {
        (true, _) => Products::Sdist,
        (_, true) => Products::Wheel,
        _ => Products::Both,
    };
    let out = match &build.out {
        Some(folder) => absolute(folder)?,
        None => order.source_tree.join("dist"),
    };
    let names = report::with_progress(|| dist::build(&order, products, &out, environment))?;
    for name in names {
        report::out(&format!("{}\n", out.join(name).display()));
    }
    Ok(())
}

fn order(place: &Place, environment: &Environment) -> Result<Order> {
    let source_tree = absolute(&place.project)?;
    let config = config::parse(Some(&config::from_words(&place.settings)?), environment)?;
    commands::require_project(&source_tree)?;
    let python = python::facts(place.python.as_deref(), environment)?;
    Ok(Order { source_tree, config, python })
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| Error::io("find", path, &e))
}
