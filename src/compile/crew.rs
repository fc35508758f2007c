//! The workers: who takes which source, who links, and what happens after a failure.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::again::{self, Step};
use super::call::{self, Call, Done};
use super::depfile;
use super::link::{self, LinkLine, link_args, link_language};
use super::objects::{self, CompileLine, Unit, compile_args};
use super::paths::Paths;
use super::{
    Build, Linked, ModuleCommands, Object, Places, Prepared, SourceCommand, Undefined, check,
};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::ObjectInputs;
use crate::process::{self, jobs::Jobs};
use crate::report;
use crate::state::Stale;
use crate::toolchain::Family;

/// What every worker knows.
#[derive(Clone, Copy)]
pub(super) struct Shop<'a> {
    pub build: Build<'a>,
    pub places: Places<'a>,
    pub paths: &'a Paths,
}

/// What the workers share. Invariant: a source is in `queue`, or one worker has it, or its module
/// counts it as done in `unfinished`.
struct Board {
    /// Sources that nobody has taken: the index of the module, and of the source in it.
    queue: VecDeque<(usize, usize)>,
    /// For each module, how many of its sources are not compiled yet.
    unfinished: Vec<usize>,
    /// For each module, whether it is optional and has failed.
    lost: Vec<bool>,
    /// For each module, what came of it.
    linked: Vec<Option<Linked>>,
    /// What went wrong, with the index of the source: the first in their order is told.
    errors: Vec<((usize, usize), Error)>,
}

/// Compiles and links the modules with as many workers as allowed.
pub(super) fn run(modules: &[Prepared], shop: &Shop) -> Result<Vec<Linked>> {
    let sources = |(index, module): (usize, &Prepared)| {
        (0..module.units.len()).map(move |unit| (index, unit)).collect::<Vec<_>>()
    };
    let board = Mutex::new(Board {
        queue: modules.iter().enumerate().flat_map(sources).collect(),
        unfinished: modules.iter().map(|module| module.units.len()).collect(),
        lost: vec![false; modules.len()],
        linked: modules.iter().map(|_| None).collect(),
        errors: Vec::new(),
    });
    let jobs = Jobs::new(shop.build.options.jobs, shop.build.environment);
    let workers = jobs.workers.min(lock(&board).queue.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(modules, shop, &board, &jobs));
        }
    });
    let mut board = board.into_inner().unwrap_or_else(PoisonError::into_inner);
    if process::interrupted() {
        return Err(Error::interrupted());
    }
    board.errors.sort_by_key(|(place, _)| *place);
    let mut errors = board.errors.into_iter().map(|(_, error)| error);
    match errors.next() {
        None => Ok(board.linked.into_iter().flatten().collect()),
        Some(first) => Err(errors.fold(first, |first, other| first.note(format!("also, {other}")))),
    }
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(modules: &[Prepared], shop: &Shop, board: &Mutex<Board>, jobs: &Jobs) {
    let nothing_left = || lock(board).queue.is_empty();
    while let Some(_permit) = jobs.acquire(nothing_left) {
        let Some((index, unit)) = lock(board).queue.pop_front() else { return };
        let module = &modules[index];
        let result = compile(module, unit, shop).and_then(|()| {
            if !is_last(board, index) {
                return Ok(());
            }
            let linked = link(module, shop)?;
            lock(board).linked[index] = Some(linked);
            Ok(())
        });
        if let Err(error) = result {
            fail(module, (index, unit), error, shop, board);
        }
    }
}

fn is_last(board: &Mutex<Board>, module: usize) -> bool {
    let mut board = lock(board);
    board.unfinished[module] -= 1;
    // After an error elsewhere nothing new begins.
    board.unfinished[module] == 0 && !board.lost[module] && board.errors.is_empty()
}

/// The first failure of a required module ends the build; an optional one only ends itself.
fn fail(module: &Prepared, place: (usize, usize), error: Error, shop: &Shop, board: &Mutex<Board>) {
    let mut board = lock(board);
    if !module.wanted.spec.optional || call::is_interruption(&error) {
        board.queue.clear();
        board.errors.push((place, error));
        return;
    }
    board.queue.retain(|(index, _)| *index != place.0);
    let told = std::mem::replace(&mut board.lost[place.0], true);
    drop(board);
    if !told {
        let name = module.wanted.spec.name.as_str();
        shop.build.console.warning(&call::left_out(name, &error));
    }
}

fn compile(module: &Prepared, unit: usize, shop: &Shop) -> Result<()> {
    let (spec, unit) = (module.wanted.spec, &module.units[unit]);
    let call = compile_call(module, unit, shop)?;
    let step = Step::of(&call, &unit.object, shop);
    if is_done(step.as_ref(), shop) {
        return Ok(());
    }
    create_parent(&unit.object)?;
    let source = shown_source(&unit.source, shop);
    let _under_way = report::begin(&format!("{}: {source}", spec.name));
    let done = call::run(&call, &shop.build)?;
    if let Some(step) = step {
        let line = compile_line(module, unit, shop)?;
        let reads = again::reads_of(&line, &read_by(module, unit, shop)?, shop);
        let makes = [unit.object.clone()].into_iter().chain(objects::dep_file(&line)).collect();
        step.note(reads, makes, done.output.clone());
    }
    tell("Compiled", &format!("{}: {source}", spec.name), done, &unit.source, shop);
    Ok(())
}

fn compile_line<'a>(
    module: &'a Prepared,
    unit: &'a Unit,
    shop: &Shop<'a>,
) -> Result<CompileLine<'a>> {
    Ok(CompileLine {
        unit,
        spec: module.wanted.spec,
        toolchain: &module.toolchain,
        commands: module.toolchain.commands(unit.language)?,
        python_includes: &shop.build.sysconfig.include_dirs,
        places: shop.places,
        options: shop.build.options,
        kind: shop.build.kind,
    })
}

fn compile_call<'a>(module: &'a Prepared, unit: &'a Unit, shop: &Shop<'a>) -> Result<Call<'a>> {
    let line = compile_line(module, unit, shop)?;
    let spec = line.spec;
    Ok(Call {
        command: &line.commands.compile,
        args: compile_args(&line),
        family: module.toolchain.family,
        environment: &module.environment,
        response_file: beside(&unit.object, ".rsp"),
        doing: format!("compiling `{}` for `{}`", shown_source(&unit.source, shop), spec.name),
    })
}

fn link(module: &Prepared, shop: &Shop) -> Result<Linked> {
    let (wanted, build) = (&module.wanted, &shop.build);
    let line = link_line(module, shop)?;
    if build.interpreter.is_windows() && !wanted.spec.runtime_library_dirs.is_empty() {
        build.console.warning(&format!(
            "`runtime_library_dirs` of `{}` has no effect: Windows knows no run path",
            wanted.spec.name
        ));
    }
    let call = link_call(&line, module, shop);
    let linked = linked(module, shop)?;
    let step = Step::of(&call, &wanted.target, shop);
    if is_done(step.as_ref(), shop) {
        return Ok(linked);
    }
    create_parent(&wanted.target)?;
    if let Some((file, text)) = link::export_list(&line) {
        fs::write_text(&file, &text)?;
    }
    let _under_way = report::begin(&wanted.wheel_path);
    let done = call::run(&call, build)?;
    verify(&linked, module, build)?;
    if let Some(step) = step {
        let reads = again::linked_from(&call, module, shop);
        step.note(reads, [wanted.target.clone()].into(), done.output.clone());
    }
    tell("Linked", &wanted.wheel_path, done, &wanted.target, shop);
    Ok(linked)
}

/// Whether an earlier build did this step. What was said then is still true, and said again.
fn is_done(step: Option<&Step>, shop: &Shop) -> bool {
    let Some((step, record)) = step.and_then(|step| Some((step, step.fresh().ok()?))) else {
        return false;
    };
    if !record.said.trim().is_empty() {
        shop.build.console.output(&record.said);
    }
    step.keep(record);
    true
}

fn link_line<'a>(module: &'a Prepared, shop: &'a Shop) -> Result<LinkLine<'a>> {
    let (wanted, build) = (&module.wanted, &shop.build);
    Ok(LinkLine {
        spec: wanted.spec,
        units: &module.units,
        target: &wanted.target,
        toolchain: &module.toolchain,
        commands: module.toolchain.commands(link_language(wanted.spec, &module.units))?,
        interpreter: build.interpreter,
        sysconfig: build.sysconfig,
        places: shop.places,
        options: build.options,
    })
}

fn link_call<'a>(line: &LinkLine<'a>, module: &'a Prepared, shop: &Shop) -> Call<'a> {
    Call {
        command: &line.commands.link,
        args: link_args(line),
        family: module.toolchain.family,
        environment: &module.environment,
        response_file: shop.places.objects(line.spec).join("link.rsp"),
        doing: format!("linking `{}`", line.spec.name),
    }
}

/// Why the objects and the module would be made.
pub(super) fn why(module: &Prepared, shop: &Shop) -> Result<Vec<(String, Option<Stale>)>> {
    let stale = |step: Option<Step>| match step {
        Some(step) => step.fresh().err(),
        None => Some(Stale::New),
    };
    let name = &module.wanted.spec.name;
    let mut found = Vec::new();
    for unit in &module.units {
        let step = Step::of(&compile_call(module, unit, shop)?, &unit.object, shop);
        found.push((format!("{name}: {}", shown_source(&unit.source, shop)), stale(step)));
    }
    let line = link_line(module, shop)?;
    let step = Step::of(&link_call(&line, module, shop), &module.wanted.target, shop);
    found.push((module.wanted.wheel_path.clone(), stale(step)));
    Ok(found)
}

/// The commands that [`run`] would run for one module.
pub(super) fn commands(module: &Prepared, shop: &Shop) -> Result<ModuleCommands> {
    let one = |unit: &Unit| -> Result<SourceCommand> {
        let command = compile_call(module, unit, shop)?.words();
        Ok(SourceCommand { source: unit.source.clone(), command })
    };
    Ok(ModuleCommands {
        name: module.wanted.spec.name.clone(),
        compile: module.units.iter().map(one).collect::<Result<_>>()?,
        link: link_call(&link_line(module, shop)?, module, shop).words(),
    })
}

fn verify(linked: &Linked, module: &Prepared, build: &Build) -> Result<()> {
    let objects: Vec<(PathBuf, PathBuf)> =
        linked.objects.iter().map(|object| (object.path.clone(), object.source.clone())).collect();
    let verdict = match check::verify(
        &linked.extension.path,
        &objects,
        module.wanted.spec,
        build.interpreter,
        build.sysconfig,
        &module.environment,
        build.root,
    ) {
        Err(error) if build.undefined == Undefined::Warn && !call::is_interruption(&error) => {
            check::Verdict { warnings: vec![error.to_string()] }
        }
        verdict => verdict?,
    };
    for warning in verdict.warnings {
        build.console.warning(&warning);
    }
    Ok(())
}

fn linked(module: &Prepared, shop: &Shop) -> Result<Linked> {
    let Prepared { wanted, units, .. } = module;
    let object = |unit: &Unit| Object { path: unit.object.clone(), source: unit.source.clone() };
    Ok(Linked {
        extension: wanted.extension(),
        objects: units.iter().map(object).collect(),
        inputs: units.iter().map(|unit| read_by(module, unit, shop)).collect::<Result<_>>()?,
    })
}

/// What the compiler read for one object, less what this build made itself.
fn read_by(module: &Prepared, unit: &Unit, shop: &Shop) -> Result<ObjectInputs> {
    let text = objects::dep_file(&compile_line(module, unit, shop)?);
    let text = text.and_then(|file| std::fs::read(file).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let files = match module.toolchain.family {
        Family::Msvc { clang_cl: false } => depfile::from_microsoft(&text),
        _ => depfile::from_make(&text),
    };
    let files = files.into_iter().chain([unit.source.clone()]);
    let files = files.map(|file| shop.places.root.join(file));
    let files = files.filter(|file| !is_made(file, shop));
    Ok(ObjectInputs {
        module: module.wanted.spec.name.as_str().to_owned(),
        source: shown_source(&unit.source, shop),
        files: files.map(|file| shop.paths.shared(file)).collect(),
    })
}

/// Whether builds made a file. An object that an earlier build left may have been compiled in the same
/// folder under another number.
fn is_made(file: &Path, shop: &Shop) -> bool {
    let scratch = shop.places.scratch;
    let home = shop.build.ledger.and(scratch.parent());
    file.starts_with(home.unwrap_or(scratch))
}

/// Warnings, and the line of the step. Microsoft's compiler says the name of each source, which
/// the step says too.
fn tell(verb: &str, what: &str, done: Done, file: &Path, shop: &Shop) {
    let said = done.output.trim();
    if !said.is_empty() && file.file_name().is_none_or(|name| said != name) {
        shop.build.console.output(&done.output);
    }
    shop.build.console.step(verb, what, done.took);
}

/// How messages call a source: from the project root, or by its name where we made it.
fn shown_source(source: &Path, shop: &Shop) -> String {
    let shown = match source.strip_prefix(shop.places.scratch) {
        Ok(made) => made.file_name().map_or(made, Path::new),
        Err(_) => source.strip_prefix(shop.places.root).unwrap_or(source),
    };
    shown.display().to_string()
}

fn create_parent(file: &Path) -> Result<()> {
    file.parent().map_or(Ok(()), fs::create_dir)
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}
