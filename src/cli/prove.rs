//! `officina migrate --prove`: says what it does, builds both and compares.

use std::path::Path;

use crate::build::compare::ProductComparison;
use crate::build::prove::{self, ProveRequest};
use crate::error::Result;
use crate::migrate::Migration;
use crate::model::{Detail, Environment, PythonFacts};
use crate::report::{self, Console};

/// Compares the products of both builds.
///
/// # Errors
/// A build fails, or there is nothing to prove.
pub fn run(
    source_tree: &Path,
    migration: &Migration,
    python: &PythonFacts,
    environment: &Environment,
) -> Result<Vec<ProductComparison>> {
    let request = ProveRequest { source_tree, migration, python };
    let backend = prove::old_backend(&request)?;
    Console { detail: Detail::Steps }.note(&format!(
        "this runs the builders of the project, in two copies of the tree: with `{backend}`, and \
         with Officina"
    ));
    report::with_progress(|| prove::prove(&request, environment))
}
