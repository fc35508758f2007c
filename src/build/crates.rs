//! Crates that cargo builds while the project's builders run.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::path::{Path, PathBuf};

use crate::build::context::Build;
use crate::build::crate_files::{self, CargoFiles};
use crate::build::provided::{BuiltCrates, OwnStep};
use crate::engine::graph::{Graph, Node};
use crate::engine::scheduler::{self, Engine};
use crate::error::{Error, Result};
use crate::model::{
    Content, CrateArchive, CrateLink, DebugSections, DeclaredCrate, Environment, ExtensionSpec,
    Interpreter, LibrarySpec, Location, ManifestEntry, Profile, Task, TaskKind, Triple, WheelKind,
};
use crate::python::tags;
use crate::steps::cargo::{BuildCrate, CrateAnswer};
use crate::steps::libraries;
use crate::steps::toolchains::seen_by_tools;

/// Has cargo build every crate that would not come out as it did before, and does `meanwhile` on
/// this thread: builders need nothing of a crate.
///
/// # Errors
/// Cargo is not there or fails, a Cargo.lock is missing, or a crate needs what is outside the
/// project. Else the error of `meanwhile`, which ends cargo.
pub fn run<M>(build: &Build, meanwhile: impl FnOnce() -> Result<M>) -> Result<(BuiltCrates, M)> {
    let project = build.project;
    let declared = &project.settings.native.crates;
    if declared.is_empty() {
        return Ok((BuiltCrates::default(), meanwhile()?));
    }
    let cache = &build.folder.cache;
    let mut graph = Graph::default();
    let mut steps = Vec::with_capacity(declared.len());
    for one in declared {
        let step = step(one, crate_files::of(project, one)?, build)?;
        let id = step.id.clone();
        let group = graph.add_group(&one.name, false);
        let task = Task::new(TaskKind::Command, format!("crate {}", one.name));
        // One by one: cargo locks the folder that it works in, and runs side by side what can be.
        let needs = graph.nodes.len().checked_sub(1).into_iter().collect();
        let node = Node { step: Box::new(step), task, verb: "Built", needs, group };
        let why = scheduler::why(&*node.step, cache);
        graph.add(node);
        steps.push(OwnStep { name: one.name.clone(), id, why });
    }
    let engine = Engine { cache, jobs: build.jobs, console: build.console() };
    let (_, done) = scheduler::run(&graph, &engine, meanwhile)?;
    let mut built = BuiltCrates::default();
    for (one, OwnStep { id, .. }) in declared.iter().zip(&steps) {
        let answer = cache.answer_of_step(id).unwrap_or_default();
        let answer: CrateAnswer =
            serde_json::from_str(&answer).map_err(|e| Error::new(format!("`{id}`: {e}")))?;
        add(&mut built, one, answer, build);
    }
    built.packages.sort();
    built.packages.dedup();
    Ok((BuiltCrates { steps, ..built }, done))
}

/// The first crate that would have to be built again.
///
/// # Errors
/// Those of [`run`] that show before cargo runs.
pub fn stale(build: &Build) -> Result<Option<String>> {
    for declared in &build.project.settings.native.crates {
        let files = crate_files::of(build.project, declared)?;
        let step = step(declared, files, build)?;
        if scheduler::why(&step, &build.folder.cache).is_some() {
            return Ok(Some(declared.name.clone()));
        }
    }
    Ok(None)
}

fn step<'a>(
    declared: &'a DeclaredCrate,
    files: CargoFiles,
    build: &'a Build<'a>,
) -> Result<BuildCrate<'a>> {
    let project = build.project;
    let root = project.root.as_path();
    let context = build.compile_context();
    let variables = declared.env.iter();
    let own: BTreeMap<String, String> =
        variables.map(|(name, value)| (name.clone(), value.value.clone())).collect();
    let mut variables = for_target(build)?;
    variables.extend(own);
    let told = variables.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
    let environment = context.environment.with(&told.collect());
    // What decides about the system that is built for, macOS' least version above all.
    let environment = match context.target.interpreter.is_macos() {
        true => seen_by_tools(environment, &*context.toolchain(context.environment)?, root),
        false => environment,
    };
    let cross = context.target.sysconfig.cross.as_deref();
    let manifests = files.manifests.iter().chain([&files.lock]).map(|file| root.join(file));
    let configuration = crate_files::configuration(root, &environment);
    Ok(BuildCrate {
        id: BuildCrate::id_of(&declared.path.value),
        name: &declared.name,
        place: Location {
            source: project.pyproject.clone(),
            span: declared.path.span.clone(),
            key: None,
        },
        link: declared.link,
        manifest: declared.manifest(),
        lock: files.lock.clone(),
        rust_version: files.rust_version.clone(),
        words: words(declared, build),
        targets: match declared.target.clone().or(cross.map(|cross| cross.triple.rust())) {
            Some(target) => vec![target],
            None => targets(build.hook.target.interpreter, build.hook.environment),
        },
        environment,
        settings: variables.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        files: manifests.chain(configuration).collect(),
        folder: build.folder.path.join("cargo"),
        root,
        paths: build.folder.cache.paths(),
        jobs: build.jobs,
        console: build.console(),
    })
}

/// What cargo, the crate `cc` and PyO3 have to hear where crates are for another machine, unless
/// somebody said it. zig is no linker by itself: it takes two words to start it.
///
/// # Errors
/// There is no C compiler.
fn for_target(build: &Build) -> Result<BTreeMap<String, String>> {
    let context = build.compile_context();
    let Some(cross) = &context.target.sysconfig.cross else { return Ok(BTreeMap::new()) };
    let toolchain = context.toolchain(context.environment)?;
    let rust = cross.triple.rust().replace('-', "_");
    let python = context.target.interpreter.version.to_string();
    let library = cross.described_in.parent().unwrap_or(Path::new("/")).display().to_string();
    let mut told = BTreeMap::from([
        ("PYO3_CROSS_LIB_DIR".to_owned(), library),
        ("PYO3_CROSS_PYTHON_VERSION".to_owned(), python),
    ]);
    if let [compiler] = &toolchain.c.compile.driver[..] {
        told.insert(format!("CARGO_TARGET_{}_LINKER", rust.to_uppercase()), compiler.clone());
        told.insert(format!("CC_{rust}"), compiler.clone());
        told.insert(format!("AR_{rust}"), toolchain.archive.driver.join(" "));
    }
    let cxx = toolchain.cxx.as_ref().map(|cxx| &cxx.compile.driver[..]);
    if let Some([compiler]) = cxx {
        told.insert(format!("CXX_{rust}"), compiler.clone());
    }
    told.retain(|name, _| context.environment.text(name).is_none());
    Ok(told)
}

fn words(declared: &DeclaredCrate, build: &Build) -> Vec<String> {
    let options = &build.project.options;
    let profile = match (options.profile, build.hook.kind) {
        (Profile::Debug, _) => "dev",
        (Profile::Release, WheelKind::Editable) if declared.editable_profile.is_some() => {
            declared.editable_profile.as_deref().unwrap_or_default()
        }
        (Profile::Release, _) => declared.profile.as_deref().unwrap_or("release"),
    };
    let mut words = vec![format!("--profile={profile}")];
    if !declared.default_features {
        words.push("--no-default-features".to_owned());
    }
    if !declared.features.is_empty() {
        words.push(format!("--features={}", declared.features.join(",")));
    }
    if options.cargo_offline {
        words.push("--offline".to_owned());
    }
    words
}

/// The target triples, where the Python is for another machine than the one that cargo builds for
/// by itself; of several, the module is for all.
fn targets(interpreter: &Interpreter, environment: &Environment) -> Vec<String> {
    let platform = interpreter.platform.as_str();
    let triples: &[&str] = match platform {
        "win32" => &["i686-pc-windows-msvc"],
        "win-arm32" => &["thumbv7a-pc-windows-msvc"],
        "win-arm64" => &["aarch64-pc-windows-msvc"],
        _ if platform.starts_with("mingw_x86_64") => &["x86_64-pc-windows-gnu"],
        _ if interpreter.is_macos() => mac_targets(platform, environment.text("ARCHFLAGS")),
        _ => {
            let other = Triple::of_platform(platform).filter(|triple| !triple.is_for(ARCH));
            return other.iter().map(Triple::rust).collect();
        }
    };
    triples.iter().map(|triple| (*triple).to_owned()).collect()
}

fn mac_targets(platform: &str, archflags: Option<&str>) -> &'static [&'static str] {
    let is_said = archflags.is_some_and(|flags| !flags.trim().is_empty());
    match archflags.and_then(tags::flagged_architecture) {
        Some("arm64") => &["aarch64-apple-darwin"],
        Some("x86_64") => &["x86_64-apple-darwin"],
        Some("universal2") => &["aarch64-apple-darwin", "x86_64-apple-darwin"],
        _ if !is_said && platform.ends_with("universal2") => {
            &["aarch64-apple-darwin", "x86_64-apple-darwin"]
        }
        _ => &[],
    }
}

fn add(built: &mut BuiltCrates, declared: &DeclaredCrate, answer: CrateAnswer, build: &Build) {
    built.packages.extend(answer.packages.iter().cloned());
    match declared.link {
        CrateLink::Static => built.libraries.push(library(declared, answer, build)),
        CrateLink::Shared => {
            let path = shared_path(declared, &answer.library);
            let content = Content::File(answer.library);
            built.shared.push(ManifestEntry { path, content, executable: true });
        }
    }
}

fn library(declared: &DeclaredCrate, answer: CrateAnswer, build: &Build) -> LibrarySpec {
    LibrarySpec {
        name: declared.name.clone(),
        archive: Some(CrateArchive {
            file: answer.library,
            folder: declared.path.value.clone().into(),
        }),
        public_include_dirs: declared.include_dir().map(PathBuf::from).into_iter().collect(),
        library_dirs: answer.library_dirs,
        extra_link_args: [answer.native_libraries, left_out(build)].concat(),
        ..LibrarySpec::default()
    }
}

/// Words that keep out of a module what nobody looks for in it: most of the standard library, which
/// is not called by anybody, and in release builds names, of which some tell in which folder they
/// were made.
fn left_out(build: &Build) -> Vec<String> {
    let (interpreter, options) = (build.hook.target.interpreter, &build.project.options);
    let is_stripped = options.profile == Profile::Release
        && options.debug_sections == DebugSections::Removed
        && options.sanitizers.is_empty();
    let (unused, names) = match (interpreter.is_windows(), interpreter.is_macos()) {
        (true, _) => return Vec::new(),
        (_, true) => ("-Wl,-dead_strip", "-Wl,-x"),
        _ => ("-Wl,--gc-sections", "-Wl,--strip-all"),
    };
    let words = std::iter::once(unused).chain(is_stripped.then_some(names));
    words.map(str::to_owned).collect()
}

/// Where the wheel holds a shared library: in the package that is named, or beside the module.
fn shared_path(declared: &DeclaredCrate, library: &Path) -> String {
    let name = library.file_name().unwrap_or_default().to_string_lossy();
    let beside = declared.module.as_ref().and_then(|module| module.value.rsplit_once('.'));
    let package = match (&declared.package, beside) {
        (Some(package), _) => package.value.as_str(),
        (None, Some((package, _))) => package,
        (None, None) => return name.into_owned(),
    };
    format!("{}/{name}", package.replace('.', "/"))
}

/// Refuses a module that links two crates: each brings Rust's standard library.
///
/// # Errors
/// There is such a module.
pub fn refuse_two_in_one(
    build: &Build,
    specs: &[&ExtensionSpec],
    all: &[LibrarySpec],
) -> Result<()> {
    for spec in specs {
        let linked = libraries::linked(&spec.libraries, all).into_iter().map(|index| &all[index]);
        let crates: Vec<&str> =
            linked.filter(|one| one.archive.is_some()).map(|one| one.name.as_str()).collect();
        if let [first, second, ..] = crates[..] {
            let declared = &build.project.settings.native.crates;
            let place = declared.iter().find(|one| one.name == second);
            let place = place.map_or(0..0, |one| one.path.span.clone());
            let message = format!("`{}` links two crates, `{first}` and `{second}`", spec.name);
            return Err(Error::new(message)
                .at(&build.project.pyproject, place)
                .note("each brings its own copy of Rust's standard library, and the two clash")
                .hint("make one crate that holds both: `pub extern crate` or `pub use` in its `lib.rs`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PythonVersion;

    #[test]
    fn targets_are_those_of_the_python() {
        for (platform, flags, expected) in [
            (format!("linux-{ARCH}").as_str(), "", ""),
            ("linux-s390x", "", "s390x-unknown-linux-gnu"),
            ("linux-ppc64le", "", "powerpc64le-unknown-linux-gnu"),
            ("linux-riscv64", "", "riscv64gc-unknown-linux-gnu"),
            ("linux-armv7l", "", "armv7-unknown-linux-gnueabihf"),
            ("linux-vax", "", ""),
            ("mingw_x86_64_ucrt", "", "x86_64-pc-windows-gnu"),
            ("win-amd64", "", ""),
            ("win32", "", "i686-pc-windows-msvc"),
            ("win-arm64", "", "aarch64-pc-windows-msvc"),
            ("macosx-11.0-arm64", "", ""),
            ("macosx-11.0-arm64", "-arch x86_64", "x86_64-apple-darwin"),
            ("macosx-11.0-universal2", "-arch arm64", "aarch64-apple-darwin"),
            ("macosx-11.0-universal2", "", "aarch64-apple-darwin x86_64-apple-darwin"),
        ] {
            let interpreter = Interpreter::cpython(PythonVersion(3, 11), platform);
            let environment = Environment([("ARCHFLAGS".into(), flags.into())].into());
            assert_eq!(
                targets(&interpreter, &environment).join(" "),
                expected,
                "{platform} {flags}"
            );
        }
    }
}
