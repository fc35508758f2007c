//! The wheel, ordinary or editable: builders run, their modules are compiled, files are packed.

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use super::editable;
use super::folders::{self, Workshop};
use super::{build, console, load, resolved, spared, warn};
use crate::compile;
use crate::error::{Error, Result, nearest};
use crate::fs;
use crate::generate::{self, Generated, Workplace, spec::Rules};
use crate::model::{
    BuildInputs, Builder, BuilderRuntime, Content, Extension, ExtensionSpec, Hook, Layout,
    Manifest, ManifestEntry, Module, Project, Request, Sysconfig, Tag, Tree, WheelKind,
};
use crate::package::manifest::{self, DistInfo, WheelParts};
use crate::package::stamps::Times;
use crate::package::wheel::{self, Packing, Purelib};
use crate::process::Environment;
use crate::project::discovery;
use crate::protocol::Response;
use crate::python::tags::{self, Floor, MacEnvironment};
use crate::state::{Ended, Ledger, Places};
use crate::tree;

/// What a hook that builds is given.
#[derive(Clone, Copy)]
pub(super) struct Bench<'a> {
    pub request: &'a Request,
    pub environment: &'a Environment,
    pub kind: WheelKind,
    pub sysconfig: &'a Sysconfig,
    pub builder_runtime: &'a BuilderRuntime,
}

impl<'a> Bench<'a> {
    /// The bench of a request for a wheel.
    ///
    /// # Errors
    /// The request is for something else.
    pub fn of(request: &'a Request, environment: &'a Environment) -> Result<Self> {
        match &request.hook {
            Hook::BuildWheel { kind, sysconfig, builder_runtime, .. } => {
                Ok(Bench { request, environment, kind: *kind, sysconfig, builder_runtime })
            }
            _ => Err(Error::new("the request is not for a wheel")),
        }
    }
}

/// Writes the `.dist-info` folder and answers with its name; nothing is built.
pub(super) fn prepare_metadata(
    request: &Request,
    environment: &Environment,
    into: &Path,
) -> Result<Response> {
    let project = load(request, environment)?;
    let platform = platform_tag(request, environment)?;
    let tag = tags::predicted_tag(&project.settings.cffi_modules, &request.interpreter, &platform);
    let dist_info = dist_info(&project, &tag);
    let name = dist_info.folder.clone();
    fs::write_folder(&into.join(&name), |folder| {
        for (file, text) in &dist_info.files {
            fs::write_text(&folder.join(file), text)?;
        }
        for license in &dist_info.licenses {
            fs::copy(&project.root.join(license), &folder.join("licenses").join(license))?;
        }
        Ok(())
    })?;
    Ok(Response::Name(name))
}

/// A wheel that is written.
pub(super) struct Built {
    /// Its file name.
    pub name: String,
    /// What was read to make it.
    pub inputs: BuildInputs,
}

/// Makes the wheel.
pub(super) fn make(bench: &Bench, wheel_directory: &Path) -> Result<Built> {
    let modified = wheel::timestamp(bench.environment)?;
    let project = load(bench.request, bench.environment)?;
    let packing = Packing { modified, jobs: project.options.jobs };
    warn(bench.request, &project);
    fs::create_dir(wheel_directory)?;
    let made = assembled(bench, &project)?;
    let name = match bench.kind {
        WheelKind::Standard => packed(&project, &made.product, &packing, wheel_directory)?,
        WheelKind::Editable => {
            let product = editable::product(bench, &project, &made)?;
            packed(&project, &product, &packing, wheel_directory)?
        }
    };
    Ok(Built { name, inputs: made.inputs })
}

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
    /// Where the built modules lie as long as this lives.
    _workshop: Option<Workshop>,
}

/// Runs builders and compilers, and decides about every file.
pub(super) fn assembled(bench: &Bench, project: &Project) -> Result<Assembled> {
    let begun = SystemTime::now();
    let workshop = workshop(bench, project)?;
    let made = assembled_in(bench, project, &workshop, begun);
    let ended = if made.is_ok() { Ended::Whole } else { Ended::Early };
    workshop.remember(ended, console(project));
    Ok(Assembled { _workshop: Some(workshop), ..made? })
}

/// Opens the folder that this build works in.
pub(super) fn workshop(bench: &Bench, project: &Project) -> Result<Workshop> {
    let kind = tags::folder_name(&bench.request.interpreter, bench.sysconfig.soabi.as_deref());
    let name = format!("{kind}-{}", project.options.profile.as_str());
    folders::workshop(project, &name, places(bench))
}

/// The folders that isolated builds have under another name each time: where build requirements
/// are, and the virtual environment.
fn places(bench: &Bench) -> Places {
    let import_path = bench.builder_runtime.sys_path.iter().map(Into::into).collect();
    let executable = &bench.request.interpreter.executable;
    let environment = executable
        .parent()
        .and_then(Path::parent)
        .filter(|folder| folder.join("pyvenv.cfg").is_file());
    Places {
        import_path,
        named: environment.map(|folder| (folder.to_owned(), "{environment}")).into_iter().collect(),
    }
}

fn assembled_in(
    bench: &Bench,
    project: &Project,
    workshop: &Workshop,
    begun: SystemTime,
) -> Result<Assembled> {
    let start = Instant::now();
    let builders = resolved(project, &project.settings)?;
    let Generated { modules, inputs: builder_inputs } =
        generated(bench, project, &builders, workshop)?;
    let times = Times { begun, generated: SystemTime::now() };
    say_if_cffi_is_not_required(project, &modules);

    let build =
        build(bench.request, &project.options, bench.sysconfig, bench.environment, workshop);
    // Every refusal that needs no compiler comes before the compilers run.
    let contents = contents(project, &builders, &modules)?;
    say_if_a_package_is_misspelled(project, &contents.layout, &modules);
    say_what_is_spared(project, &contents)?;
    let specs: Vec<&ExtensionSpec> = modules.iter().filter_map(Module::extension).collect();
    let planned = compile::planned(&specs, &build);
    let mut product = product(bench, project, &contents, &planned)?;
    let mut linked = compile::extensions(&specs, &build)?;
    say_what_is_unchanged(project, workshop, start);
    let inputs = BuildInputs {
        builders: builder_inputs,
        objects: linked.iter_mut().flat_map(|linked| std::mem::take(&mut linked.inputs)).collect(),
    };
    let extensions: Vec<Extension> = linked.into_iter().map(|linked| linked.extension).collect();
    if extensions.len() < planned.len() {
        product = self::product(bench, project, &contents, &extensions)?;
    }
    let linked = specs.iter().flat_map(|spec| spec.named_files(&project.root)).collect();
    let layout = contents.layout;
    Ok(Assembled { product, layout, inputs, linked, times, _workshop: None })
}

/// Runs every builder once; the modules are complete then.
pub(super) fn generated(
    bench: &Bench,
    project: &Project,
    builders: &[Builder],
    workshop: &Workshop,
) -> Result<Generated> {
    let made = with_workplace(bench, project, workshop, |place| generate::run(builders, place))?;
    // Not before: a builder may make such a folder.
    folders::check(&project.options, &project.root)?;
    let modules = made.modules.into_iter().map(|module| module.with(&project.options)).collect();
    Ok(Generated { modules, ..made })
}

/// Does something with everything that builders run with.
pub(super) fn with_workplace<T>(
    bench: &Bench,
    project: &Project,
    workshop: &Workshop,
    work: impl FnOnce(&Workplace) -> T,
) -> T {
    let root = &project.root;
    let rules = Rules {
        interpreter: &bench.request.interpreter,
        limited_api: project.options.limited_api,
        ext_package: project.settings.ext_package.as_ref().map(|package| package.value.as_str()),
    };
    work(&Workplace {
        root,
        source_root: &root.join(project.settings.source_folder()),
        pyproject: &project.pyproject,
        rules,
        runtime: bench.builder_runtime,
        environment: bench.environment,
        output: workshop.path.join("generated"),
        ledger: workshop.ledger.as_ref(),
        jobs: project.options.jobs,
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

/// What goes into the wheel besides the extensions, as it is after the builders ran.
pub(super) struct Contents {
    tree: Tree,
    pub layout: Layout,
    generated: Vec<ManifestEntry>,
}

pub(super) fn contents(
    project: &Project,
    builders: &[Builder],
    modules: &[Module],
) -> Result<Contents> {
    let tree = tree::walk(&project.root)?;
    let dist_name = project.metadata.dist_name();
    let layout =
        discovery::layout(&tree, &project.settings, &project.pyproject, &dist_name, builders)?;
    let generated = modules.iter().filter_map(Module::python).map(|module| ManifestEntry {
        path: module.name.file(".py"),
        content: Content::File(module.path.clone()),
        executable: false,
    });
    Ok(Contents { layout, generated: generated.collect(), tree })
}

/// A wheel of which everything is decided.
#[derive(Clone)]
pub(super) struct Product {
    pub file_name: String,
    pub tag: Tag,
    /// The name of the `.dist-info` folder.
    pub dist_info: String,
    /// The modules that were built; the manifest holds them too.
    pub built: Vec<ManifestEntry>,
    pub manifest: Manifest,
}

pub(super) fn product(
    bench: &Bench,
    project: &Project,
    contents: &Contents,
    extensions: &[Extension],
) -> Result<Product> {
    let tag = wheel_tag(bench, project, extensions)?;
    let dist_info = dist_info(project, &tag);
    let extensions = extensions.iter().map(|extension| ManifestEntry {
        path: extension.wheel_path.clone(),
        content: Content::File(extension.path.clone()),
        executable: true,
    });
    let built: Vec<_> = extensions.chain(contents.generated.iter().cloned()).collect();
    let manifest = manifest::wheel(&WheelParts {
        tree: &contents.tree,
        layout: &contents.layout,
        settings: &project.settings,
        pyproject: &project.pyproject,
        built: &built,
        is_generated: &|file| tree::begins_with(&project.root.join(file), GENERATED),
        dist_info: &dist_info,
    })?;
    let version = project.metadata.version.to_string();
    let file_name = wheel::file_name(&project.metadata.dist_name(), &version, &tag);
    Ok(Product { file_name, tag, dist_info: dist_info.folder, built, manifest })
}

/// How cffi begins the Python modules that it generates.
const GENERATED: &str = "# auto-generated file";

fn packed(
    project: &Project,
    product: &Product,
    packing: &Packing,
    folder: &Path,
) -> Result<String> {
    let start = Instant::now();
    let Product { file_name, dist_info, manifest, .. } = product;
    if manifest.entries.iter().all(|entry| entry.path.starts_with(dist_info.as_str())) {
        let found = "the wheel holds no package, no module and no data";
        console(project).warning(&format!("{found}: set `packages` or `py-modules`"));
    }
    wheel::write(folder, file_name, manifest, dist_info, packing)?;
    let files = manifest.entries.len() + 1;
    console(project).step("Packed", &format!("{file_name}: {files} files"), start.elapsed());
    Ok(file_name.clone())
}

fn wheel_tag(bench: &Bench, project: &Project, extensions: &[Extension]) -> Result<Tag> {
    let abis: Vec<_> = extensions.iter().map(|extension| extension.abi).collect();
    let platform = platform_tag(bench.request, bench.environment)?;
    let requires = project.metadata.requires_python.as_ref();
    let floor = Floor {
        limited_api: project.options.limited_api,
        requires_python: requires.map(|requires| &requires.value),
    };
    let soabi = bench.sysconfig.soabi.as_deref();
    tags::wheel_tag(&abis, &bench.request.interpreter, soabi, &platform, &floor)
}

fn platform_tag(request: &Request, environment: &Environment) -> Result<String> {
    let mac = MacEnvironment {
        deployment_target: environment.text("MACOSX_DEPLOYMENT_TARGET"),
        archflags: environment.text("ARCHFLAGS"),
    };
    tags::platform(&request.interpreter, &mac)
}

fn dist_info(project: &Project, tag: &Tag) -> DistInfo {
    let metadata = &project.metadata;
    let purelib = if tag.platform == "any" { Purelib::Pure } else { Purelib::Platform };
    let mut files = vec![
        ("METADATA".to_owned(), metadata.core_metadata()),
        ("WHEEL".to_owned(), wheel::wheel_file(std::slice::from_ref(tag), purelib)),
    ];
    files.extend(metadata.entry_points().map(|text| ("entry_points.txt".to_owned(), text)));
    DistInfo {
        folder: wheel::dist_info_name(&metadata.dist_name(), &metadata.version.to_string()),
        files,
        licenses: metadata.license_files.clone(),
    }
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

fn say_what_is_spared(project: &Project, contents: &Contents) -> Result<()> {
    let Contents { tree, layout, .. } = contents;
    for left_out in manifest::spared(tree, layout, &project.settings, &project.pyproject)? {
        console(project).warning(&spared(&left_out, "wheel", "[tool.officina]"));
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
