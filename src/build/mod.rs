//! One readable function per product; the only room that sees two stages.

mod assemble;
pub mod check;
pub mod clean;
pub mod commands;
pub mod dist;
mod editable;
mod folders;
pub mod listing;
pub mod plan;
mod product;
mod rebuild;
mod sdist;
mod timings;
mod wheel;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::cli::protocol::Response;
use crate::config::metadata;
use crate::config::metadata::TreeAccess;
use crate::config::toml;
use crate::config::toml::Table;
use crate::config::{builder, options, placement, settings};
use crate::engine::jobserver::Jobs;
use crate::error::{Error, Result};
use crate::files::tree;
use crate::fs;
use crate::model::Environment;
use crate::model::{
    BuildChoices, BuildOptions, Builder, BuilderRuntime, Hook, OmitReason, OmittedFile, PYPROJECT,
    Project, Request, Settings, Sysconfig, WheelKind,
};
use crate::process;
use crate::python::requires;
use crate::report::Console;
use crate::steps;
use crate::steps::{Build, Inputs, Linked, Undefined};
use folders::Workshop;

/// Answers a hook.
///
/// # Errors
/// Everything that a user can make fail, as one error to show. Nothing partial is left.
pub fn run(request: &Request, environment: &Environment) -> Result<Response> {
    finished(answer(request, environment))
}

/// An error as a person sees it: with the key that it is about, or that the user interrupted.
fn finished<T>(result: Result<T>) -> Result<T> {
    result.map_err(|error| {
        // Whatever failed then, failed because of it.
        if process::interrupted() {
            return Error::interrupted();
        }
        error.named(|location| {
            let is_ours = location.source.name == PYPROJECT;
            is_ours.then(|| toml::key_at(&location.source, &location.span)).flatten()
        })
    })
}

fn answer(request: &Request, environment: &Environment) -> Result<Response> {
    match &request.hook {
        Hook::GetRequiresForBuildWheel => requirements(request, environment),
        Hook::PrepareMetadataForBuildWheel { metadata_directory } => {
            wheel::prepare_metadata(request, environment, metadata_directory)
        }
        Hook::GetRequiresForBuildSdist => Ok(Response::Requires(Vec::new())),
        Hook::BuildSdist { sdist_directory } => sdist::make(request, environment, sdist_directory),
        Hook::BuildWheel { kind, wheel_directory, sysconfig, builder_runtime, .. } => {
            let (kind, inputs) = (*kind, told(*kind));
            let context =
                HookContext { request, environment, kind, sysconfig, builder_runtime, inputs };
            Ok(Response::Name(wheel::make(&context, wheel_directory)?.name))
        }
        Hook::Rebuild { install, sysconfig, builder_runtime } => {
            let kind = WheelKind::Editable;
            let inputs = told(kind);
            let context =
                HookContext { request, environment, kind, sysconfig, builder_runtime, inputs };
            rebuild::run(&context, install)
        }
        Hook::CompileExtension { extension, target, object_directory, sysconfig } => {
            let options = options::merged(&BuildChoices::default(), &request.config.choices)?;
            folders::check(&options, &request.source_tree)?;
            let workshop = folders::scratch(Jobs::new(options.jobs, environment))?;
            let build = Build {
                undefined: Undefined::Warn,
                ..build(request, &options, sysconfig, environment, &workshop)
            };
            let linked = steps::extension(&extension.with(&options), target, &build)?;
            if let Some(folder) = object_directory {
                keep_objects(&linked, &request.source_tree, folder)?;
            }
            Ok(Response::Name(target.to_string_lossy().into_owned()))
        }
    }
}

/// What a hook that builds is given.
#[derive(Clone, Copy)]
pub(super) struct HookContext<'a> {
    pub request: &'a Request,
    pub environment: &'a Environment,
    pub kind: WheelKind,
    pub sysconfig: &'a Sysconfig,
    pub builder_runtime: &'a BuilderRuntime,
    pub inputs: Inputs,
}

impl<'a> HookContext<'a> {
    /// The context of a request for a wheel.
    ///
    /// # Errors
    /// The request is for something else.
    pub fn of(request: &'a Request, environment: &'a Environment) -> Result<Self> {
        match &request.hook {
            Hook::BuildWheel { kind, sysconfig, builder_runtime, .. } => {
                let inputs = told(*kind);
                Ok(HookContext {
                    request,
                    environment,
                    kind: *kind,
                    sysconfig,
                    builder_runtime,
                    inputs,
                })
            }
            _ => Err(Error::new("the request is not for a wheel")),
        }
    }
}

/// An editable install watches what its modules were made from.
fn told(kind: WheelKind) -> Inputs {
    match kind {
        WheelKind::Editable => Inputs::Told,
        WheelKind::Standard => Inputs::Untold,
    }
}

fn requirements(request: &Request, environment: &Environment) -> Result<Response> {
    let project = load(request, environment)?;
    let builds = !project.settings.cffi_modules.is_empty();
    let cffi = builds.then(|| requires::cffi(&request.interpreter)).flatten();
    Ok(Response::Requires(cffi.into_iter().collect()))
}

/// Copies each object to where setuptools would have left it: below `folder`, under the path of
/// its source.
fn keep_objects(linked: &Linked, root: &Path, folder: &Path) -> Result<()> {
    for object in &linked.objects {
        let suffix = object.path.extension().unwrap_or_default();
        let place = below(folder, object.source.strip_prefix(root).unwrap_or(&object.source));
        fs::copy(&object.path, &place.with_extension(suffix))?;
    }
    Ok(())
}

/// The place of a source in another folder. An absolute path loses its root, as with setuptools:
/// nothing is written beside a source that lies elsewhere.
fn below(folder: &Path, source: &Path) -> PathBuf {
    let is_root = |part: &Component| matches!(part, Component::Prefix(_) | Component::RootDir);
    folder.join(source.components().skip_while(is_root).collect::<PathBuf>())
}

fn build<'a>(
    request: &'a Request,
    options: &'a BuildOptions,
    sysconfig: &'a Sysconfig,
    environment: &'a Environment,
    workshop: &'a Workshop,
) -> Build<'a> {
    Build {
        root: &request.source_tree,
        scratch: &workshop.path,
        interpreter: &request.interpreter,
        sysconfig,
        environment,
        options,
        kind: match request.hook {
            Hook::BuildWheel { kind, .. } => kind,
            Hook::Rebuild { .. } => WheelKind::Editable,
            _ => WheelKind::Standard,
        },
        inputs: Inputs::Untold,
        undefined: Undefined::Refuse,
        ledger: workshop.ledger.as_ref(),
        jobs: &workshop.jobs,
        console: Console { verbose: options.verbose },
    }
}

/// Reads what `pyproject.toml` says for this interpreter and this build, and the files that it
/// names.
fn load(request: &Request, environment: &Environment) -> Result<Project> {
    let root = request.source_tree.as_path();
    let pyproject = Arc::new(fs::read_source(&root.join(PYPROJECT), PYPROJECT)?);
    let document = toml::parse(&pyproject)?;
    let table = Table::root(&pyproject, &document);
    placement::check(&table)?;
    let inputs = RefCell::new(BTreeSet::new());
    let access = TreeAccess {
        read: &|file| {
            inputs.borrow_mut().insert(file.to_owned());
            fs::read_source(&root.join(file), file).map(Arc::new)
        },
        files_matching: &|glob| tree::matching(root, glob),
    };
    let declared = settings::read(&table)?;
    let (settings, applied) =
        settings::overrides::apply(&declared, &request.interpreter, environment);
    let options = options::merged(&settings.build, &request.config.choices)?;
    let metadata = metadata::read(&table, &access)?;
    let mut inputs = inputs.into_inner();
    inputs.extend(metadata.license_files.iter().cloned());
    let inputs = inputs.into_iter().collect();
    Ok(Project {
        root: root.to_owned(),
        pyproject,
        metadata,
        settings,
        declared,
        applied,
        options,
        inputs,
    })
}

/// The warning about a file that a product leaves out; `product` is `wheel` or `sdist`, `table` where
/// its `include` stands.
fn omission_warning(left_out: &OmittedFile, product: &str, table: &str) -> String {
    let path = &left_out.path;
    match &left_out.why {
        OmitReason::Secret => format!(
            "`{path}` looks like a secret and is left out of the {product}: \
             name it in `include` of `{table}` if it belongs there"
        ),
        why => format!("`{path}` is {why} and is left out of the {product}"),
    }
}

fn console(project: &Project) -> Console {
    Console { verbose: project.options.verbose }
}

/// Says what is odd about how this build was started. Hooks that build do so: a frontend calls
/// others before.
fn warn(request: &Request, project: &Project) {
    for warning in &request.config.warnings {
        console(project).warning(warning);
    }
}

/// The builders of the project's settings, or of others that it may have elsewhere.
fn resolved(project: &Project, settings: &Settings) -> Result<Vec<Builder>> {
    builder::resolve(
        settings,
        &project.pyproject,
        &|script| project.root.join(script).is_file(),
        &|| tree::scripts(&project.root),
    )
}
