//! The wheel, ordinary or editable, written; and its metadata alone.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::archive::dist_info::DistInfo;
use crate::archive::packing::Packing;
use crate::archive::wheel;
use crate::archive::wheel::WheelWriter;
use crate::build::assemble;
use crate::build::assemble::{Assembled, TREE};
use crate::build::product;
use crate::build::product::Product;
use crate::build::{HookContext, console, editable, load, timings, warn};
use crate::cli::protocol::Response;
use crate::error::Result;
use crate::fs;
use crate::model::Environment;
use crate::model::{BuildInputs, ManifestEntry, Project, Request, StepKind, WheelKind, Work};
use crate::python::tags;
use crate::report;

/// Writes the `.dist-info` folder and answers with its name; nothing is built.
pub(super) fn prepare_metadata(
    request: &Request,
    environment: &Environment,
    into: &Path,
) -> Result<Response> {
    let project = load(request, environment)?;
    let platform = product::platform_tag(request, environment)?;
    let tag = tags::predicted_tag(&project.settings.cffi_modules, &request.interpreter, &platform);
    let dist_info = DistInfo::new(&project.metadata, &project.root, &tag);
    dist_info.write(into)?;
    Ok(Response::Name(dist_info.folder))
}

/// A wheel that is written.
pub(super) struct Built {
    /// Its file name.
    pub name: String,
    /// What was read to make it.
    pub inputs: BuildInputs,
}

/// Makes the wheel.
pub(super) fn make(context: &HookContext, wheel_directory: &Path) -> Result<Built> {
    let begun = Instant::now();
    let project = load(context.request, context.environment)?;
    timings::recorded(&project, begun, || made(context, &project, wheel_directory))
}

fn made(context: &HookContext, project: &Project, wheel_directory: &Path) -> Result<Built> {
    let modified = wheel::timestamp(context.environment)?;
    warn(context.request, project);
    fs::create_dir(wheel_directory)?;
    let workshop = assemble::workshop(context, project)?;
    let jobs = Arc::clone(&workshop.jobs);
    let packing = Packing { modified, jobs: &jobs };
    match context.kind {
        WheelKind::Standard => {
            let begin = |product: &Product| Begun::new(product, packing, wheel_directory);
            let (made, begun) = assemble::assembled(context, project, &workshop, begin)?;
            let finish = || begun.finish(project, &made.product);
            workshop.remember_beside(console(project), finish)?;
            Ok(Built { name: made.product.file_name, inputs: made.inputs })
        }
        WheelKind::Editable => {
            let (made, ()) = assemble::assembled(context, project, &workshop, |_| Ok(()))?;
            let pack = || packed_editable(context, project, &made, packing, wheel_directory);
            let name = workshop.remember_beside(console(project), pack)?;
            Ok(Built { name, inputs: made.inputs })
        }
    }
}

/// Packs an editable wheel; returns its name.
fn packed_editable(
    context: &HookContext,
    project: &Project,
    made: &Assembled,
    packing: Packing,
    folder: &Path,
) -> Result<String> {
    let start = Instant::now();
    let Product { file_name, dist_info, manifest, .. } = editable::product(context, project, made)?;
    let under_way = report::begin(packing_of(&made.product));
    wheel::write(folder, &file_name, &manifest, &dist_info, &packing)?;
    under_way.done();
    say_it_is_packed(project, &file_name, manifest.entries.len(), start.elapsed());
    Ok(file_name)
}

/// A wheel that holds all but its built modules and its metadata, which depends on them.
struct Begun<'a> {
    archive: WheelWriter<'a>,
    packing: Packing<'a>,
    folder: &'a Path,
    /// What it holds.
    others: Vec<ManifestEntry>,
    took: Duration,
}

impl<'a> Begun<'a> {
    fn new(product: &Product, packing: Packing<'a>, folder: &'a Path) -> Result<Self> {
        let start = Instant::now();
        wheel::refuse_duplicates(&product.manifest, &product.dist_info)?;
        let work = Work::new(StepKind::Pack, OTHERS).after(StepKind::Walk, [TREE]);
        let under_way = report::begin(work);
        let mut archive = WheelWriter::begin(folder, &product.file_name, packing)?;
        let [others, ..] = in_order(product);
        archive.add(&others)?;
        under_way.done();
        let others = others.into_iter().cloned().collect();
        Ok(Begun { archive, packing, folder, others, took: start.elapsed() })
    }

    /// Packs the rest of what the product turned out to be.
    fn finish(mut self, project: &Project, product: &Product) -> Result<()> {
        let start = Instant::now();
        let under_way = report::begin(packing_of(product).after(StepKind::Pack, [OTHERS]));
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

/// How the step is called that packs what is there before anything is compiled.
const OTHERS: &str = "the files of the source tree";

/// The step that packs the modules.
fn packing_of(product: &Product) -> Work {
    let built = || product.built.iter().map(|entry| entry.path.as_str());
    let work = Work::new(StepKind::Pack, &product.file_name).after(StepKind::Walk, [TREE]);
    work.after(StepKind::Link, built()).after(StepKind::Check, built())
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
    console(project).step("Packed", &format!("{file_name}: {files} files"), took);
}
