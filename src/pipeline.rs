//! One readable function per product; the only file that sees two stages.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::compile::{self, Build, Linked, Undefined};
use crate::error::Result;
use crate::fs;
use crate::generate::{self, Workplace, spec::Rules};
use crate::model::{
    Builder, BuilderRuntime, Content, Extension, ExtensionSpec, Hook, Layout, LimitedApi, Manifest,
    ManifestEntry, Module, Project, Request, Sysconfig, Tag, Tree,
};
use crate::package::manifest::{self, DistInfo, WheelParts};
use crate::package::wheel::{self, Packing, Purelib};
use crate::process::Environment;
use crate::project::metadata::{self, TreeAccess};
use crate::project::toml::{self, Table};
use crate::project::{builder, discovery, placement, settings};
use crate::protocol::Response;
use crate::python::requires;
use crate::python::tags::{self, Floor, MacEnvironment};
use crate::report::Console;
use crate::tree;

/// Answers a hook.
///
/// # Errors
/// Everything that a user can make fail, as one error to show. Nothing partial is left.
pub fn run(request: &Request, environment: &Environment) -> Result<Response> {
    answer(request, environment).map_err(|error| {
        error.named(|location| {
            let is_ours = location.source.name == PYPROJECT;
            is_ours.then(|| toml::key_at(&location.source, &location.span)).flatten()
        })
    })
}

const PYPROJECT: &str = "pyproject.toml";

fn answer(request: &Request, environment: &Environment) -> Result<Response> {
    match &request.hook {
        Hook::GetRequiresForBuildWheel => requirements(request),
        Hook::PrepareMetadataForBuildWheel { metadata_directory } => {
            prepared_metadata(request, environment, metadata_directory)
        }
        Hook::BuildWheel { wheel_directory, sysconfig, builder_runtime, .. } => {
            let bench = Bench { request, environment, sysconfig, builder_runtime };
            built_wheel(&bench, wheel_directory)
        }
        Hook::CompileExtension { extension, target, object_directory, sysconfig } => {
            let scratch = fs::scratch_dir()?;
            let build = Build {
                undefined: Undefined::Warn,
                ..build(request, sysconfig, environment, scratch.path())
            };
            let linked = compile::extension(extension, target, &build)?;
            if let Some(folder) = object_directory {
                keep_objects(&linked, &request.source_tree, folder)?;
            }
            Ok(Response::Name(target.to_string_lossy().into_owned()))
        }
    }
}

/// What a hook that builds is given.
#[derive(Clone, Copy)]
struct Bench<'a> {
    request: &'a Request,
    environment: &'a Environment,
    sysconfig: &'a Sysconfig,
    builder_runtime: &'a BuilderRuntime,
}

impl Bench<'_> {
    fn console(&self) -> Console {
        Console { verbose: self.request.config.verbose }
    }

    fn limited_api(&self, project: &Project) -> LimitedApi {
        self.request.config.limited_api.unwrap_or(project.settings.limited_api)
    }
}

fn requirements(request: &Request) -> Result<Response> {
    let project = load(&request.source_tree)?;
    let builds = !project.settings.cffi_modules.is_empty();
    let cffi = builds.then(|| requires::cffi(&request.interpreter)).flatten();
    Ok(Response::Requires(cffi.into_iter().collect()))
}

fn prepared_metadata(
    request: &Request,
    environment: &Environment,
    into: &Path,
) -> Result<Response> {
    let project = load(&request.source_tree)?;
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

fn built_wheel(bench: &Bench, wheel_directory: &Path) -> Result<Response> {
    let packing =
        Packing { modified: wheel::timestamp(bench.environment)?, jobs: bench.request.config.jobs };
    let project = load(&bench.request.source_tree)?;
    fs::create_dir(wheel_directory)?;
    let scratch = fs::scratch_dir()?;
    let builders = resolved(&project)?;
    let modules = generated(bench, &project, &builders, scratch.path())?;
    say_if_cffi_is_not_required(bench, &project, &modules);

    let build = build(bench.request, bench.sysconfig, bench.environment, scratch.path());
    // Every refusal that needs no compiler comes before the compilers run.
    let contents = contents(&project, &builders, &modules)?;
    let specs: Vec<&ExtensionSpec> = modules.iter().filter_map(Module::extension).collect();
    let planned = compile::planned(&specs, &build);
    let mut product = product(bench, &project, &contents, &planned)?;
    let linked: Vec<Extension> =
        compile::extensions(&specs, &build)?.into_iter().map(|linked| linked.extension).collect();
    if linked.len() < planned.len() {
        product = self::product(bench, &project, &contents, &linked)?;
    }
    Ok(Response::Name(packed(bench, &product, &packing, wheel_directory)?))
}

/// Copies each object to where setuptools would have left it: below `folder`, under the path of
/// its source.
fn keep_objects(linked: &Linked, root: &Path, folder: &Path) -> Result<()> {
    for object in &linked.objects {
        let source = object.source.strip_prefix(root).unwrap_or(&object.source);
        let suffix = object.path.extension().unwrap_or_default();
        fs::copy(&object.path, &folder.join(source.with_extension(suffix)))?;
    }
    Ok(())
}

fn build<'a>(
    request: &'a Request,
    sysconfig: &'a Sysconfig,
    environment: &'a Environment,
    scratch: &'a Path,
) -> Build<'a> {
    Build {
        root: &request.source_tree,
        scratch,
        interpreter: &request.interpreter,
        sysconfig,
        environment,
        profile: request.config.profile,
        jobs: request.config.jobs,
        undefined: Undefined::Refuse,
        console: Console { verbose: request.config.verbose },
    }
}

/// Reads what `pyproject.toml` says, and the files that it names.
fn load(root: &Path) -> Result<Project> {
    let pyproject = Arc::new(fs::read_source(&root.join(PYPROJECT), PYPROJECT)?);
    let document = toml::parse(&pyproject)?;
    let table = Table::root(&pyproject, &document);
    placement::check(&table)?;
    let access = TreeAccess {
        read: &|file| fs::read_source(&root.join(file), file).map(Arc::new),
        files_matching: &|glob| tree::matching(root, glob),
    };
    let settings = settings::read(&table)?;
    let metadata = metadata::read(&table, &access)?;
    Ok(Project { root: root.to_owned(), settings, metadata, pyproject })
}

fn resolved(project: &Project) -> Result<Vec<Builder>> {
    builder::resolve(
        &project.settings,
        &project.pyproject,
        &|script| project.root.join(script).is_file(),
        &|| tree::scripts(&project.root),
    )
}

/// Runs every builder once.
fn generated(
    bench: &Bench,
    project: &Project,
    builders: &[Builder],
    scratch: &Path,
) -> Result<Vec<Module>> {
    let root = &project.root;
    let source = project.settings.python_source.as_ref().map_or(Path::new("src"), |s| &s.value);
    let rules = Rules {
        interpreter: &bench.request.interpreter,
        limited_api: bench.limited_api(project),
        ext_package: project.settings.ext_package.as_ref().map(|package| package.value.as_str()),
    };
    let machine = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    generate::run(
        builders,
        &Workplace {
            root,
            source_root: &root.join(source),
            pyproject: &project.pyproject,
            rules,
            runtime: bench.builder_runtime,
            environment: bench.environment,
            output: scratch.join("generated"),
            jobs: bench.request.config.jobs.unwrap_or_else(machine),
            console: bench.console(),
        },
    )
}

/// What goes into the wheel besides the extensions, as it is after the builders ran.
struct Contents {
    tree: Tree,
    layout: Layout,
    generated: Vec<ManifestEntry>,
}

fn contents(project: &Project, builders: &[Builder], modules: &[Module]) -> Result<Contents> {
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
struct Product {
    file_name: String,
    dist_info: String,
    manifest: Manifest,
}

fn product(
    bench: &Bench,
    project: &Project,
    contents: &Contents,
    extensions: &[Extension],
) -> Result<Product> {
    let tag = wheel_tag(bench, project, extensions)?;
    let dist_info = dist_info(project, &tag);
    let built = extensions.iter().map(|extension| ManifestEntry {
        path: extension.wheel_path.clone(),
        content: Content::File(extension.path.clone()),
        executable: true,
    });
    let manifest = manifest::wheel(&WheelParts {
        tree: &contents.tree,
        layout: &contents.layout,
        settings: &project.settings,
        pyproject: &project.pyproject,
        built: &built.chain(contents.generated.iter().cloned()).collect::<Vec<_>>(),
        is_generated: &|file| tree::begins_with(&project.root.join(file), GENERATED),
        dist_info: &dist_info,
    })?;
    let version = project.metadata.version.to_string();
    let file_name = wheel::file_name(&project.metadata.dist_name(), &version, &tag);
    Ok(Product { file_name, dist_info: dist_info.folder, manifest })
}

/// How cffi begins the Python modules that it generates.
const GENERATED: &str = "# auto-generated file";

fn packed(bench: &Bench, product: &Product, packing: &Packing, folder: &Path) -> Result<String> {
    let start = Instant::now();
    let Product { file_name, dist_info, manifest } = product;
    if manifest.entries.iter().all(|entry| entry.path.starts_with(dist_info.as_str())) {
        let found = "the wheel holds no package, no module and no data";
        bench.console().warning(&format!("{found}: set `packages` or `py-modules`"));
    }
    wheel::write(folder, file_name, manifest, dist_info, packing)?;
    let files = manifest.entries.len() + 1;
    bench.console().step("Packed", &format!("{file_name}: {files} files"), start.elapsed());
    Ok(file_name.clone())
}

fn wheel_tag(bench: &Bench, project: &Project, extensions: &[Extension]) -> Result<Tag> {
    let abis: Vec<_> = extensions.iter().map(|extension| extension.abi).collect();
    let platform = platform_tag(bench.request, bench.environment)?;
    let requires = project.metadata.requires_python.as_ref();
    let floor = Floor {
        limited_api: bench.limited_api(project),
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

fn say_if_cffi_is_not_required(bench: &Bench, project: &Project, modules: &[Module]) {
    let Some(first) = modules.first() else { return };
    if !project.metadata.depends_on("cffi") {
        bench.console().warning(&format!(
            "`cffi` is missing from `[project] dependencies`, and `import {}` needs it: \
             add \"cffi; platform_python_implementation != 'PyPy'\"",
            first.name()
        ));
    }
}
