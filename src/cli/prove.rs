//! `officina migrate --prove`: says what it does, builds both and compares.

use crate::build::compare::ProductComparison;
use crate::build::prove::{self, ProveRequest};
use crate::error::Result;
use crate::model::{Detail, Environment};
use crate::report::{self, Console};

/// Compares the products of both builds.
///
/// # Errors
/// A build fails, or there is nothing to prove.
pub fn run(request: &ProveRequest, environment: &Environment) -> Result<Vec<ProductComparison>> {
    let backend = prove::old_backend(request)?;
    Console { detail: Detail::Steps }.note(&format!(
        "this runs the builders of the project, in two copies of the tree: with `{backend}`, and \
         with Officina"
    ));
    report::with_progress(|| prove::prove(request, environment))
}
