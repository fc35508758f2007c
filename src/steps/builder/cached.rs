//! What the cache knows of a builder: whether it has to run, and what it read and made when it did.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::cache::{Performed, Stale};
use crate::engine::digest::{Digest, digest_of};
use crate::engine::input::Input;
use crate::engine::store::CachedAction;
use crate::model::{Builder, BuilderInputs, CrossTarget, Interpreter};
use crate::steps::builder::answer::{self, Answer, BuilderOutput};
use crate::steps::builder::context::{BuilderContext, script_name};
use crate::steps::builder::control::{self, BuilderRun};

/// A builder that does not have to run.
pub struct UpToDate {
    action: Arc<CachedAction>,
    output: BuilderOutput,
}

/// What an earlier run of a builder made, if another one would make the same; else why not.
pub fn look_up(builder: &Builder, context: &BuilderContext) -> Result<UpToDate, Stale> {
    let action =
        context.cache.look_up(&step_id(builder), &key(builder, context), context.environment)?;
    let text = context.cache.answer_of(&action).ok_or(Stale::Key)?;
    match answer::parse(&text, &script_name(builder)) {
        Ok(Answer::Done(output)) => {
            Ok(UpToDate { action, output: output.moved_to(&context.output) })
        }
        _ => Err(Stale::New),
    }
}

/// Why each builder would run, by its script; `None` if it would not.
pub fn why(builders: &[Builder], context: &BuilderContext) -> Vec<(String, Option<Stale>)> {
    let why = |builder| (script_name(builder), look_up(builder, context).err());
    builders.iter().map(why).collect()
}

/// A builder did not have to run.
pub fn keep(builder: &Builder, found: UpToDate, context: &BuilderContext) -> BuilderOutput {
    context.cache.keep(&step_id(builder), found.action);
    found.output
}

/// These builders have run.
pub fn record(ran: &[(&Builder, &BuilderRun)], context: &BuilderContext) {
    let performed = ran.iter().map(|(_, run)| performed(run));
    let performed: Vec<Performed> = performed.collect();
    performed.iter().for_each(|performed| context.cache.forget(&performed.outputs));
    // Nobody knows what they renamed, or which files their programs wrote.
    context.cache.forget_what_may_have_changed();
    for ((builder, _), performed) in ran.iter().zip(performed) {
        let key = key(builder, context);
        context.cache.record(&step_id(builder), key, performed, context.environment);
    }
}

/// The id of the step that runs a builder.
pub fn step_id(builder: &Builder) -> String {
    format!("run {}", script_name(builder))
}

/// Everything that decides how a builder runs, besides what it reads. Its interpreter counts by what
/// it is, not by where an isolated build has put it, nor does it count where the modules go.
fn key(builder: &Builder, context: &BuilderContext) -> Digest {
    let mut request = control::request(builder, &context.request_parts());
    if let Some(request) = request.as_object_mut() {
        request.remove("sys_path");
        request.remove("output");
        request.remove("kept");
    }
    let pythons = pythons(context.rules.interpreter, context.target);
    let parts = std::iter::once(request.to_string()).chain(pythons);
    let parts: Vec<String> = parts.collect();
    let variables = context.environment.0.iter().filter(|(name, _)| decides_how_python_runs(name));
    let variables =
        variables.flat_map(|(name, value)| [name, value]).map(|text| text.as_encoded_bytes());
    digest_of(parts.iter().map(String::as_bytes).chain(variables))
}

/// The Python that modules are for, and the one that runs their builder where that is another one.
fn pythons(interpreter: &Interpreter, target: Option<&CrossTarget>) -> Vec<String> {
    let interpreter = Interpreter { executable: PathBuf::new(), ..interpreter.clone() };
    let host = target.map(|target| &target.host);
    std::iter::once(&interpreter).chain(host).map(|python| format!("{python:?}")).collect()
}

/// Variables of Python that frontends set, and of which nothing shows in what a builder makes: where
/// modules come from is an input by what is found there, and the others are about streams and bytecode.
const NO_SWITCHES: [&str; 7] = [
    "PYTHONPATH",
    "PYTHONNOUSERSITE",
    "PYTHONUSERBASE",
    "PYTHONIOENCODING",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
];

/// Whether a variable decides how Python runs, whatever a builder asks for: its switches, the seed of
/// its hashes, the locale, the time zone.
fn decides_how_python_runs(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_switch = name.starts_with("PYTHON") && !NO_SWITCHES.contains(&name.as_ref());
    is_switch || name.starts_with("LC_") || ["LANG", "LANGUAGE", "TZ"].contains(&name.as_ref())
}

fn performed(run: &BuilderRun) -> Performed {
    let read = &run.output.inputs;
    let generated = run.output.modules.iter().map(|module| module.path.clone());
    let files = read.files.iter().cloned().map(Input::File);
    let folders = read.folders.iter().cloned().map(Input::Folder);
    let paths = read.paths.iter().cloned().map(Input::Path);
    let stats = read.stats.iter().cloned().map(Input::Stat);
    let asked = folders.chain(paths).chain(stats);
    let variables = read.environment.iter().cloned().map(Input::Variable);
    let unknown = unknown(read).map(Input::Unknown);
    Performed {
        began: run.began,
        inputs: files.chain(asked).chain(variables).chain(unknown).collect(),
        changed: read.changed.clone(),
        outputs: generated.chain(read.written.iter().cloned()).collect(),
        answer: without_asked(&run.answer),
        said: String::new(),
    }
}

/// An answer without the paths that were asked for. They are inputs, and some lie in folders whose
/// names no later build knows.
fn without_asked(answer: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(answer) else { return answer.to_owned() };
    let inputs = value.pointer_mut("/done/inputs").and_then(Value::as_object_mut);
    if let Some(inputs) = inputs {
        ["paths", "stats", "changed"].iter().for_each(|name| _ = inputs.remove(*name));
    }
    value.to_string()
}

/// Why nobody can tell whether a builder would make the same again.
fn unknown(read: &BuilderInputs) -> impl Iterator<Item = String> {
    let started = read.programs.first().map(|program| {
        format!("it starts `{}`, and what that reads is not known", program.join(" "))
    });
    let whole = read.whole_environment.then(|| "it looks at the whole environment".to_owned());
    started.into_iter().chain(whole).chain(read.unknown.iter().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PythonVersion;

    #[test]
    fn the_python_that_runs_a_builder_counts_where_modules_are_for_another_one() {
        let own = |minor| Interpreter::cpython(PythonVersion(3, minor), "linux-x86_64");
        let target = Interpreter::cpython(PythonVersion(3, 11), "linux-aarch64");
        let of = |host| pythons(&target, Some(&CrossTarget::nowhere("aarch64-linux-gnu", host)));
        assert_eq!(of(own(11)), of(own(11)));
        let no_gil = Interpreter { free_threaded: true, ..own(13) };
        for (one, other) in [(own(11), own(12)), (own(13), no_gil)] {
            assert_ne!(of(one), of(other));
        }
        let elsewhere = Interpreter { executable: "/elsewhere/python".into(), ..target.clone() };
        assert_eq!(pythons(&target, None), pythons(&elsewhere, None));
        assert_eq!(pythons(&target, None).len(), 1);
    }
}
