//! The steps of a module: each of its compiles, and the link.

use std::path::{Path, PathBuf};

use crate::binary;
use crate::binary::{LibraryCache, LinkCheckRequest};
use crate::engine::Stale;
use crate::error::Result;
use crate::fs;
use crate::model::{ObjectInputs, StepKind, Work};
use crate::report;
use crate::steps::compile_line;
use crate::steps::compile_line::{CompileLine, TranslationUnit, compile_args};
use crate::steps::depfile;
use crate::steps::link_line;
use crate::steps::link_line::{LinkLine, link_args, link_language};
use crate::steps::path_mapping::Places;
use crate::steps::paths::Paths;
use crate::steps::prepare::Prepared;
use crate::steps::tool_run;
use crate::steps::tool_run::{Call, Done};
use crate::steps::up_to_date;
use crate::steps::up_to_date::{Reads, Step};
use crate::steps::{
    Build, COMPILER, Inputs, Linked, ModuleCommands, Object, SourceCommand, Undefined,
};
use crate::toolchain::Family;

/// What every step of a build knows.
#[derive(Clone, Copy)]
pub(super) struct Shop<'a> {
    pub build: Build<'a>,
    pub places: Places<'a>,
    pub paths: &'a Paths,
    pub libraries: &'a LibraryCache,
}

/// A compiler has made an object. What it read is still to be written down.
pub(super) struct Compiled<'a> {
    step: Option<up_to_date::Ran<'a>>,
    said: String,
}

/// Compiles one source; `None`: an earlier build did.
pub(super) fn compile<'a>(
    module: &'a Prepared,
    unit: usize,
    shop: &Shop<'a>,
) -> Result<Option<Compiled<'a>>> {
    let (spec, unit) = (&module.wanted.spec, &module.units[unit]);
    let call = compile_call(module, unit, shop)?;
    let step = Step::of(&call, &unit.object, shop);
    let what = called(module, unit, shop);
    let work = Work::new(StepKind::Compile, what.as_str());
    let under_way = report::begin(
        work.after(StepKind::Generate, [&spec.builder]).after(StepKind::Find, [COMPILER]),
    );
    if is_done(step.as_ref(), shop) {
        under_way.unchanged();
        return Ok(None);
    }
    create_parent(&unit.object)?;
    let done = tool_run::run(&call, &shop.build)?;
    under_way.done_with(done.cache);
    let dep_file = compile_line::dep_file(&compile_line(module, unit, shop)?);
    let makes = [unit.object.clone()].into_iter().chain(dep_file).collect();
    let step = step.map(|step| step.ran(makes));
    let said = done.output.clone();
    tell("Compiled", &what, done, &unit.source, shop);
    Ok(Some(Compiled { step, said }))
}

/// Why a source has to be compiled; `None`: what an earlier build compiled is still right.
pub(super) fn why_compile(module: &Prepared, unit: usize, shop: &Shop) -> Result<Option<Stale>> {
    let unit = &module.units[unit];
    Ok(stale(Step::of(&compile_call(module, unit, shop)?, &unit.object, shop)))
}

fn stale(step: Option<Step>) -> Option<Stale> {
    step.map_or(Some(Stale::New), |step| step.fresh().err())
}

impl Compiled<'_> {
    /// Writes down what the compiler read, for the next build; returns it.
    ///
    /// # Errors
    /// There is no compiler for the source any more.
    pub fn noted(self, module: &Prepared, unit: usize, shop: &Shop) -> Result<Reads> {
        let unit = &module.units[unit];
        let line = compile_line(module, unit, shop)?;
        let reads = up_to_date::reads_of(&line, &read_by(module, unit, shop)?, shop);
        if let Some(step) = self.step {
            step.note(&reads, self.said);
        }
        Ok(reads)
    }
}

/// How the step is called that compiles a source.
fn called(module: &Prepared, unit: &TranslationUnit, shop: &Shop) -> String {
    format!("{}: {}", module.wanted.spec.name, shown_source(&unit.source, shop))
}

fn compile_line<'a>(
    module: &'a Prepared,
    unit: &'a TranslationUnit,
    shop: &Shop<'a>,
) -> Result<CompileLine<'a>> {
    Ok(CompileLine {
        unit,
        spec: &module.wanted.spec,
        toolchain: &module.toolchain,
        commands: module.toolchain.commands(unit.language)?,
        python_includes: &shop.build.sysconfig.include_dirs,
        environment: &module.environment,
        places: shop.places,
        options: shop.build.options,
        kind: shop.build.kind,
    })
}

fn compile_call<'a>(
    module: &'a Prepared,
    unit: &'a TranslationUnit,
    shop: &Shop<'a>,
) -> Result<Call<'a>> {
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

/// Links a module, unless an earlier build did.
pub(super) fn link(module: &Prepared, shop: &Shop) -> Result<Linked> {
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
    let objects = module.units.iter().map(|unit| called(module, unit, shop));
    let work = Work::new(StepKind::Link, &wanted.wheel_path).after(StepKind::Compile, objects);
    let under_way = report::begin(work);
    if is_done(step.as_ref(), shop) {
        under_way.unchanged();
        return Ok(linked);
    }
    create_parent(&wanted.target)?;
    if let Some((file, text)) = link_line::export_list(&line) {
        fs::write_text(&file, &text)?;
    }
    let done = tool_run::run(&call, build)?;
    let step = step.map(|step| step.ran([wanted.target.clone()].into()));
    under_way.done();
    let work = Work::new(StepKind::Check, &wanted.wheel_path);
    let under_way = report::begin(work.after(StepKind::Link, [&wanted.wheel_path]));
    let warnings = verify(&linked, module, shop)?;
    under_way.done();
    if let Some(step) = step {
        let reads = up_to_date::linked_from(&call, module, shop);
        step.note(&reads, done.output.clone() + &warnings);
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
        spec: &wanted.spec,
        units: &module.units,
        target: &wanted.target,
        toolchain: &module.toolchain,
        commands: module.toolchain.commands(link_language(&wanted.spec, &module.units))?,
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
    let mut found = Vec::new();
    for (index, unit) in module.units.iter().enumerate() {
        found.push((called(module, unit, shop), why_compile(module, index, shop)?));
    }
    let line = link_line(module, shop)?;
    let step = Step::of(&link_call(&line, module, shop), &module.wanted.target, shop);
    found.push((module.wanted.wheel_path.clone(), stale(step)));
    Ok(found)
}

/// The commands that make one module.
pub(super) fn commands(module: &Prepared, shop: &Shop) -> Result<ModuleCommands> {
    let one = |unit: &TranslationUnit| -> Result<SourceCommand> {
        let command = compile_call(module, unit, shop)?.words();
        Ok(SourceCommand { source: unit.source.clone(), command })
    };
    Ok(ModuleCommands {
        name: module.wanted.spec.name.clone(),
        compile: module.units.iter().map(one).collect::<Result<_>>()?,
        link: link_call(&link_line(module, shop)?, module, shop).words(),
    })
}

/// Looks at what was linked; returns what it has warned of, for the next build to say again.
fn verify(linked: &Linked, module: &Prepared, shop: &Shop) -> Result<String> {
    let build = &shop.build;
    let objects: Vec<(PathBuf, PathBuf)> =
        linked.objects.iter().map(|object| (object.path.clone(), object.source.clone())).collect();
    let check = binary::check_link(&LinkCheckRequest {
        extension: &linked.extension.path,
        objects: &objects,
        spec: &module.wanted.spec,
        interpreter: build.interpreter,
        sysconfig: build.sysconfig,
        environment: &module.environment,
        root: build.root,
        libraries: shop.libraries,
    });
    let warnings = match check.verdict {
        Err(error) if build.undefined == Undefined::Warn && !tool_run::is_interruption(&error) => {
            vec![error.to_string()]
        }
        verdict => verdict?,
    };
    let mut said = String::new();
    for warning in warnings {
        build.console.warning(&warning);
        said.push_str(&format!("warning: {warning}\n"));
    }
    Ok(said)
}

fn linked(module: &Prepared, shop: &Shop) -> Result<Linked> {
    let Prepared { wanted, units, .. } = module;
    let object =
        |unit: &TranslationUnit| Object { path: unit.object.clone(), source: unit.source.clone() };
    Ok(Linked {
        extension: wanted.extension(),
        objects: units.iter().map(object).collect(),
        inputs: match shop.build.inputs {
            Inputs::Told => {
                units.iter().map(|unit| read_by(module, unit, shop)).collect::<Result<_>>()?
            }
            Inputs::Untold => Vec::new(),
        },
    })
}

/// What the compiler read for one object, less what this build made itself.
fn read_by(module: &Prepared, unit: &TranslationUnit, shop: &Shop) -> Result<ObjectInputs> {
    let text = compile_line::dep_file(&compile_line(module, unit, shop)?);
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
