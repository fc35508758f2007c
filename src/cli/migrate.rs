//! `officina migrate`: its options, and how its answer is shown.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use similar::TextDiff;

use crate::build::compare::ProductComparison;
use crate::build::migrate::{self, MigrateRequest};
use crate::build::prove::{MissingPackages, ProveRequest};
use crate::cli::place::{Format, json};
use crate::cli::{compare, prove, python};
use crate::error::{Error, Result};
use crate::fs;
use crate::migrate::{Change, Migration, MoveFinding, MoveVerdict};
use crate::model::Environment;
use crate::report::{self, one_line};

/// Move a project from setuptools to Officina: show what would change, or write it
///
/// Its setup.py runs, in a copy of the tree and up to its call of `setup()`; no builder does. The
/// tree stays as it is without `--write`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// The folder of the project
    #[arg(default_value = ".")]
    project: PathBuf,
    /// The Python that reads the project: it has to have what the project needs to be built
    /// [default: the one that Officina is installed for]
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// Install what the project needs to be built, into a temporary environment
    #[arg(long)]
    install: bool,
    /// Build wheel and sdist as before and with Officina, in copies of the tree, and compare them.
    /// This runs the builders of the project. With `--write`, nothing is written if something is lost
    #[arg(long)]
    prove: bool,
    /// Write the changes; the old files are kept, with `.orig` at their end
    #[arg(long)]
    write: bool,
    /// Write over changes that git does not have yet, and over older `.orig` files
    #[arg(long, requires = "write")]
    force: bool,
    /// How long setup.py may take until it calls `setup()`
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    time_limit: u32,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// # Errors
/// The project cannot be read or written, or a part of it cannot be moved.
pub fn run(args: &MigrateArgs, environment: &Environment) -> Result<()> {
    let source_tree =
        std::path::absolute(&args.project).map_err(|e| Error::io("find", &args.project, &e))?;
    let scratch = fs::scratch_dir()?;
    let own = python::facts(args.python.as_deref(), scratch.path(), environment)?;
    let python = if args.install {
        let folder = scratch.path().join("venv");
        let found = migrate::install(&source_tree, &folder, &own, environment)?;
        python::facts(Some(&found), scratch.path(), environment)?
    } else {
        own
    };
    let request = MigrateRequest { source_tree, python, time_limit: args.time_limit };
    let migration = migrate::migrate(&request, environment)?;
    if args.format == Format::Text {
        report::out(&text(&migration));
    }
    let mut proof = Vec::new();
    if args.prove && !migration.is_refused() {
        let missing = if args.install { MissingPackages::Install } else { MissingPackages::Refuse };
        let proven = ProveRequest {
            source_tree: &request.source_tree,
            migration: &migration,
            python: &request.python,
            missing,
        };
        proof = prove::run(&proven, environment)?;
    }
    report::out(&match args.format {
        Format::Json => json(&answer(&migration, &proof))?,
        Format::Text => proof.iter().map(compare::text).collect(),
    });
    if migration.is_refused() {
        return Err(Error::new("a part of this project cannot be moved: nothing is written")
            .hint("`not possible` above says what, and what can be done instead"));
    }
    compare::refuse_losses(&proof)?;
    if args.write {
        if !args.force {
            migrate::require_clean(&migration, &request.source_tree, environment)?;
        }
        migrate::write(&migration, &request.source_tree)?;
    }
    Ok(())
}

fn answer(migration: &Migration, proof: &[ProductComparison]) -> Value {
    let changes = migration.changes.iter().map(
        |change| json!({ "path": change.path, "before": change.before, "after": change.after }),
    );
    let findings = migration.findings.iter().map(|finding| {
        json!({
            "verdict": finding.verdict.to_string(),
            "place": finding.place,
            "text": finding.text,
            "proposal": finding.proposal,
        })
    });
    json!({
        "changes": changes.collect::<Vec<_>>(),
        "report": findings.collect::<Vec<_>>(),
        "proof": proof.iter().map(compare::answer).collect::<Vec<_>>(),
    })
}

fn text(migration: &Migration) -> String {
    let diffs: String = migration.changes.iter().map(diff).collect();
    let sections =
        MoveVerdict::ALL.into_iter().map(|verdict| section(verdict, &migration.findings));
    format!("{diffs}{}", sections.collect::<String>())
}

fn diff(change: &Change) -> String {
    let before = change.before.as_deref().unwrap_or_default();
    let after = change.after.as_deref().unwrap_or_default();
    let name = |letter, text: &Option<String>| match text {
        Some(_) => format!("{letter}/{}", change.path),
        None => "/dev/null".to_owned(),
    };
    let (from, to) = (name('a', &change.before), name('b', &change.after));
    let diff = TextDiff::from_lines(before, after);
    format!("{}\n", diff.unified_diff().header(&from, &to))
}

fn section(verdict: MoveVerdict, findings: &[MoveFinding]) -> String {
    let of_it: Vec<_> = findings.iter().filter(|finding| finding.verdict == verdict).collect();
    if of_it.is_empty() {
        return String::new();
    }
    let lines = of_it.iter().map(|finding| {
        let place = finding.place.iter().map(|place| format!("{}: ", one_line(place)));
        let proposal = finding.proposal.iter().flat_map(|toml| toml.lines());
        let proposal = proposal.map(|line| format!("      {}\n", one_line(line)));
        format!(
            "  {}{}\n{}",
            place.collect::<String>(),
            one_line(&finding.text),
            proposal.collect::<String>()
        )
    });
    format!("{verdict}\n{}\n", lines.collect::<String>())
}
