//! The wheel, ordinary or editable, written.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::archive::packing::Packing;
use crate::archive::wheel::{self, WheelWriter};
use crate::build::assemble::{self, Assembled};
use crate::build::contents::TREE;
use crate::build::context::{Build, HookContext};
use crate::build::permits::Permits;
use crate::build::product::Product;
use crate::build::project::{console, load, warn};
use crate::build::{build_inputs, editable, folders, requires_python, timings};
use crate::engine::file_stat::now;
use crate::error::Result;
use crate::fs;
use crate::model::{BuildInputs, ManifestEntry, Project, Task, TaskKind, WheelKind};
use crate::report;

/// A wheel that is written.
pub struct Built {
    /// Its file name.
    pub name: String,
    /// What builders and compilers read to make it.
    pub inputs: BuildInputs,
}

/// Makes the wheel.
///
/// # Errors
/// Everything that a user can make fail. Nothing is left then.
pub fn make(context: &HookContext, wheel_directory: &Path) -> Result<Built> {
    let begun = Instant::now();
    let project = load(context.request, context.environment)?;
    timings::recorded(&project, begun, || made(context, &project, wheel_directory))
}

fn made(context: &HookContext, project: &Project, wheel_directory: &Path) -> Result<Built> {
    let begun = now();
    let modified = wheel::timestamp(context.environment)?;
    warn(context.request, project);
    requires_python::check(project, context.target.interpreter)?;
    fs::check_writable(wheel_directory)?;
    let folder = folders::open(context, project)?;
    let permits = Permits::of(project, context.environment)?;
    let build = Build::new(context, project, &folder, &permits.jobs);
    let packing = Packing { modified, jobs: &permits.jobs };
    let (made, name) = match context.kind {
        WheelKind::Standard => {
            let begin = |product: &Product| BegunWheel::new(product, packing, wheel_directory);
            let (made, begun) = assemble::assembled(&build, begin)?;
            let finish = || begun.finish(project, &made.product);
            folder.remember_beside(build.console(), finish)?;
            let name = made.product.file_name.clone();
            (made, name)
        }
        WheelKind::Editable => {
            let (made, ()) = assemble::assembled(&build, |_| Ok(()))?;
            let pack = || packed_editable(&build, &made, packing, wheel_directory, begun);
            let name = folder.remember_beside(build.console(), pack)?;
            (made, name)
        }
    };
    Ok(Built { name, inputs: build_inputs::of(&made.made_of, &folder) })
}

/// Packs an editable wheel; returns its name.
fn packed_editable(
    build: &Build,
    made: &Assembled,
    packing: Packing,
    wheel_directory: &Path,
    begun: i128,
) -> Result<String> {
    let start = Instant::now();
    let Product { file_name, dist_info, manifest, .. } = editable::product(build, made, begun)?;
    let under_way = report::begin(packing_of(&made.product));
    wheel::write(wheel_directory, &file_name, &manifest, &dist_info, &packing)?;
    under_way.done();
    say_it_is_packed(build.project, &file_name, manifest.entries.len(), start.elapsed());
    Ok(file_name)
}

/// A wheel that holds all but its built modules and its metadata, which depends on them.
struct BegunWheel<'a> {
    archive: WheelWriter<'a>,
    packing: Packing<'a>,
    folder: &'a Path,
    /// What it holds.
    others: Vec<ManifestEntry>,
    took: Duration,
}

impl<'a> BegunWheel<'a> {
    fn new(product: &Product, packing: Packing<'a>, folder: &'a Path) -> Result<Self> {
        let start = Instant::now();
        wheel::refuse_duplicates(&product.manifest, &product.dist_info)?;
        let task = Task::new(TaskKind::Pack, OTHERS).after(TaskKind::Walk, [TREE]);
        let under_way = report::begin(task);
        let mut archive = WheelWriter::begin(folder, &product.file_name, packing)?;
        let [others, ..] = in_order(product);
        archive.add(&others)?;
        under_way.done();
        let others = others.into_iter().cloned().collect();
        Ok(BegunWheel { archive, packing, folder, others, took: start.elapsed() })
    }

    /// Packs the rest of what the product turned out to be.
    fn finish(mut self, project: &Project, product: &Product) -> Result<()> {
        let start = Instant::now();
        let under_way = report::begin(packing_of(product).after(TaskKind::Pack, [OTHERS]));
        let [others, built, metadata] = in_order(product);
        if !others.iter().copied().eq(&self.others) {
            // An optional module failed, and a file of the tree takes its place.
            wheel::refuse_duplicates(&product.manifest, &product.dist_info)?;
            self.archive = WheelWriter::begin(self.folder, &product.file_name, self.packing)?;
            self.archive.add(&others)?;
        }
        if others.is_empty() && built.is_empty() {
            let found = "the wheel holds no package, no module and no data";
            console(project).warning(&format!("{found}: set `packages` or `py-modules`"));
        }
        self.archive.add(&built)?;
        self.archive.add(&metadata)?;
        self.archive.finish(&product.file_name, &product.dist_info)?;
        under_way.done();
        let count = product.manifest.entries.len();
        say_it_is_packed(project, &product.file_name, count, self.took + start.elapsed());
        Ok(())
    }
}

/// How the task is called that packs what is there before anything is compiled.
const OTHERS: &str = "the files of the source tree";

/// The task that packs the modules.
fn packing_of(product: &Product) -> Task {
    let built = || product.built.iter().map(|entry| entry.path.as_str());
    let task = Task::new(TaskKind::Pack, &product.file_name).after(TaskKind::Walk, [TREE]);
    task.after(TaskKind::Link, built()).after(TaskKind::Check, built())
}

/// The entries in the order of the archive: first what is there before anything is compiled, then what
/// was built, the metadata last.
fn in_order(product: &Product) -> [Vec<&ManifestEntry>; 3] {
    let (metadata, rest) = wheel::metadata_and_others(&product.manifest, &product.dist_info);
    let built: HashSet<&str> = product.built.iter().map(|entry| entry.path.as_str()).collect();
    let (built, others) = rest.into_iter().partition(|entry| built.contains(entry.path.as_str()));
    [others, built, metadata]
}

fn say_it_is_packed(project: &Project, file_name: &str, entries: usize, took: Duration) {
    let files = entries + 1; // RECORD
    console(project).done("Packed", &format!("{file_name}: {files} files"), took);
}
