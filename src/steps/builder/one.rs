//! One builder in a process of its own: asks in `builder.json`, reads the answer from `modules.json`.

use std::io::Seek;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use crate::engine;
use crate::engine::{Stale, Trace};
use crate::error::{Error, MAKE_ROOM, Result};
use crate::fs;
use crate::model::Spanned;
use crate::model::{Builder, Interpreter, PYPROJECT, StepKind, Work};
use crate::process::Finished;
use crate::report;
use crate::steps::builder::answer;
use crate::steps::builder::answer::{Answer, Done, PROTOCOL};
use crate::steps::builder::warm::Warm;
use crate::steps::builder::{BuilderContext, script_name};

/// When a builder's own words are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// As they come: it runs alone.
    Live,
    /// Whole, when it has ended: others run beside it.
    AtTheEnd,
}

/// When a builder made what it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// In this build.
    Now,
    /// In an earlier one.
    Before,
}

/// Runs a builder, if it would not come out as it did before. What it made is handed on before anything
/// else is done about it: compilers wait.
///
/// # Errors
/// Whatever ended it before its modules were written, pointing at the entry to blame; those of `hand_on`.
pub fn run<T>(
    builder: &Builder,
    warm: &Warm,
    speech: Speech,
    hand_on: impl FnOnce(Done, When) -> Result<T>,
) -> Result<T> {
    let context = warm.context;
    let script = script_name(builder);
    let work = Work::new(StepKind::Generate, script.as_str()).after(StepKind::Read, [PYPROJECT]);
    // The living line and a builder that speaks for itself would write over each other.
    let under_way = match speech {
        Speech::Live => report::begin_aloud(work),
        Speech::AtTheEnd => report::begin(work),
    };
    let Some(ledger) = context.ledger else {
        let done = execute(builder, warm, speech)?.done;
        under_way.done();
        return hand_on(done, When::Now);
    };
    let (step, key) = (format!("run {script}"), key(builder, context));
    if let Ok(record) = ledger.fresh(&step, &key, context.environment)
        && let Ok(Answer::Done(done)) = answer::parse(&record.answer, &script)
    {
        let done = done.moved_to(&context.output);
        ledger.keep(&step, record);
        under_way.unchanged();
        return hand_on(done, When::Before);
    }
    let began = engine::now();
    let Executed { done, answer } = execute(builder, warm, speech)?;
    let trace = Trace { began, ..trace(&done, key, answer, context) };
    under_way.done();
    // What it has renamed or had written, nobody heard of.
    ledger.forget(&trace.makes);
    ledger.doubt();
    let handed_on = hand_on(done, When::Now);
    ledger.note(&step, trace);
    handed_on
}

/// Why a builder has to run; `None` if it has not.
pub fn why(builder: &Builder, context: &BuilderContext) -> Option<Stale> {
    let Some(ledger) = context.ledger else { return Some(Stale::New) };
    let step = format!("run {}", script_name(builder));
    ledger.fresh(&step, &key(builder, context), context.environment).err()
}

/// Everything that decides how a builder runs, besides what it reads. Its interpreter counts by what
/// it is, not by where an isolated build has put it, nor does it count where the modules go.
fn key(builder: &Builder, context: &BuilderContext) -> String {
    let mut question = question(builder, context);
    if let Some(question) = question.as_object_mut() {
        question.remove("sys_path");
        question.remove("output");
    }
    let executable = PathBuf::new();
    let interpreter = Interpreter { executable, ..context.rules.interpreter.clone() };
    let parts = [question.to_string(), format!("{interpreter:?}")];
    engine::key(parts.iter().map(String::as_bytes))
}

fn trace(done: &Done, key: String, answer: String, context: &BuilderContext) -> Trace {
    let inputs = &done.inputs;
    let is_ours = |path: &&PathBuf| path.starts_with(context.root);
    let made = done.modules.iter().map(|made| made.path.clone());
    let volatile = match inputs.programs.first() {
        Some(program) => {
            Some(format!("it starts `{}`, and what that reads is not known", program.join(" ")))
        }
        None => inputs.whole_environment.then(|| "it looks at the whole environment".to_owned()),
    };
    Trace {
        key,
        began: 0,
        reads: inputs.files.union(&inputs.folders).cloned().collect(),
        environment: inputs.environment.clone(),
        makes: made.chain(inputs.written.iter().filter(is_ours).cloned()).collect(),
        answer,
        said: String::new(),
        volatile,
    }
}

/// What a builder's process answered, read and as it was written.
struct Executed {
    done: Done,
    answer: String,
}

fn execute(builder: &Builder, warm: &Warm, speech: Speech) -> Result<Executed> {
    let context = warm.context;
    let started = Instant::now();
    let control = fs::scratch_dir()?;
    let question = question(builder, context).to_string();
    fs::write_text(&control.path().join("builder.json"), &question)?;
    let finished = hear(control.path(), warm, speech)?;
    let executed = read(control.path(), &finished, &script_name(builder))
        .map_err(|blame| blame.at_its_entry(builder, context))?;
    let summary = summary(&executed.done, builder);
    context.console.step("Generated", &summary, started.elapsed());
    Ok(executed)
}

fn question(builder: &Builder, context: &BuilderContext) -> Value {
    let script = context.root.join(&builder.script);
    let folder = script.parent().unwrap_or(context.root);
    let mut objects: Vec<&str> = Vec::new();
    for entry in &builder.entries {
        if !objects.contains(&entry.value.as_str()) {
            objects.push(&entry.value);
        }
    }
    json!({
        "protocol": PROTOCOL,
        "root": context.root,
        "script": builder.script,
        "objects": objects,
        "sys_path": context.runtime.sys_path,
        "paths": [folder, context.root, context.source_root],
        "output": context.output,
    })
}

fn hear(control: &Path, warm: &Warm, speech: Speech) -> Result<Finished> {
    if speech == Speech::Live {
        return warm.run(control, None);
    }
    let path = control.join(WORDS);
    let failed = |e: &std::io::Error| Error::io("write", &path, e);
    let options = || std::fs::File::options().create(true).append(true).read(true).open(&path);
    let mut words = options().map_err(|e| failed(&e))?;
    let finished = warm.run(control, Some(&words))?;
    words.rewind().map_err(|e| failed(&e))?;
    warm.context.console.output_from(&mut words);
    Ok(finished)
}

/// An error, and the object whose entry is to blame; `None` means the script itself.
struct Blame {
    error: Error,
    object: Option<String>,
}

impl Blame {
    fn at_its_entry(self, builder: &Builder, context: &BuilderContext) -> Error {
        let named = |entry: &&Spanned<String>| Some(&entry.value) == self.object.as_ref();
        match builder.entries.iter().find(named).or_else(|| builder.entries.first()) {
            Some(entry) => self.error.at(context.pyproject, entry.span.clone()),
            None => self.error,
        }
    }
}

fn read(control: &Path, finished: &Finished, script: &str) -> Result<Executed, Blame> {
    let without_object = |error| Blame { error, object: None };
    let Ok(text) = std::fs::read_to_string(control.join("modules.json")) else {
        return Err(without_object(silent(finished, script)));
    };
    let answer = answer::parse(&text, script).map_err(without_object)?;
    match answer {
        Answer::Failure(failure) => Err(Blame {
            error: answer::error(&failure, script),
            object: failure.object().map(str::to_owned),
        }),
        Answer::Done(_) if !finished.status.success() => {
            Err(without_object(badly_ended(finished, script)))
        }
        Answer::Done(done) => Ok(Executed { done, answer: text }),
    }
}

/// The file in its control folder that a builder speaks into, if it is there.
const WORDS: &str = "words.txt";

/// How `_generate.py` ends when it cannot write its answer.
const CANNOT_WRITE: i32 = 73;

/// The process is gone and has said nothing: it crashed, or ended itself behind Python's back.
fn silent(finished: &Finished, script: &str) -> Error {
    let ending = finished.ending();
    if finished.status.code().is_none() {
        return Error::new(format!("the builder `{script}` crashed: {ending}"));
    }
    if finished.status.code() == Some(CANNOT_WRITE) {
        return Error::new(format!("cannot write what the builder `{script}` made"))
            .hint(MAKE_ROOM);
    }
    Error::new(format!("the builder `{script}` ended its process before it was done: {ending}"))
        .hint("a builder must not call `os._exit()` or `os.exec*()`")
}

fn badly_ended(finished: &Finished, script: &str) -> Error {
    let ending = finished.ending();
    Error::new(format!("the builder `{script}` made its modules, but its process failed: {ending}"))
}

fn summary(done: &Done, builder: &Builder) -> String {
    let names: Vec<&str> = done.modules.iter().map(|made| made.name.as_str()).collect();
    match names.len() {
        0..=3 => names.join(", "),
        several => format!("{several} modules by {}", script_name(builder)),
    }
}
