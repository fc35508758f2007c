//! Brings all builders up to date: asks the cache, runs those that are stale, collects the modules.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::engine::scheduler::left_out;
use crate::error::{Ending, Error, Result};
use crate::fs;
use crate::model::{Builder, BuilderEntry, BuilderInputs, FfiModule, Module};
use crate::report;
use crate::steps::builder::answer::BuilderOutput;
use crate::steps::builder::cached::{self, UpToDate};
use crate::steps::builder::context::{BuilderContext, script_name, task};
use crate::steps::builder::launch::launch;
use crate::steps::builder::spec;

/// What all builders made and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The modules, in the order of their entries.
    pub modules: Vec<Module>,
    /// What each builder read, in the order of the builders.
    pub inputs: Vec<BuilderInputs>,
    /// What the `FFI`s of the modules declare, if that was asked for.
    pub ffis: Vec<FfiModule>,
}

/// Runs every builder that would not come out as it did before. Of a builder that only serves optional
/// entries and fails, there is nothing but a warning.
///
/// # Errors
/// A builder fails, two entries make the same module, or an argument of `set_source()` means
/// nothing. Of several failures the first in the order of the builders, with notes of the others.
pub fn run_all(builders: &[Builder], context: &BuilderContext) -> Result<Generated> {
    fs::create_dir(&context.output)?;
    let mut modules = Vec::new();
    let mut inputs = Vec::new();
    let mut failures = Vec::new();
    for (builder, output) in builders.iter().zip(up_to_date(builders, context)?) {
        let Some(output) = output else { continue };
        let made = output.and_then(|output| Ok((modules_of(builder, &output, context)?, output)));
        match made {
            Ok((made, output)) => {
                warn_of_questions(&output.inputs.asked_of_host, context);
                modules.extend(made);
                inputs.push(BuilderInputs { script: script_name(builder), ..output.inputs });
            }
            Err(error) if is_excused(builder, &error) => {
                let made = all_that_is_made(builder);
                context.console.warning_with_output(&left_out(&made, &error));
                let script = script_name(builder);
                inputs.push(BuilderInputs { script, ..BuilderInputs::default() });
            }
            Err(error) => failures.push(error),
        }
    }
    if let Some(error) = combined(failures) {
        return Err(error);
    }
    modules.sort_by_key(|made| made.entry.module);
    refuse_duplicates(&modules)?;
    let ffis = modules.iter_mut().filter_map(|made| made.ffi.take()).collect();
    Ok(Generated { modules: modules.into_iter().map(|made| made.module).collect(), inputs, ffis })
}

/// A builder that goes by the machine that it runs on makes modules for that one.
fn warn_of_questions(asked: &[String], context: &BuilderContext) {
    let Some(target) = context.target else { return };
    for question in asked {
        context.console.warning(&format!(
            "{question}, hears of the machine that builds, and the modules are for `{}`: ask the \
             variable OFFICINA_TARGET",
            target.triple
        ));
    }
}

/// What a builder made, now or in an earlier build; `None`: another one failed before it ended.
type BuilderResult = Option<Result<BuilderOutput>>;

fn up_to_date(builders: &[Builder], context: &BuilderContext) -> Result<Vec<BuilderResult>> {
    let mut outputs: Vec<BuilderResult> = builders.iter().map(|_| None).collect();
    loop {
        let open = (0..builders.len()).filter(|index| outputs[*index].is_none());
        let mut fresh = BTreeMap::new();
        let mut stale = Vec::new();
        for index in open {
            match find_fresh(&builders[index], context) {
                Some(found) => _ = fresh.insert(index, found),
                None => stale.push(index),
            }
        }
        let has_failed = builders.iter().zip(&outputs).any(
            |(builder, output)| matches!(output, Some(Err(error)) if !is_excused(builder, error)),
        );
        if stale.is_empty() || has_failed {
            for (index, found) in fresh {
                outputs[index] = Some(Ok(found.keep(&builders[index], context)));
            }
            return Ok(outputs);
        }
        // What these write may be an input of those that are fresh: they are asked once more.
        for (index, output) in stale.iter().zip(run(builders, &stale, context)?) {
            outputs[*index] = output;
        }
    }
}

/// A builder that does not have to run.
struct Fresh {
    found: UpToDate,
    /// When the cache was asked, and when it had answered.
    asked: (SystemTime, SystemTime),
}

impl Fresh {
    fn keep(self, builder: &Builder, context: &BuilderContext) -> BuilderOutput {
        report::expect(task(builder)).ran(self.asked.0, self.asked.1).unchanged();
        cached::keep(builder, self.found, context)
    }
}

fn find_fresh(builder: &Builder, context: &BuilderContext) -> Option<Fresh> {
    let begun = SystemTime::now();
    let found = cached::look_up(builder, context).ok()?;
    Some(Fresh { found, asked: (begun, SystemTime::now()) })
}

fn run(
    builders: &[Builder],
    stale: &[usize],
    context: &BuilderContext,
) -> Result<Vec<BuilderResult>> {
    let builders: Vec<&Builder> = stale.iter().map(|index| &builders[*index]).collect();
    let outcomes = launch(&builders, context)?;
    let ran: Vec<_> = builders
        .iter()
        .zip(&outcomes)
        .filter_map(|(builder, outcome)| Some((*builder, outcome.as_ref()?.as_ref().ok()?)))
        .collect();
    cached::record(&ran, context);
    Ok(outcomes.into_iter().map(|outcome| outcome.map(|run| Ok(run?.output))).collect())
}

/// Whether a wheel can do without what a builder failed to make.
fn is_excused(builder: &Builder, error: &Error) -> bool {
    builder.entries.iter().all(|entry| entry.optional)
        && error.parts().ending != Ending::Interrupted
}

/// `script:object`
fn spelled(builder: &Builder, entry: &BuilderEntry) -> String {
    match builder.declaration() {
        Some(_) => "[[tool.officina.modules]]".to_owned(),
        None => format!("{}:{}", script_name(builder), entry.object),
    }
}

/// What is left out if a builder fails: its entries, or the module of a table.
fn all_that_is_made(builder: &Builder) -> String {
    let entries = builder.entries.iter().map(|entry| spelled(builder, entry));
    match builder.declaration() {
        Some(_) => script_name(builder),
        None => entries.collect::<Vec<_>>().join("`, `"),
    }
}

/// The first error, with a note of each other one.
fn combined(failures: Vec<Error>) -> Option<Error> {
    let mut failures = failures.into_iter();
    let first = failures.next()?;
    Some(failures.fold(first, |first, other| first.note(format!("also, {other}"))))
}

/// A module with the entry that asked for it.
struct MadeModule<'a> {
    entry: &'a BuilderEntry,
    /// `script:object`
    spelled: String,
    module: Module,
    /// What its `FFI` declares.
    ffi: Option<FfiModule>,
}

fn modules_of<'a>(
    builder: &'a Builder,
    output: &BuilderOutput,
    context: &BuilderContext,
) -> Result<Vec<MadeModule<'a>>> {
    let script = script_name(builder);
    let mut modules = Vec::new();
    let of_entry = |entry: &'a BuilderEntry| {
        let made = output.modules.iter().filter(|made| made.object == entry.object);
        made.map(move |made| (entry, made))
    };
    for (entry, generated) in builder.entries.iter().flat_map(of_entry) {
        let (module, warnings) = spec::module(generated, output, &script, &context.rules)
            .map_err(|error| error.at(&entry.source, entry.span.clone()))?;
        warnings.iter().for_each(|warning| context.console.warning(warning));
        let module = if entry.optional { module.made_optional() } else { module };
        let spelled = spelled(builder, entry);
        let ffi = generated.declares.as_ref().map(|model| FfiModule {
            name: module.name().to_string(),
            has_lib: module.extension().is_some(),
            model: model.clone(),
        });
        modules.push(MadeModule { entry, spelled, module, ffi });
    }
    Ok(modules)
}

fn refuse_duplicates(modules: &[MadeModule]) -> Result<()> {
    let mut seen: BTreeMap<String, &MadeModule> = BTreeMap::new();
    for second in modules {
        let name = second.module.name();
        let Some(first) = seen.insert(name.as_str().to_owned(), second) else { continue };
        let message = match first.spelled == second.spelled {
            true => format!("`{}` makes the module `{name}` twice", first.spelled),
            false => format!(
                "two entries make the module `{name}`: `{}` and `{}`",
                first.spelled, second.spelled
            ),
        };
        return Err(Error::new(message)
            .at(&second.entry.source, second.entry.span.clone())
            .hint("give each `set_source()` a name of its own, or drop one of the entries"));
    }
    Ok(())
}
