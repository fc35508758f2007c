//! The proof of a migration: the products of both builds, compared.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::build::commands::ProjectCommand;
use crate::build::compare::{ProductComparison, compare};
use crate::build::dist::{self, Products};
use crate::build::old_backend::{self, OldProject};
use crate::build::tree_copy::TreeToCopy;
use crate::build::{generated_sources, migrate};
use crate::config::{build_system, config_settings};
use crate::error::{Error, Result};
use crate::fs;
use crate::migrate::Migration;
use crate::model::{Environment, PYPROJECT, PythonFacts, SourceText, requirement_name};

/// What is to be proven, and with what.
#[derive(Debug, Clone, Copy)]
pub struct ProveRequest<'a> {
    /// The folder of the project. Absolute.
    pub source_tree: &'a Path,
    /// What would change in it.
    pub migration: &'a Migration,
    /// The Python that builds both.
    pub python: &'a PythonFacts,
    /// What happens where it lacks something.
    pub missing: MissingPackages,
}

/// What happens where a Python lacks what a build needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingPackages {
    /// An error says so.
    Refuse,
    /// They are installed: the Python is that of a temporary environment.
    Install,
}

/// The name of the backend that builds the project now.
///
/// # Errors
/// pyproject.toml cannot be read, or Officina builds the project already.
pub fn old_backend(request: &ProveRequest) -> Result<String> {
    let backend = old_backend::declared(request.source_tree)?.backend;
    if backend != "officina" {
        return Ok(backend);
    }
    Err(Error::new("there is nothing to prove: Officina builds this project already")
        .hint("`officina compare OLD NEW` compares any two wheels, or two sdists"))
}

/// What the new build needs besides Officina.
///
/// # Errors
/// The new pyproject.toml cannot be read.
fn new_requirements(migration: &Migration) -> Result<Vec<String>> {
    let of_change = |path: &str| migration.changes.iter().find(|change| change.path == path);
    let text = of_change(PYPROJECT).and_then(|change| change.after.clone());
    let Some(text) = text else { return Ok(Vec::new()) };
    let source = Arc::new(SourceText { name: PYPROJECT.to_owned(), text });
    let declared = build_system::backend_of(&source)?;
    let is_other = |text: &String| requirement_name(text) != "officina";
    Ok(declared.requires.into_iter().filter(is_other).collect())
}

/// Builds an sdist and a wheel with the old backend, and both with this one, in two copies of the
/// tree, and compares them. The tree is not touched, and nothing is kept.
///
/// # Errors
/// There is nothing to prove, the environment lacks what the old build needs, or a build fails.
pub fn prove(request: &ProveRequest, environment: &Environment) -> Result<Vec<ProductComparison>> {
    let scratch = fs::scratch_dir()?;
    let folder = |name: &str| scratch.path().join(name);
    let whole = TreeToCopy::of(request.source_tree)?;
    let (old_tree, new_tree) =
        (whole.clean_copy(&folder("old"))?, whole.clean_copy(&folder("new"))?);
    apply(request.migration, &new_tree)?;
    let backend = old_backend::declared(&old_tree)?;
    fs::create_dir(&folder("passing"))?;
    let old = OldProject {
        tree: &old_tree,
        python: request.python,
        environment,
        scratch: &folder("passing"),
        backend,
    };
    let need = |requires: Vec<String>| need(request, requires, environment);
    let old_products = old_products(&old, &folder("old-products"), &need)?;
    if request.missing == MissingPackages::Install {
        need(new_requirements(request.migration)?)?;
    }
    let new_products = new_products(request, &new_tree, scratch.path(), environment)?;
    let mut comparisons = Vec::new();
    for (old, new) in old_products.iter().zip(&new_products) {
        comparisons.push(compare(old, new)?);
    }
    if let Some(wheels) = comparisons.first_mut() {
        wheels.differences.extend(generated_sources::compare(&old_tree, &folder("build")));
        wheels.differences.sort();
    }
    Ok(comparisons)
}

/// The wheel and the sdist of the old backend. The sdist is first: a build of a wheel leaves files in
/// the tree.
fn old_products(
    old: &OldProject,
    into: &Path,
    need: &dyn Fn(Vec<String>) -> Result<()>,
) -> Result<[PathBuf; 2]> {
    need(old.backend.requires.clone())?;
    let build = |product: &str| {
        need(old.requires(&format!("get_requires_for_build_{product}"))?)?;
        old.build(&format!("build_{product}"), into)
    };
    let sdist = build("sdist")?;
    Ok([build("wheel")?, sdist])
}

/// Sees to it that requirements are there.
fn need(request: &ProveRequest, requires: Vec<String>, environment: &Environment) -> Result<()> {
    let python = request.python;
    if request.missing == MissingPackages::Install {
        return migrate::add(&python.interpreter.executable, requires, environment);
    }
    let missing = build_system::missing(requires, &python.installed);
    if missing.is_empty() {
        return Ok(());
    }
    let quoted: Vec<String> = missing.iter().map(|one| format!("\"{one}\"")).collect();
    let names: Vec<String> = missing.iter().map(|one| format!("`{one}`")).collect();
    let message = format!("the old build needs {}, which this Python lacks", names.join(", "));
    Err(Error::new(message)
        .hint(format!("install it: python -m pip install {}", quoted.join(" ")))
        .hint("or let `--install` make a temporary environment that has it"))
}

/// Our wheel and sdist; the wheel comes from the sdist, as users get it.
fn new_products(
    request: &ProveRequest,
    tree: &Path,
    scratch: &Path,
    environment: &Environment,
) -> Result<[PathBuf; 2]> {
    let build_dir = scratch.join("build");
    let settings = config_settings::from_words(&[format!("build-dir={}", build_dir.display())])?;
    let command = ProjectCommand {
        source_tree: tree.to_owned(),
        config: config_settings::parse(Some(&settings), environment)?,
        python: request.python.clone(),
    };
    let out = scratch.join("new-products");
    let names = dist::build(&command, Products::Both, &out, environment).map_err(|error| {
        error.note("this was the new build, with the files that `officina migrate` proposes")
    })?;
    let [sdist, wheel] = names.try_into().unwrap_or_default();
    Ok([out.join(wheel), out.join(sdist)])
}

/// Writes the changes, without copies of what was there: the sdist would hold them.
fn apply(migration: &Migration, tree: &Path) -> Result<()> {
    for change in &migration.changes {
        let path = tree.join(&change.path);
        match &change.after {
            Some(text) => {
                fs::create_parent(&path)?;
                fs::write_text(&path, text)?;
            }
            None => fs::remove_if_there(&path)?,
        }
    }
    Ok(())
}
