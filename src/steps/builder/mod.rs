//! Runs builders, each in a process of its own, and collects what they generate.

pub mod answer;
pub mod arguments;
pub mod attached;
mod one;
pub mod spec;
mod warm;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::jobserver::{Jobs, Urgency};
use crate::engine::{Ledger, Stale};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::Environment;
use crate::model::SourceText;
use crate::model::{Builder, BuilderInputs, BuilderRuntime, Module};
use crate::process;
use crate::report::Console;
use crate::steps::builder::answer::Done;
use crate::steps::builder::one::When;
use crate::steps::builder::spec::Rules;

/// Everything that builders run with.
#[derive(Debug)]
pub struct BuilderContext<'a> {
    /// The project root: the working directory of every builder. Absolute.
    pub root: &'a Path,
    /// The folder that holds the packages (`src`, or the root itself). Absolute.
    pub source_root: &'a Path,
    /// The text of `pyproject.toml`, which errors point into.
    pub pyproject: &'a Arc<SourceText>,
    /// The interpreter, and what the project says about names and the ABI.
    pub rules: Rules<'a>,
    /// The program that runs one builder.
    pub runtime: &'a BuilderRuntime,
    /// The environment that builders see.
    pub environment: &'a Environment,
    /// Where the generated files go. Absolute; created if missing.
    pub output: PathBuf,
    /// The right to run builders, shared with all that goes on beside them.
    pub jobs: &'a Jobs,
    /// What earlier builds did in the same folder; `None`: there is no such folder.
    pub ledger: Option<&'a Ledger>,
    /// Where steps, warnings and the builders' own words are shown.
    pub console: Console,
}

/// What all builders made and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The modules, in the order of their entries.
    pub modules: Vec<Module>,
    /// What each builder read, in the order of the builders.
    pub inputs: Vec<BuilderInputs>,
    /// Which of them ran in this build.
    pub ran: BTreeSet<usize>,
}

/// Runs every builder. Each module is handed to `made` as soon as its builder has ended, with the
/// place of its entry among all, from whatever thread that is.
///
/// # Errors
/// A builder fails (see [`answer::error`]), two entries make the same module, or an argument of
/// `set_source()` means nothing. Of several failures the first in the order of the builders.
pub fn run(builders: &[Builder], context: &BuilderContext, made: Made) -> Result<Generated> {
    fs::create_dir(&context.output)?;
    let mut products = Vec::new();
    let mut inputs = Vec::new();
    let mut ran = BTreeSet::new();
    for (index, done) in side_by_side(builders, context, made)?.into_iter().enumerate() {
        let builder = &builders[index];
        products.extend(done.products);
        ran.extend((done.when == When::Now).then_some(index));
        inputs.push(BuilderInputs { script: script_name(builder), ..done.inputs });
    }
    products.sort_by_key(|product| product.entry);
    refuse_twins(&products, context)?;
    let modules = products.into_iter().map(|product| product.module).collect();
    Ok(Generated { modules, inputs, ran })
}

/// Who is told of each module; see [`run`].
pub type Made<'a> = &'a (dyn Fn(usize, &Module) + Sync);

/// Why each builder would run, by its script; `None` if it would not.
pub fn why(builders: &[Builder], context: &BuilderContext) -> Vec<(String, Option<Stale>)> {
    let one = |builder| (script_name(builder), one::why(builder, context));
    builders.iter().map(one).collect()
}

/// How messages call a builder's script.
fn script_name(builder: &Builder) -> String {
    builder.script.display().to_string()
}

/// A module with the entry that asked for it.
struct Product {
    /// Byte position of the entry in `pyproject.toml`: its rank, and the place for errors.
    entry: (usize, usize),
    /// `script:object`
    spelled: String,
    module: Module,
}

/// What one builder made.
struct Ended {
    products: Vec<Product>,
    inputs: BuilderInputs,
    when: When,
}

fn side_by_side(builders: &[Builder], context: &BuilderContext, made: Made) -> Result<Vec<Ended>> {
    let workers = context.jobs.workers.clamp(1, builders.len().max(1));
    let speech = if workers == 1 { one::Speech::Live } else { one::Speech::AtTheEnd };
    let warm = warm::Warm::new(context);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    let work = || {
        let nothing_left = || next.load(Ordering::SeqCst) >= builders.len();
        // Kept for all builders that this thread runs: compilers get their turn after them.
        let Some(_permit) = context.jobs.acquire(Urgency::Builder, nothing_left) else { return };
        while let Some((index, builder)) = take(&next, builders).filter(|_| !process::interrupted())
        {
            let result = one::run(builder, &warm, speech, |done, when| {
                let ended = ended(builder, done, when, context)?;
                ended.products.iter().for_each(|one| made(one.entry.0, &one.module));
                Ok(ended)
            });
            if result.is_err() {
                next.store(builders.len(), Ordering::SeqCst); // nobody starts another one
            }
            lock(&results).insert(index, result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(work);
        }
        work();
    });
    if process::interrupted() {
        return Err(Error::interrupted());
    }
    // By index: a failure hides only what comes after it.
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_values().collect()
}

fn ended(builder: &Builder, done: Done, when: When, context: &BuilderContext) -> Result<Ended> {
    Ok(Ended { products: modules_of(builder, &done, context)?, inputs: done.inputs, when })
}

fn take<'a>(next: &AtomicUsize, builders: &'a [Builder]) -> Option<(usize, &'a Builder)> {
    let advance = |index: usize| (index < builders.len()).then_some(index + 1);
    let index = next.fetch_update(Ordering::SeqCst, Ordering::SeqCst, advance).ok()?;
    Some((index, &builders[index]))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn modules_of(builder: &Builder, done: &Done, context: &BuilderContext) -> Result<Vec<Product>> {
    let script = script_name(builder);
    let mut products = Vec::new();
    for entry in &builder.entries {
        let made =
            done.modules.iter().find(|made| made.object == entry.value).ok_or_else(|| {
                Error::new(format!("the builder `{script}` said nothing about `{}`", entry.value))
            })?;
        let (module, warnings) = spec::module(made, done, &script, &context.rules)
            .map_err(|error| error.at(context.pyproject, entry.span.clone()))?;
        warnings.iter().for_each(|warning| context.console.warning(warning));
        let spelled = format!("{script}:{}", entry.value);
        products.push(Product { entry: (entry.span.start, entry.span.end), spelled, module });
    }
    Ok(products)
}

fn refuse_twins(products: &[Product], context: &BuilderContext) -> Result<()> {
    let mut seen: BTreeMap<String, &Product> = BTreeMap::new();
    for product in products {
        let name = product.module.name();
        let Some(first) = seen.insert(name.as_str().to_owned(), product) else { continue };
        return Err(Error::new(format!(
            "two entries make the module `{name}`: `{}` and `{}`",
            first.spelled, product.spelled
        ))
        .at(context.pyproject, product.entry.0..product.entry.1)
        .hint("give each `set_source()` a name of its own, or drop one of the entries"));
    }
    Ok(())
}
