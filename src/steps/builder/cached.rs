//! What the cache knows of a builder: whether it has to run, and what it read and made when it did.

use std::path::PathBuf;

use crate::engine;
use crate::engine::{Record, Stale, Trace};
use crate::model::{Builder, Interpreter};
use crate::steps::builder::answer;
use crate::steps::builder::answer::{Answer, BuilderOutput};
use crate::steps::builder::context::{BuilderContext, script_name};
use crate::steps::builder::control;
use crate::steps::builder::control::BuilderRun;

/// What an earlier run of a builder made, if another one would make the same; else why not.
pub fn fresh(
    builder: &Builder,
    context: &BuilderContext,
) -> Result<(Record, BuilderOutput), Stale> {
    let Some(ledger) = context.ledger else { return Err(Stale::New) };
    let record = ledger.fresh(&step(builder), &key(builder, context), context.environment)?;
    match answer::parse(&record.answer, &script_name(builder)) {
        Ok(Answer::Done(output)) => {
            let output = output.moved_to(&context.output);
            Ok((record, output))
        }
        _ => Err(Stale::New),
    }
}

/// Why each builder would run, by its script; `None` if it would not.
pub fn why(builders: &[Builder], context: &BuilderContext) -> Vec<(String, Option<Stale>)> {
    let why = |builder| (script_name(builder), fresh(builder, context).err());
    builders.iter().map(why).collect()
}

/// A builder did not have to run.
pub fn keep(builder: &Builder, record: Record, context: &BuilderContext) {
    if let Some(ledger) = context.ledger {
        ledger.keep(&step(builder), record);
    }
}

/// These builders have run.
pub fn note(ran: &[(&Builder, &BuilderRun)], context: &BuilderContext) {
    let Some(ledger) = context.ledger else { return };
    let traced = |(builder, run): &(&Builder, &BuilderRun)| {
        (step(builder), trace(run, key(builder, context), context))
    };
    let traces: Vec<(String, Trace)> = ran.iter().map(traced).collect();
    traces.iter().for_each(|(_, trace)| ledger.forget(&trace.makes));
    // Nobody knows what they renamed, or which files their programs wrote.
    ledger.doubt();
    for (step, trace) in traces {
        ledger.note(&step, trace);
    }
}

fn step(builder: &Builder) -> String {
    format!("run {}", script_name(builder))
}

/// Everything that decides how a builder runs, besides what it reads. Its interpreter counts by what
/// it is, not by where an isolated build has put it, nor does it count where the modules go.
fn key(builder: &Builder, context: &BuilderContext) -> String {
    let mut request = control::request(builder, context);
    if let Some(request) = request.as_object_mut() {
        request.remove("sys_path");
        request.remove("output");
    }
    let executable = PathBuf::new();
    let interpreter = Interpreter { executable, ..context.rules.interpreter.clone() };
    let parts = [request.to_string(), format!("{interpreter:?}")];
    engine::key(parts.iter().map(String::as_bytes))
}

fn trace(run: &BuilderRun, key: String, context: &BuilderContext) -> Trace {
    let inputs = &run.output.inputs;
    let is_ours = |path: &&PathBuf| path.starts_with(context.root);
    let generated = run.output.modules.iter().map(|module| module.path.clone());
    let volatile = match inputs.programs.first() {
        Some(program) => {
            Some(format!("it starts `{}`, and what that reads is not known", program.join(" ")))
        }
        None => inputs.whole_environment.then(|| "it looks at the whole environment".to_owned()),
    };
    Trace {
        key,
        began: run.began,
        reads: inputs.files.union(&inputs.folders).cloned().collect(),
        environment: inputs.environment.clone(),
        makes: generated.chain(inputs.written.iter().filter(is_ours).cloned()).collect(),
        answer: run.answer.clone(),
        said: String::new(),
        volatile,
    }
}
