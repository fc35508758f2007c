//! The command line of a person: parsed, and handed on to the room `build`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::build::check;
use crate::build::clean::{self, CleanResult};
use crate::build::commands::{FileWork, ProjectCommand};
use crate::build::dist::{self, Products};
use crate::build::header_file;
use crate::build::listing;
use crate::build::plan::{self, PlanRequest};
use crate::build::tree_stubs::{self, StubMaker};
use crate::cli::answers::{self, LeftOutFiles};
use crate::cli::compare::CompareArgs;
use crate::cli::doctor::DoctorArgs;
use crate::cli::generate_ci::GenerateCiArgs;
use crate::cli::init::InitArgs;
use crate::cli::migrate::MigrateArgs;
use crate::cli::place::{Aim, Format, Place, absolute, json, project_command};
use crate::cli::{compare, doctor, generate_ci, init, migrate, show};
use crate::error::{Error, Result};
use crate::model::{Environment, WheelKind};
use crate::report::{self, one_line};

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
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(InitArgs),
    Build(BuildArgs),
    List(ListArgs),
    Show(ShowArgs),
    Check(CheckArgs),
    Header(HeaderArgs),
    Migrate(MigrateArgs),
    Compare(CompareArgs),
    Stubs(StubsArgs),
    Clean(CleanArgs),
    Doctor(DoctorArgs),
    GenerateCi(GenerateCiArgs),
}

/// Make the sdist, and the wheel from it
#[derive(Debug, Args)]
struct BuildArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    aim: Aim,
    #[command(flatten)]
    only: Only,
    /// Where they go [default: `dist` in the project]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write a page that tells how long each step took [default: into the build folder]
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    timings: Option<Option<PathBuf>>,
}

/// List the files of the sdist and the wheel, and why they are there; nothing is built
#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    aim: Aim,
    #[command(flatten)]
    only: Only,
    /// List what is left out as well, and why
    #[arg(long)]
    left_out: bool,
    /// How the list is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Prove that the sdist has every file that a build reads, and that its wheel equals the wheel from
/// the tree
#[derive(Debug, Args)]
struct CheckArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    aim: Aim,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Write the headers of crates, with the cbindgen that is installed
#[derive(Debug, Args)]
struct HeaderArgs {
    #[command(flatten)]
    place: Place,
    /// Write nothing: fail if a header is not what cbindgen would write
    #[arg(long)]
    check: bool,
}

/// Write type stubs of the CFFI modules beside the packages
///
/// Builders run, since they alone know what is declared; no compiler does.
#[derive(Debug, Args)]
struct StubsArgs {
    #[command(flatten)]
    place: Place,
    /// Write nothing: show the difference, and fail if there is one
    #[arg(long)]
    check: bool,
}

/// Remove the build folder
#[derive(Debug, Args)]
struct CleanArgs {
    #[command(flatten)]
    place: Place,
}

/// Show the plan: modules, sources, commands, tags
///
/// The project's own steps and its builders run, since builders alone know their modules; no
/// compiler does.
#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    aim: Aim,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    format: PlanFormat,
    /// Show full commands in the text as well
    #[arg(long)]
    commands: bool,
    /// List the steps that a build would run again, and why; this reads the build folder
    #[arg(long)]
    why: bool,
    /// Show the plan of an editable install
    #[arg(long)]
    editable: bool,
}

/// How a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For clangd and the like: a compile_commands.json, with the generated C in the build folder
    CompileCommands,
}

/// One product instead of both.
#[derive(Debug, Args)]
struct Only {
    /// Only the wheel, straight from the tree
    #[arg(long, conflicts_with = "sdist")]
    wheel: bool,
    /// Only the sdist
    #[arg(long)]
    sdist: bool,
}

impl Only {
    fn products(&self) -> Products {
        match (self.sdist, self.wheel) {
            (true, _) => Products::Sdist,
            (_, true) => Products::Wheel,
            _ => Products::Both,
        }
    }
}

/// Does what the command line says. `--help`, `--version` and mistakes end the process with clap's
/// codes (0, or 2 for a mistake).
///
/// # Errors
/// Those of the command.
pub fn run(environment: &Environment) -> Result<()> {
    match CommandLine::parse().command {
        Command::Init(init) => init::run(&init),
        Command::Build(build) => make(&build, environment),
        Command::List(list) => listing(&list, environment),
        Command::Show(show) => plan(&show, environment),
        Command::Check(check) => prove(&check, environment),
        Command::Header(header) => headers(&header, environment),
        Command::Migrate(args) => migrate::run(&args, environment),
        Command::Compare(args) => compare::run(&args),
        Command::Stubs(stubs) => type_stubs(&stubs, environment),
        Command::Clean(clean) => remove(&clean, environment),
        Command::Doctor(doctor) => doctor::run(&doctor, environment),
        Command::GenerateCi(ci) => generate_ci::run(&ci, environment),
    }
}

fn make(build: &BuildArgs, environment: &Environment) -> Result<()> {
    let mut place = build.aim.in_settings(&build.place)?;
    if let Some(folder) = &build.timings {
        place.settings.push(timings(folder.as_deref())?);
    }
    let products = build.only.products();
    let (command, environment) = &command_for(products, &place, environment)?;
    let out = match &build.out {
        Some(folder) => absolute(folder)?,
        None => command.source_tree.join("dist"),
    };
    if products != Products::Sdist {
        command.compare_with_frontends()?;
    }
    let names = report::with_progress(|| dist::build(command, products, &out, environment))?;
    for name in names {
        report::out(&format!("{}\n", one_line(&out.join(name).display().to_string())));
    }
    Ok(())
}

/// The command, aimed where its products are for a machine: an sdist is for none.
fn command_for<'a>(
    products: Products,
    place: &Place,
    environment: &'a Environment,
) -> Result<(ProjectCommand, Cow<'a, Environment>)> {
    let command = project_command(place, environment)?;
    match products {
        Products::Sdist => Ok((command, Cow::Borrowed(environment))),
        Products::Wheel | Products::Both => command.aimed(WheelKind::Standard, environment),
    }
}

/// The option as a setting, which is relative to the project rather than to here.
fn timings(folder: Option<&Path>) -> Result<String> {
    let Some(folder) = folder else { return Ok("timings=true".to_owned()) };
    let folder = absolute(folder)?;
    let text = folder.to_str().map(|folder| format!("timings={folder}"));
    text.ok_or_else(|| {
        Error::new(format!("`{}` is not UTF-8", folder.display()))
            .hint("name a folder that the pages of a browser can be in")
    })
}

fn listing(list: &ListArgs, environment: &Environment) -> Result<()> {
    let products = list.only.products();
    let place = list.aim.in_settings(&list.place)?;
    let (command, environment) = &command_for(products, &place, environment)?;
    let listings = listing::list(command, products, environment)?;
    let left_out = if list.left_out { LeftOutFiles::Shown } else { LeftOutFiles::Hidden };
    report::out(&match list.format {
        Format::Json => json(&answers::listings(&listings, left_out))?,
        Format::Text => answers::listings_text(&listings, left_out),
    });
    Ok(())
}

fn prove(check: &CheckArgs, environment: &Environment) -> Result<()> {
    let command = project_command(&check.aim.in_settings(&check.place)?, environment)?;
    let (command, environment) = &command.aimed(WheelKind::Standard, environment)?;
    command.compare_with_frontends()?;
    let proof = report::with_progress(|| check::check(command, environment))?;
    report::out(&match check.format {
        Format::Json => json(&answers::proof(&proof))?,
        Format::Text => answers::proof_text(&proof),
    });
    Ok(())
}

fn headers(header: &HeaderArgs, environment: &Environment) -> Result<()> {
    let command = project_command(&header.place, environment)?;
    let work = if header.check { FileWork::Compare } else { FileWork::Write };
    let done = if header.check { "as cbindgen writes it" } else { "written" };
    for name in header_file::run(&command, work, environment)? {
        report::out(&format!("{}: {done}\n", one_line(&name)));
    }
    Ok(())
}

fn type_stubs(asked: &StubsArgs, environment: &Environment) -> Result<()> {
    let (command, environment) =
        &project_command(&asked.place, environment)?.aimed(WheelKind::Standard, environment)?;
    let work = if asked.check { FileWork::Compare } else { FileWork::Write };
    let found = report::with_progress(|| tree_stubs::run(command, work, environment))?;
    for stub in &found {
        let done = match (asked.check, &stub.diff) {
            (true, Some(diff)) => {
                report::out(diff);
                continue;
            }
            (false, Some(_)) => "written",
            (_, None) => "as the declarations say",
        };
        report::out(&format!("{}: {done}\n", one_line(&stub.path)));
    }
    match found.iter().find(|stub| asked.check && stub.diff.is_some()) {
        None => Ok(()),
        Some(stub) => Err(Error::new(format!("`{}` is not what the declarations say", stub.path))
            .hint(match stub.maker {
                StubMaker::Ours => "write it anew with `officina stubs`",
                StubMaker::Somebody => {
                    "correct it; or remove it, or move it away, and have it made: `officina stubs`"
                }
            })),
    }
}

fn remove(clean: &CleanArgs, environment: &Environment) -> Result<()> {
    let command = project_command(&clean.place, environment)?;
    report::out(&match clean::clean(&command, environment)? {
        CleanResult::Folder(folder) => {
            format!("removed {}\n", one_line(&folder.display().to_string()))
        }
        CleanResult::Nothing => "nothing to remove\n".to_owned(),
    });
    Ok(())
}

fn plan(show: &ShowArgs, environment: &Environment) -> Result<()> {
    let kind = if show.editable { WheelKind::Editable } else { WheelKind::Standard };
    let command = project_command(&show.aim.in_settings(&show.place)?, environment)?;
    let (command, environment) = &command.aimed(kind, environment)?;
    command.compare_with_frontends()?;
    // Tools read the generated files, which lie in a folder that stays only there.
    let is_for_tools = show.format == PlanFormat::CompileCommands;
    let wanted = PlanRequest { kind, reasons: show.why || is_for_tools };
    let plan = report::with_progress(|| plan::plan(command, wanted, environment))?;
    report::out(&match (show.format, show.commands) {
        (PlanFormat::Json, _) => json(&plan)?,
        (PlanFormat::CompileCommands, _) => json(&show::compile_commands(&plan))?,
        (PlanFormat::Text, true) => show::text(&plan, show::Commands::Shown),
        (PlanFormat::Text, false) => show::text(&plan, show::Commands::Hidden),
    });
    Ok(())
}
