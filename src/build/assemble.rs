//! The files of a wheel: builders run, their modules are compiled while others are still made, and
//! what else goes in is decided meanwhile.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Instant, SystemTime};

use crate::build::folders;
use crate::build::folders::Workshop;
use crate::build::product;
use crate::build::product::Product;
use crate::build::{HookContext, build, console, omission_warning, resolved};
use crate::config::discovery;
use crate::editable::import_check::Times;
use crate::engine::jobserver::Jobs;
use crate::engine::{Ended, Ledger, Places};
use crate::error::{Result, nearest};
use crate::files::tree;
use crate::files::wheel_files;
use crate::model::{
    BuildInputs, Builder, BuilderInputs, Content, Extension, ExtensionSpec, Layout, ManifestEntry,
    Module, Project, StepKind, Tree, Work,
};
use crate::python::tags;
use crate::report;
use crate::steps;
use crate::steps::builder;
use crate::steps::builder::spec::Rules;
use crate::steps::builder::{BuilderContext, Generated};
use crate::steps::{Build, Doubt};

/// A wheel of which every file exists.
pub(super) struct Assembled {
    pub product: Product,
    pub layout: Layout,
    /// What was read to make it.
    pub inputs: BuildInputs,
    /// Files that the modules were made of and that nobody opened before us.
    pub linked: Vec<PathBuf>,
    /// When it was.
    pub times: Times,
}

/// Runs builders and compilers, and decides about every file. `meanwhile` is done with the product
/// while its modules are still being compiled. The workshop, where the built modules lie, remembers what
/// the build did if it fails; else that is left to whoever calls.
///
/// # Errors
/// What builders or compilers fail with, and every reason to refuse the wheel. One of `meanwhile` is
/// told if nothing else went wrong.
pub(super) fn assembled<M>(
    context: &HookContext,
    project: &Project,
    workshop: &Workshop,
    meanwhile: impl FnOnce(&Product) -> Result<M>,
) -> Result<(Assembled, M)> {
    let made = assembled_in(context, project, workshop, meanwhile);
    if made.is_err() {
        workshop.remember(Ended::Early, console(project));
    }
    made
}

/// Opens the folder that this build works in.
pub(super) fn workshop(context: &HookContext, project: &Project) -> Result<Workshop> {
    let kind = tags::folder_name(&context.request.interpreter, context.sysconfig.soabi.as_deref());
    let name = format!("{kind}-{}", project.options.profile.as_str());
    let jobs = Jobs::new(project.options.jobs, context.environment);
    folders::workshop(project, &name, places(context), jobs)
}

/// The folders that isolated builds have under another name each time: where build requirements
/// are, and the virtual environment.
fn places(context: &HookContext) -> Places {
    let import_path = context.builder_runtime.sys_path.iter().map(Into::into).collect();
    let executable = &context.request.interpreter.executable;
    let environment = executable
        .parent()
        .and_then(Path::parent)
        .filter(|folder| folder.join("pyvenv.cfg").is_file());
    Places {
        import_path,
        named: environment.map(|folder| (folder.to_owned(), "{environment}")).into_iter().collect(),
    }
}

fn assembled_in<M>(
    context: &HookContext,
    project: &Project,
    workshop: &Workshop,
    meanwhile: impl FnOnce(&Product) -> Result<M>,
) -> Result<(Assembled, M)> {
    let (start, begun) = (Instant::now(), SystemTime::now());
    let builders = resolved(project, &project.settings)?;
    let build =
        build(context.request, &project.options, context.sysconfig, context.environment, workshop);
    let build = Build { inputs: context.inputs, ..build };
    steps::at_work(&build, |crew| {
        let handed_on = OnceLock::new();
        let on = |place, module: &Module| {
            handed_on.get_or_init(SystemTime::now);
            module.extension().into_iter().for_each(|spec| crew.compile(place, spec));
        };
        let Generated { modules, inputs: builder_inputs, ran } =
            generated(context, project, &builders, workshop, &on)?;
        let doubt = doubt(&builder_inputs, &ran);
        // What compilers read before is judged where there is a doubt, and else by nobody.
        let generated = match doubt {
            Doubt::None => *handed_on.get_or_init(SystemTime::now),
            Doubt::Unheard | Doubt::Written => SystemTime::now(),
        };
        crew.close(doubt);
        let times = Times { begun, generated };
        let contents = checked_contents(project, &builders, &modules)?;
        let specs: Vec<&ExtensionSpec> = modules.iter().filter_map(Module::extension).collect();
        let planned = steps::planned(&specs, &build);
        let mut product = product::product(context, project, &contents, &planned)?;
        let done_meanwhile = meanwhile(&product);
        let mut linked = crew.finish()?;
        let done_meanwhile = done_meanwhile?;
        say_what_is_unchanged(project, workshop, start);
        let inputs = BuildInputs {
            builders: builder_inputs,
            objects: linked.iter_mut().flat_map(|one| std::mem::take(&mut one.inputs)).collect(),
        };
        let extensions: Vec<Extension> =
            linked.into_iter().map(|linked| linked.extension).collect();
        if extensions.len() < planned.len() {
            product = product::product(context, project, &contents, &extensions)?;
        }
        let linked = specs.iter().flat_map(|spec| spec.named_files(&project.root)).collect();
        let layout = contents.layout;
        Ok((Assembled { product, layout, inputs, linked, times }, done_meanwhile))
    })
}

/// Whether builders, those of them that `ran`, may have changed what modules of other builders are compiled
/// from.
fn doubt(inputs: &[BuilderInputs], ran: &BTreeSet<usize>) -> Doubt {
    let wrote = |one: &usize| !inputs[*one].written.is_empty() || !inputs[*one].programs.is_empty();
    match (ran.len(), inputs.len()) {
        (0, _) | (_, 1) => Doubt::None,
        _ if ran.iter().any(wrote) => Doubt::Written,
        _ => Doubt::Unheard,
    }
}

/// What else goes into the wheel, with all that is to be said about it.
fn checked_contents(
    project: &Project,
    builders: &[Builder],
    modules: &[Module],
) -> Result<Contents> {
    say_if_cffi_is_not_required(project, modules);
    let contents = contents(project, builders, modules)?;
    say_if_a_package_is_misspelled(project, &contents.layout, modules);
    warn_of_omissions(project, &contents)?;
    Ok(contents)
}

/// Runs every builder once; the modules are complete then, and each is handed to `on` as soon as it is
/// there.
pub(super) fn generated(
    context: &HookContext,
    project: &Project,
    builders: &[Builder],
    workshop: &Workshop,
    on: builder::Made,
) -> Result<Generated> {
    let on: builder::Made = &|place, module| on(place, &module.clone().with(&project.options));
    let made =
        with_workplace(context, project, workshop, |place| builder::run(builders, place, on))?;
    // Not before: a builder may make such a folder.
    folders::check(&project.options, &project.root)?;
    let modules = made.modules.into_iter().map(|module| module.with(&project.options)).collect();
    Ok(Generated { modules, ..made })
}

/// Does something with everything that builders run with.
pub(super) fn with_workplace<T>(
    context: &HookContext,
    project: &Project,
    workshop: &Workshop,
    work: impl FnOnce(&BuilderContext) -> T,
) -> T {
    let root = &project.root;
    let rules = Rules {
        interpreter: &context.request.interpreter,
        limited_api: project.options.limited_api,
        ext_package: project.settings.ext_package.as_ref().map(|package| package.value.as_str()),
    };
    work(&BuilderContext {
        root,
        source_root: &root.join(project.settings.source_folder()),
        pyproject: &project.pyproject,
        rules,
        runtime: context.builder_runtime,
        environment: context.environment,
        output: workshop.path.join("generated"),
        ledger: workshop.ledger.as_ref(),
        jobs: &workshop.jobs,
        console: console(project),
    })
}

fn say_what_is_unchanged(project: &Project, workshop: &Workshop, start: Instant) {
    let Some((steps, kept)) = workshop.ledger.as_ref().map(Ledger::count) else { return };
    if kept > 0 {
        let what = format!("{kept} of {steps} builders, objects and modules");
        console(project).step("Unchanged", &what, start.elapsed());
    }
}

/// How the step is called that looks at the source tree.
pub(super) const TREE: &str = "the source tree";

/// What goes into the wheel besides the extensions, as it is after the builders ran.
pub(super) struct Contents {
    pub tree: Tree,
    pub layout: Layout,
    pub generated: Vec<ManifestEntry>,
}

pub(super) fn contents(
    project: &Project,
    builders: &[Builder],
    modules: &[Module],
) -> Result<Contents> {
    let scripts = builders.iter().map(|builder| builder.script.display().to_string());
    let under_way =
        report::begin(Work::new(StepKind::Walk, TREE).after(StepKind::Generate, scripts));
    let tree = tree::walk(&project.root)?;
    let dist_name = project.metadata.dist_name();
    let layout =
        discovery::layout(&tree, &project.settings, &project.pyproject, &dist_name, builders)?;
    let generated = modules.iter().filter_map(Module::python).map(|module| ManifestEntry {
        path: module.name.file(".py"),
        content: Content::File(module.path.clone()),
        executable: false,
    });
    under_way.done();
    Ok(Contents { layout, generated: generated.collect(), tree })
}

fn say_if_cffi_is_not_required(project: &Project, modules: &[Module]) {
    let Some(first) = modules.first() else { return };
    if !project.metadata.depends_on("cffi") {
        console(project).warning(&format!(
            "`cffi` is missing from `[project] dependencies`, and `import {}` needs it: \
             add \"cffi; platform_python_implementation != 'PyPy'\"",
            first.name()
        ));
    }
}

fn warn_of_omissions(project: &Project, contents: &Contents) -> Result<()> {
    let Contents { tree, layout, .. } = contents;
    for left_out in
        wheel_files::notable_omissions(tree, layout, &project.settings, &project.pyproject)?
    {
        console(project).warning(&omission_warning(&left_out, "wheel", "[tool.officina]"));
    }
    Ok(())
}

/// A module may have a package to itself, so that a slip in its name makes a wheel that works but
/// for the import.
fn say_if_a_package_is_misspelled(project: &Project, layout: &Layout, modules: &[Module]) {
    let top = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let packages: Vec<String> = layout.packages.iter().map(|package| top(package)).collect();
    for module in modules {
        let name = module.name().as_str();
        let package = top(name);
        if !name.contains('.') || packages.contains(&package) {
            continue;
        }
        if let Some(near) = nearest(&package, packages.iter().map(String::as_str)) {
            console(project).warning(&format!(
                "`{name}` is alone in the package `{package}`: was `{near}` meant in `set_source()`?"
            ));
        }
    }
}
