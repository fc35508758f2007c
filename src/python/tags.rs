//! What was built, by which interpreter -> the wheel's compatibility tag. Pure.
//!
//! The rules are those of packaging.python.org, "Platform compatibility tags", PEP 384 and
//! PEP 803, in the spelling that installers look for. They differ from what setuptools does in
//! one point: a wheel gets a stable-ABI tag because its modules have that ABI.

use pep440_rs::{Version, VersionSpecifiers};

use crate::error::{Error, Result};
use crate::model::{Abi, Interpreter, LimitedApi, Project, PythonVersion, Settings, Tag};

/// What may say that a stable-ABI wheel needs a certain Python at least.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Floor<'a> {
    /// `limited-api`, which decides where it is set.
    pub limited_api: LimitedApi,
    /// `requires-python`
    pub requires_python: Option<&'a VersionSpecifiers>,
}

impl<'a> Floor<'a> {
    /// What a project says of it.
    pub fn of(project: &'a Project) -> Self {
        let requires = project.metadata.requires_python.as_ref();
        Floor {
            limited_api: project.options.limited_api,
            requires_python: requires.map(|requires| &requires.value),
        }
    }
}

/// The environment variables that change which Macs a wheel is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MacEnvironment<'a> {
    /// `MACOSX_DEPLOYMENT_TARGET`
    pub deployment_target: Option<&'a str>,
    /// `ARCHFLAGS`
    pub archflags: Option<&'a str>,
}

/// The tag of a wheel with extension modules of these ABIs; none at all (out-of-line ABI mode, or
/// no modules) makes it `py3-none-any`. `soabi` is the interpreter's, where it has one, and
/// `platform` comes from [`platform`].
///
/// # Errors
/// A minimum that somebody wrote down is above the interpreter that builds.
pub fn wheel_tag(
    abis: &[Abi],
    interpreter: &Interpreter,
    soabi: Option<&str>,
    platform: &str,
    floor: &Floor,
) -> Result<Tag> {
    if abis.is_empty() {
        return Ok(pure());
    }
    let Some(stable) = stable_abi(abis, interpreter) else {
        return Ok(own_tag(interpreter, soabi, platform));
    };
    let asked = abis.iter().filter_map(|abi| match abi {
        Abi::Limited { minimum } => *minimum,
        _ => None,
    });
    let minimum = asked.fold(least_python(interpreter, floor)?, PythonVersion::max);
    if minimum > interpreter.version {
        return Err(too_new("py_limited_api", minimum, interpreter));
    }
    let python = format!("cp{}", nodot(minimum));
    Ok(Tag { python, abi: stable.into(), platform: platform.into() })
}

/// The tag that goes into metadata which is asked for before anything is built: of a pure wheel
/// if there is nothing to build, and else the interpreter's own.
pub fn predicted_tag(settings: &Settings, interpreter: &Interpreter, platform: &str) -> Tag {
    if settings.makes_modules() { own_tag(interpreter, None, platform) } else { pure() }
}

/// What interpreters of one kind have in common, as the name of a folder: `cp313t-linux_x86_64`.
pub fn folder_name(interpreter: &Interpreter, soabi: Option<&str>) -> String {
    let Tag { python, abi, .. } = own_tag(interpreter, soabi, "");
    let own = if abi == "none" { python } else { abi };
    format!("{own}-{}", underscored(&interpreter.platform))
}

fn pure() -> Tag {
    Tag { python: "py3".into(), abi: "none".into(), platform: "any".into() }
}

/// The ABI part for modules that all have the same stable ABI, if they do and the interpreter has
/// one. A free-threaded interpreter makes modules that load into the other kind as well.
fn stable_abi(abis: &[Abi], interpreter: &Interpreter) -> Option<&'static str> {
    if !interpreter.is_cpython() {
        None
    } else if abis.iter().all(|abi| *abi == Abi::LimitedFreeThreaded) {
        Some("abi3.abi3t")
    } else if abis.iter().all(|abi| matches!(abi, Abi::Limited { .. })) {
        (!interpreter.free_threaded).then_some("abi3")
    } else {
        None
    }
}

/// The least Python for the stable ABI that the project as a whole asks for.
///
/// A `requires-python` that takes Pythons from before the limited API has no lower bound to go by.
/// One above the interpreter does not count: a build is refused, and a plan has a tag all the same.
///
/// # Errors
/// `limited-api` is above the interpreter.
pub fn least_python(interpreter: &Interpreter, floor: &Floor) -> Result<PythonVersion> {
    let supported = supported_by_cffi(interpreter);
    let bounded = floor.requires_python.filter(|range| !takes(range, BEFORE_LIMITED_API));
    match floor.limited_api {
        LimitedApi::Minimum(minimum) if minimum > interpreter.version => {
            Err(too_new("limited-api", minimum, interpreter))
        }
        LimitedApi::Minimum(minimum) => Ok(minimum.max(supported)),
        LimitedApi::FromRequiresPython | LimitedApi::Off => {
            let from = if bounded.is_some() { supported } else { supported.max(OLDEST_TESTED) };
            let lowest = match floor.requires_python {
                Some(range) => lowest(range, from, interpreter.version),
                None => Some(from.min(interpreter.version)),
            };
            Ok(lowest.unwrap_or(interpreter.version))
        }
    }
}

/// The oldest Python that has all that cffi's C uses. Compiled without a value for
/// `Py_LIMITED_API`, as it is by default, it uses nothing that is newer than the limited API
/// itself (3.2); Windows had that API's library whole with 3.5 only, and its free-threaded form
/// came with 3.15.
fn supported_by_cffi(interpreter: &Interpreter) -> PythonVersion {
    if interpreter.free_threaded {
        PythonVersion(3, 15)
    } else if interpreter.is_windows() {
        PythonVersion(3, 5)
    } else {
        PythonVersion(3, 2)
    }
}

/// The last Python that had no limited API.
const BEFORE_LIMITED_API: PythonVersion = PythonVersion(3, 1);

/// The oldest Python that modules are tested with. C for the API of 3.2 would load into older
/// ones by the letter of PEP 384; where nobody says that it should, nobody has tried.
const OLDEST_TESTED: PythonVersion = PythonVersion(3, 9);

/// The lowest minor version of which `range` takes any release.
fn lowest(
    range: &VersionSpecifiers,
    from: PythonVersion,
    until: PythonVersion,
) -> Option<PythonVersion> {
    (from.1..=until.1).map(|minor| PythonVersion(3, minor)).find(|version| takes(range, *version))
}

/// Whether a range takes any release of a minor version.
pub fn takes(range: &VersionSpecifiers, PythonVersion(major, minor): PythonVersion) -> bool {
    let numbers = |patch: u64| [u64::from(major), u64::from(minor), patch];
    (0..100).any(|patch| range.contains(&Version::new(numbers(patch))))
}

fn too_new(what: &str, minimum: PythonVersion, interpreter: &Interpreter) -> Error {
    let version = interpreter.version;
    Error::new(format!("`{what}` asks for Python {minimum}, but this is Python {version}")).hint(
        format!("build with Python {minimum} or newer, or lower `{what}` to {version} or less"),
    )
}

/// The tag of a module that is for this interpreter alone: `cp311-cp311`, `cp313-cp313t`, `pp310-pypy310_pp73`, `graalpy311-graalpy242_311_native`
pub fn own_tag(interpreter: &Interpreter, soabi: Option<&str>, platform: &str) -> Tag {
    let version = nodot(interpreter.version);
    let short = match interpreter.implementation.as_str() {
        "cpython" => "cp",
        "pypy" => "pp",
        other => other,
    };
    let python = format!("{short}{version}");
    let abi = if interpreter.is_cpython() {
        let threads = if interpreter.free_threaded { "t" } else { "" };
        let debug = if interpreter.debug { "d" } else { "" };
        format!("cp{version}{threads}{debug}")
    } else {
        foreign_abi(interpreter, soabi)
    };
    Tag { python, abi, platform: platform.into() }
}

/// The ABI of another implementation: the parts of its SOABI that do not name the platform, or
/// for PyPy what its version says. `none` is the one that every interpreter takes.
fn foreign_abi(interpreter: &Interpreter, soabi: Option<&str>) -> String {
    let parts = match interpreter.implementation.as_str() {
        "pypy" => 2,
        "graalpy" => 3,
        _ => usize::MAX,
    };
    match (soabi.filter(|soabi| !soabi.is_empty()), interpreter.pypy_version) {
        (Some(soabi), _) => {
            underscored(&soabi.split('-').take(parts).collect::<Vec<_>>().join("_"))
        }
        (None, Some(pypy)) => format!("pypy{}_pp{}", nodot(interpreter.version), nodot(pypy)),
        (None, None) => "none".into(),
    }
}

fn nodot(version: PythonVersion) -> String {
    format!("{}{}", version.0, version.1)
}

fn underscored(text: &str) -> String {
    text.replace(['-', '.', ' '], "_").to_lowercase()
}

/// The platform part of the tag of a wheel with extension modules.
///
/// # Errors
/// `MACOSX_DEPLOYMENT_TARGET` is not a version.
pub fn platform(interpreter: &Interpreter, mac: &MacEnvironment) -> Result<String> {
    let own = interpreter.platform.as_str();
    match (own, interpreter.pointer_bits) {
        // The kernel's word, while the interpreter is of the smaller kind.
        ("linux-x86_64", 32) => Ok("linux_i686".into()),
        ("linux-aarch64", 32) => Ok("linux_armv7l".into()),
        _ => match own.strip_prefix("macosx-").and_then(|rest| rest.split_once('-')) {
            Some((version, architecture)) => mac_platform(own, version, architecture, mac),
            None => Ok(underscored(own)),
        },
    }
}

fn mac_platform(own: &str, version: &str, built: &str, mac: &MacEnvironment) -> Result<String> {
    let Some(own_version) = mac_version(version) else { return Ok(underscored(own)) };
    let target =
        mac.deployment_target.map(|text| mac_version(text).ok_or_else(|| bad_target(text)));
    let architecture = mac.archflags.and_then(flagged_architecture).unwrap_or(built);
    // A target below the interpreter's own promises what the interpreter does not keep.
    let version = own_version.max(target.transpose()?.unwrap_or(own_version));
    Ok(mac_name(version, architecture))
}

/// What a compiled file is for: architectures, as `arm64`, each with the oldest macOS, where it says so.
pub type MacFile = Vec<(&'static str, Option<(u32, u32)>)>;

/// The platform of a wheel with these files, which would be `planned` without: no file is for newer
/// systems than the wheel says, and all of them are for all of its architectures.
pub fn mac_platform_of(planned: &str, files: &[MacFile]) -> String {
    let parts: Option<(u32, u32, &str)> = planned.strip_prefix("macosx_").and_then(|rest| {
        let mut parts = rest.splitn(3, '_');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?))
    });
    let Some((major, minor, own)) = parts.filter(|_| !files.is_empty()) else {
        return planned.to_owned();
    };
    let has = |file: &MacFile, wanted: &str| file.iter().any(|(name, _)| *name == wanted);
    let all_have = |wanted: &str| files.iter().all(|file| has(file, wanted));
    let architecture = match (all_have("x86_64"), all_have("arm64"), own) {
        (true, true, "x86_64" | "arm64" | "universal2") => "universal2",
        (true, false, "universal2") => "x86_64",
        (false, true, "universal2") => "arm64",
        _ => own,
    };
    // The first macOS for arm64 is 11: a universal wheel for 10.9 runs on both.
    let counts = |name: &str, version: (u32, u32)| match (architecture, name) {
        ("universal2", "arm64") => version > (11, 0),
        ("universal2", "x86_64") => true,
        (architecture, name) => architecture == name,
    };
    let slices = files.iter().flatten().filter_map(|(name, oldest)| Some((*name, (*oldest)?)));
    let versions =
        slices.filter(|(name, version)| counts(name, *version)).map(|(_, version)| version);
    mac_name(versions.fold((major, minor), <(u32, u32)>::max), architecture)
}

/// `macosx_11_0_arm64`. From 11 on installers look for major versions only; no macOS before 11 runs
/// on arm64, so none looks for less.
fn mac_name(version: (u32, u32), architecture: &str) -> String {
    let first = if architecture == "arm64" { (11, 0) } else { (10, 0) };
    let (major, minor) = version.max(first);
    let minor = if major > 10 { 0 } else { minor };
    format!("macosx_{major}_{minor}_{}", underscored(architecture))
}

fn mac_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().split('.').map(|part| part.parse().ok());
    let major = parts.next()??;
    let minor = parts.next().unwrap_or(Some(0))?;
    parts.all(|part| part.is_some()).then_some((major, minor))
}

fn bad_target(text: &str) -> Error {
    Error::new(format!("the environment variable MACOSX_DEPLOYMENT_TARGET is `{text}`"))
        .hint("set it to a version of macOS, as in `11.0`, or unset it")
}

/// What `-arch` flags make: the one architecture, or the name of a set that has one.
pub fn flagged_architecture(archflags: &str) -> Option<&str> {
    let words: Vec<&str> = archflags.split_whitespace().collect();
    let mut named: Vec<&str> =
        words.windows(2).filter(|pair| pair[0] == "-arch").map(|pair| pair[1]).collect();
    named.sort_unstable();
    named.dedup();
    match named[..] {
        [one] => Some(one),
        ["arm64", "x86_64"] => Some("universal2"),
        ["i386", "x86_64"] => Some("intel"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
