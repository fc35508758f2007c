//! The files of a wheel: builders run, then their modules are compiled, and what else goes in is
//! decided meanwhile.

use std::path::Path;
use std::time::Instant;

use crate::build::broken_promises;
use crate::build::bundle;
use crate::build::cffi_dependency;
use crate::build::contents::{Contents, contents};
use crate::build::context::Build;
use crate::build::crates;
use crate::build::declared;
use crate::build::folders;
use crate::build::header_imports::{self, Completed};
use crate::build::made_of::MadeOf;
use crate::build::native;
use crate::build::origin;
use crate::build::own_steps;
use crate::build::product::{self, Product};
use crate::build::project::{console, resolved_scripts};
use crate::build::provided::Provided;
use crate::build::sbom::{self, OfOthers};
use crate::build::stubs;
use crate::build::unimportable;
use crate::build::wheel_platform;
use crate::engine::cache::{BuildEnd, Stale};
use crate::error::{Result, nearest};
use crate::model::{Builder, Extension, Layout, Module, Project, Tag};
use crate::report::Console;
use crate::steps::builder::{self, BuilderContext, Generated};
use crate::steps::make_modules;

/// A wheel of which every file exists.
pub struct Assembled {
    /// Its files.
    pub product: Product,
    /// Which part of the tree is its Python code.
    pub layout: Layout,
    /// What its modules were made of.
    pub made_of: MadeOf,
}

/// Runs builders and compilers, and decides about every file. `meanwhile` is done with the product
/// while its modules are still being compiled. The build folder, where the modules lie, remembers
/// what the build did if it fails; else that is left to the caller.
///
/// # Errors
/// What builders or compilers fail with, and every reason to refuse the wheel. One of `meanwhile`
/// is told if nothing else went wrong.
pub fn assembled<M>(
    build: &Build,
    meanwhile: impl FnOnce(&Product) -> Result<M>,
) -> Result<(Assembled, M)> {
    let made = assembled_in(build, meanwhile);
    if made.is_err() {
        build.folder.remember(BuildEnd::Early, build.console());
    }
    made
}

fn assembled_in<M>(
    build: &Build,
    meanwhile: impl FnOnce(&Product) -> Result<M>,
) -> Result<(Assembled, M)> {
    let start = Instant::now();
    let (project, console) = (build.project, build.console());
    let (ready, made) =
        with_builders(build, |ready| generated(build, &ready.provided, &ready.builders))?;
    let ReadyBuilders { builders, provided, .. } = ready;
    let Generated { modules, inputs, ffis } = made;
    let mut contents = checked_contents(project, &builders, &modules, &provided)?;
    contents.stubs = stubs::entries(build, &ffis, &contents);
    let native = native::resolved(build, &provided, &modules)?;
    let specs = native.specs(&modules);
    let context = build.compile_context();
    let planned = make_modules::planned(&specs, &context);
    let mut product = product::product(build.hook, project, &contents, &planned)?;
    unimportable::check(project, &product, &contents, console)?;
    broken_promises::say(project, &contents, &product, console);
    let (mut linked, done_meanwhile) =
        make_modules::make(&specs, &native.libraries, &context, || meanwhile(&product))
            .map_err(|error| native::explained(error, project))?;
    let extensions: Vec<Extension> = linked.iter().map(|one| one.extension.clone()).collect();
    if extensions != planned {
        let before = product.tag;
        product = product::product(build.hook, project, &contents, &extensions)?;
        say_why_it_is_another_tag(&before, &product.tag, &extensions, console);
    }
    let (product, copies) = bundle::bundled(build, product, &modules, &mut linked)?;
    let product = wheel_platform::decided(build, product, &linked)?;
    product.lowered.iter().for_each(|reason| console.warning(reason));
    say_what_is_unchanged(build, start);
    let builders = builders.into_iter().zip(inputs).collect();
    let made_of = MadeOf { builders, steps: provided.steps, linked };
    let crates = &provided.crates.packages;
    let others = OfOthers { copies: &copies, crates, made_of: &made_of, planned: planned.len() };
    let product = sbom::described(build, product, &others)?;
    Ok((Assembled { product, layout: contents.layout, made_of }, done_meanwhile))
}

/// What builders are run with.
pub struct ReadyBuilders {
    /// The builders, scripts first. Of declared modules all is known.
    pub builders: Vec<Builder>,
    /// What the project's own steps give.
    pub provided: Provided,
    /// Each import of headers, as messages call it, and why it had to run; `None` if it had not.
    pub imports: Vec<(String, Option<Stale>)>,
}

/// Does all that comes before builders, and then `work` with them. The project's own steps run
/// first, since they may make files that declared modules and crates name. While cargo builds the
/// crates, headers are imported and `work` is done.
///
/// # Errors
/// A builder's script is not there, a step or a crate fails, or a declared module names what is not
/// there. Else the error of `work`.
pub fn with_builders<M>(
    build: &Build,
    work: impl FnOnce(&mut ReadyBuilders) -> Result<M>,
) -> Result<(ReadyBuilders, M)> {
    let scripts = resolved_scripts(build.project, &build.project.settings)?;
    let provided = own_steps::run(build)?;
    let (mut crates, (mut ready, done)) = crates::run(build, || {
        let mut ready = ready_builders(build, scripts, provided)?;
        let done = work(&mut ready)?;
        Ok((ready, done))
    })?;
    ready.provided.steps.append(&mut crates.steps);
    ready.provided.crates = crates;
    Ok((ready, done))
}

fn ready_builders(
    build: &Build,
    mut builders: Vec<Builder>,
    provided: Provided,
) -> Result<ReadyBuilders> {
    let (project, settings) = (build.project, &build.project.settings);
    builders.extend(declared::resolved(project, settings)?);
    let Completed { builders, steps } = header_imports::completed(build, &provided, builders)?;
    Ok(ReadyBuilders { builders, provided, imports: steps })
}

/// Runs every builder that has to run; the modules are complete then, with what the settings add.
pub fn generated(build: &Build, provided: &Provided, builders: &[Builder]) -> Result<Generated> {
    let project = build.project;
    let run = |context: &BuilderContext| builder::run_all(builders, context);
    let literals = stubs::literals(build, builders)?;
    let made = build.with_builder_context(&provided.variables, literals.as_ref(), run)?;
    // Not before: a builder may make such a folder.
    folders::check(&project.options, &project.root)?;
    let with_all =
        |module: Module| origin::module(provided.module(module.with(&project.options)), build);
    let modules = made.modules.into_iter().map(with_all).collect();
    Ok(Generated { modules, ..made })
}

/// What else goes into the wheel, with all that is to be said about it.
fn checked_contents(
    project: &Project,
    builders: &[Builder],
    modules: &[Module],
    provided: &Provided,
) -> Result<Contents> {
    let console = console(project);
    cffi_dependency::check(project, modules)?;
    say_if_a_file_hides_the_frontend(&project.root, console);
    let contents = contents(project, builders, modules, &provided.crates)?;
    say_if_a_package_is_misspelled(&contents.layout, modules, console);
    contents.say_which_modules_are_taken(project, console);
    contents.say_what_is_omitted(project, console)?;
    contents.say_what_is_odd(project, console)?;
    Ok(contents)
}

/// What was built has another tag than what the builders' arguments ask for.
pub fn say_why_it_is_another_tag(
    asked: &Tag,
    built: &Tag,
    extensions: &[Extension],
    console: Console,
) {
    if asked == built {
        return;
    }
    for reason in extensions.iter().filter_map(|extension| extension.built.reason.as_ref()) {
        console.warning(&format!("the wheel is `{built}` and not `{asked}`: {reason}"));
    }
}

/// Says how much of the last build still holds.
pub fn say_what_is_unchanged(build: &Build, start: Instant) {
    let (steps, kept) = build.folder.cache.count();
    if kept > 0 {
        build.console().done("Unchanged", &format!("{kept} of {steps} steps"), start.elapsed());
    }
}

/// `python -m build` in the project's folder runs what is called `build` there.
fn say_if_a_file_hides_the_frontend(root: &Path, console: Console) {
    let hides = ["build.py", "build/__init__.py"].iter().find(|file| root.join(file).is_file());
    if let Some(file) = hides {
        console.warning(&format!(
            "`python -m build` in this folder runs `{file}`, and not the program `build`: rename it, \
             or run `pyproject-build`"
        ));
    }
}

/// A module may have a package to itself, so that a slip in its name makes a wheel that works but
/// for the import.
fn say_if_a_package_is_misspelled(layout: &Layout, modules: &[Module], console: Console) {
    let top = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let packages: Vec<String> = layout.packages.iter().map(|package| top(package)).collect();
    for module in modules {
        let name = module.name().as_str();
        let package = top(name);
        if !name.contains('.') || packages.contains(&package) {
            continue;
        }
        if let Some(near) = nearest(&package, packages.iter().map(String::as_str)) {
            console.warning(&format!(
                "the project has no package `{package}` for `{name}`: did you mean `{near}{}`?",
                &name[package.len()..]
            ));
        }
    }
}
