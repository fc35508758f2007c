//! `officina compare`: its arguments, and how comparisons are shown.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::build::compare::{self, ProductComparison};
use crate::cli::place::Format;
use crate::compare::Grade;
use crate::error::{Error, Result};
use crate::report::{self, one_line};

/// Compare two wheels, or two sdists: what is lost, what is better, what does not matter
///
/// It fails if something is lost.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The product as it was: a `.whl`, or a `.tar.gz` or `.zip`
    old: PathBuf,
    /// The product as it is now
    new: PathBuf,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// # Errors
/// One of the two cannot be read, or something is lost.
pub fn run(args: &CompareArgs) -> Result<()> {
    let comparison = compare::compare(&args.old, &args.new)?;
    report::out(&match args.format {
        Format::Json => serde_json::to_string_pretty(&answer(&comparison))
            .map(|text| report::json(&text).into_owned() + "\n")
            .map_err(|e| Error::new(format!("cannot write JSON: {e}")))?,
        Format::Text => text(&comparison),
    });
    refuse_losses(&[comparison])
}

/// # Errors
/// Something is lost.
pub fn refuse_losses(comparisons: &[ProductComparison]) -> Result<()> {
    let of_one = comparisons.iter().map(|comparison| comparison.count(Grade::Lost));
    match of_one.sum() {
        0 => Ok(()),
        1_usize => Err(Error::new("one thing is lost in the new build")),
        count => Err(Error::new(format!("{count} things are lost in the new build"))),
    }
}

/// A comparison for programs.
pub fn answer(comparison: &ProductComparison) -> Value {
    json!({
        "old": comparison.old,
        "new": comparison.new,
        "differences": comparison.differences,
    })
}

/// A comparison for people.
pub fn text(comparison: &ProductComparison) -> String {
    let mut text = format!("{} -> {}\n", one_line(&comparison.old), one_line(&comparison.new));
    if comparison.differences.is_empty() {
        text.push_str("  no difference\n");
    }
    for (grade, name) in
        [(Grade::Lost, "lost"), (Grade::Better, "better"), (Grade::Benign, "benign")]
    {
        let of_it = || comparison.differences.iter().filter(move |found| found.grade == grade);
        if of_it().next().is_some() {
            text.push_str(&format!("  {name}\n"));
        }
        for difference in of_it() {
            let (subject, words) = (one_line(&difference.subject), one_line(&difference.words));
            text.push_str(&format!("    {subject}: {words}\n"));
            // What does not matter needs no next step.
            let hint = difference.hint.iter().filter(|_| grade != Grade::Benign);
            text.extend(hint.map(|hint| format!("      hint: {}\n", one_line(hint))));
        }
    }
    text
}
