//! `target` and `target-python` -> the facts of a Python that cannot run here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::build::target_python::{self, FoundPython};
use crate::build::windows_target;
use crate::error::{Error, Result};
use crate::model::{
    ConfigSettings, CrossTarget, Environment, Hook, Interpreter, Request, Sysconfig, Triple,
    WheelKind,
};
use crate::report::advice::install;
use crate::steps::pkg_config;

/// What is built for, in the place of the Python that the hook runs in.
#[derive(Debug, Clone)]
struct CrossPython {
    /// Which Python it is. Its executable is that of the one that runs builders.
    interpreter: Interpreter,
    /// How its modules are compiled.
    sysconfig: Sysconfig,
}

/// The request with the Python that its settings aim at, and the environment of such a build.
///
/// # Errors
/// Those of [`aim`]; setuptools packs the project.
pub fn aimed(mut request: Request, outer: &Environment) -> Result<(Request, Cow<'_, Environment>)> {
    let is_setuptools = request.hook.setuptools_project().is_some();
    let mut own = Sysconfig::default();
    let (sysconfig, kind) = match &mut request.hook {
        Hook::BuildWheel { sysconfig, kind, .. } => (&mut **sysconfig, *kind),
        Hook::BuildModules { request, .. } | Hook::LastModules { request } => {
            (&mut *request.sysconfig, request.kind)
        }
        Hook::PrepareMetadataForBuildWheel { kind, .. } => (&mut own, *kind),
        // Requirements are for the Python that runs builders, an import rebuilds for itself, and an
        // sdist is for no machine.
        Hook::CompileExtension { .. }
        | Hook::GetRequiresForBuildWheel { .. }
        | Hook::Rebuild { .. }
        | Hook::GetRequiresForBuildSdist
        | Hook::BuildSdist { .. }
        | Hook::SdistFiles { .. } => return Ok((request, Cow::Borrowed(outer))),
    };
    let python = (&mut request.interpreter, sysconfig);
    let environment = aim(python, &mut request.config, &request.source_tree, kind, outer)?;
    if is_setuptools && environment.is_some() {
        return Err(refused(&request.config, "setuptools decides for which machine it builds")
            .hint("set `build-backend = \"officina\"`, or leave `target` out"));
    }
    Ok((request, environment.map_or(Cow::Borrowed(outer), Cow::Owned)))
}

/// Changes the facts of the Python that builds to those of the one that settings and `outer`, the
/// environment, aim at. Where it is one of another machine, returns the environment of such a build.
/// `root` is the source tree.
///
/// # Errors
/// A setting or a variable aims at what cannot be built for, or the build is for an editable install.
pub fn aim(
    (interpreter, sysconfig): (&mut Interpreter, &mut Sysconfig),
    config: &mut ConfigSettings,
    root: &Path,
    kind: WheelKind,
    outer: &Environment,
) -> Result<Option<Environment>> {
    if kind == WheelKind::Standard {
        windows_target::aim(interpreter, sysconfig, outer)?;
    }
    let Some(found) = python(config, root, (interpreter, sysconfig))? else { return Ok(None) };
    if kind == WheelKind::Editable {
        return Err(refused(config, "an editable install is for this machine")
            .hint("build a wheel with `target`, or install without it"));
    }
    (*interpreter, *sysconfig) = (found.interpreter, found.sysconfig);
    let cross = sysconfig.cross.as_deref();
    Ok(cross.map(|cross| environment(cross, &interpreter.platform, outer)))
}

fn refused(config: &ConfigSettings, why: &str) -> Error {
    let error = Error::new("this cannot be built for another machine").note(why);
    let target = config.choices.target.as_ref().map(|target| &target.origin);
    let python = config.choices.target_python.as_ref().map(|python| &python.origin);
    match target.or(python) {
        Some(origin) => error.set_by(origin),
        None => error,
    }
}

/// The Python that settings aim at, if they do; `host` is the one that runs builders. Where the two
/// are of different versions, the settings get a warning.
///
/// # Errors
/// One of the two settings is not there, the Python is none, is for another machine, or has no
/// headers.
fn python(
    config: &mut ConfigSettings,
    root: &Path,
    host: (&Interpreter, &Sysconfig),
) -> Result<Option<CrossPython>> {
    let (interpreter, own) = host;
    let (target, python) = (&config.choices.target, &config.choices.target_python);
    let Some(python) = python else {
        return match target {
            None => Ok(None),
            Some(target) => Err(Error::new(format!(
                "nothing says which Python of `{}` to build for",
                target.value
            ))
            .set_by(&target.origin)
            .hint(NAME_IT)),
        };
    };
    let wanted = target.as_ref().map(|target| &target.value);
    let place = root.join(&python.value);
    let found = target_python::find(&place, wanted, interpreter)
        .map_err(|error| error.set_by(&python.origin))?;
    let triple = match wanted {
        Some(triple) => triple.clone(),
        None => found.triple.clone(),
    };
    if found.python.version != interpreter.version {
        config.warnings.push(format!(
            "builders run in Python {}, and the modules are for {}: a builder that asks \
             `sys.version_info` hears of the first",
            interpreter.version, found.python.version
        ));
    }
    let include_dirs = headers(&found, own, &triple).map_err(|e| e.set_by(&python.origin))?;
    Ok(Some(cross_python(found, include_dirs, triple, interpreter)))
}

/// What to write where the Python is not said.
const NAME_IT: &str = "set `target-python`: a folder with that machine's system or Python, its \
                       build-details.json, or its _sysconfigdata*.py";

fn cross_python(
    found: FoundPython,
    include_dirs: Vec<PathBuf>,
    triple: Triple,
    host: &Interpreter,
) -> CrossPython {
    let (python, root) = (&found.python, found.root.clone());
    let below = |folders: &[String]| -> Vec<PathBuf> {
        let root = root.iter();
        let folders = root.flat_map(|root| folders.iter().map(|folder| root.join(folder)));
        folders.filter(|folder| folder.is_dir()).collect()
    };
    let multiarch = triple.multiarch();
    let library_dirs = match &found.prefix {
        Some(prefix) if root.is_none() => vec![prefix.join("lib")],
        _ => below(&library_folders(&multiarch)),
    };
    let last = below(&[format!("usr/include/{multiarch}"), "usr/include".into()]);
    let has_c_library = last.iter().any(|folder| folder.join("stdio.h").is_file());
    let mut compilers = vec![triple.gnu(), python.machine.clone()];
    compilers.dedup();
    let executable = found.relocated(&python.executable).filter(|file| file.is_file());
    let sysconfig = Sysconfig {
        libdir: python.sysconfig.libdir.as_deref().and_then(|folder| found.relocated(folder)),
        include_dirs,
        cross: Some(Box::new(CrossTarget {
            described_in: found.file.clone(),
            executable,
            sysroot: root.clone().filter(|_| has_c_library),
            root,
            library_dirs,
            last_include_dirs: last,
            compilers,
            triple: triple.clone(),
            host: Interpreter { executable: PathBuf::new(), ..host.clone() },
        })),
        ..python.sysconfig.clone()
    };
    let interpreter = Interpreter {
        executable: host.executable.clone(),
        implementation: python.implementation.clone(),
        version: python.version,
        pypy_version: None,
        free_threaded: python.free_threaded,
        debug: python.debug,
        pointer_bits: triple.bits(),
        platform: triple.platform(),
    };
    CrossPython { interpreter, sysconfig }
}

/// The folders of a system that its dynamic linker searches.
fn library_folders(multiarch: &str) -> Vec<String> {
    let own = [format!("lib/{multiarch}"), format!("usr/lib/{multiarch}")];
    let usual = ["usr/local/lib", "lib64", "usr/lib64", "lib", "usr/lib"].map(str::to_owned);
    own.into_iter().chain(usual).collect()
}

/// The environment of all that runs in a build for a target: builders and steps hear of it, and
/// pkg-config looks into its system and not into this one, unless somebody told it where.
fn environment(cross: &CrossTarget, platform: &str, environment: &Environment) -> Environment {
    let mut told = BTreeMap::from([
        ("OFFICINA_TARGET", cross.triple.rust()),
        ("_PYTHON_HOST_PLATFORM", platform.to_owned()),
    ]);
    if !pkg_config::is_told(environment) {
        let root = cross.root.as_ref();
        let shared = root.map(|root| root.join("usr/share")).into_iter();
        let folders = cross.library_dirs.iter().cloned().chain(shared);
        let folders: Vec<String> =
            folders.map(|folder| folder.join("pkgconfig").display().to_string()).collect();
        told.insert("PKG_CONFIG_LIBDIR", folders.join(":"));
        told.extend(root.map(|root| ("PKG_CONFIG_SYSROOT_DIR", root.display().to_string())));
    }
    let told = told.into_iter().map(|(name, value)| (name.to_owned(), Some(value)));
    environment.with(&told.collect())
}

/// The target's folders of headers. Those of this machine are never among them.
fn headers(found: &FoundPython, host: &Sysconfig, triple: &Triple) -> Result<Vec<PathBuf>> {
    let real = |folder: &Path| std::fs::canonicalize(folder).ok();
    let hosts: Vec<PathBuf> = host.include_dirs.iter().filter_map(|folder| real(folder)).collect();
    let is_hosts = |folder: &Path| real(folder).is_some_and(|real| hosts.contains(&real));
    let named: Vec<PathBuf> =
        found.python.include_dirs.iter().filter_map(|folder| found.relocated(folder)).collect();
    let folders: Vec<PathBuf> =
        named.iter().filter(|folder| folder.is_dir() && !is_hosts(folder)).cloned().collect();
    let has = |name: &str| folders.iter().any(|folder| folder.join(name).is_file());
    if has("Python.h") && has("pyconfig.h") {
        return Ok(folders);
    }
    let error = Error::new(format!(
        "the headers of Python {} for `{triple}` are not there",
        found.python.version
    ));
    let error = match named.first() {
        Some(folder) if is_hosts(folder) => {
            error.note(format!("`{}` holds those of this machine", folder.display()))
        }
        Some(folder) => {
            error.note(format!("looked for `Python.h` and `pyconfig.h` in `{}`", folder.display()))
        }
        None => error.note(format!("`{}` names no folder of them", found.file.display())),
    };
    Err(error.hint(install::target_headers(found.python.version, triple)))
}
