//! Makes the workflow for a project's continuous integration, by what `pyproject.toml` says. No
//! builder runs for it.

use std::path::Path;

use crate::build::commands::ProjectCommand;
use crate::build::outcome::finished;
use crate::build::project::{load, resolved_scripts};
use crate::config::discovery;
use crate::config::toml::{self, TomlTable};
use crate::error::{Error, Result};
use crate::files::tree;
use crate::fs;
use crate::model::{
    ArgumentValue, CrateLink, Environment, ExtensionApi, LimitedApi, Project, PythonVersion,
    Settings, WheelKind,
};
use crate::python::tags;
use crate::templates::{OLDEST, TestNeeds, WheelKinds, Workflow};

/// Where GitHub looks for it, from the project root.
pub const GITHUB: &str = ".github/workflows/wheels.yml";

/// The workflow for GitHub, in YAML.
///
/// # Errors
/// Those of reading the project; no Python that it takes is one that wheels are built for.
pub fn github(command: &ProjectCommand, environment: &Environment) -> Result<String> {
    finished(workflow(command, environment)).map(|workflow| workflow.text())
}

/// Writes the workflow where GitHub looks for it; returns the path from the project root.
///
/// # Errors
/// Another file is there already, or it cannot be written.
pub fn write(text: &str, root: &Path) -> Result<&'static str> {
    let path = root.join(GITHUB);
    if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(GITHUB);
    }
    if path.symlink_metadata().is_ok() {
        return Err(Error::new(format!("`{GITHUB}` exists already, and has other content"))
            .hint("leave `--write` out to see the new one, or move the old one away"));
    }
    fs::create_parent(&path)?;
    fs::write_text(&path, text)?;
    Ok(GITHUB)
}

fn workflow(command: &ProjectCommand, environment: &Environment) -> Result<Workflow> {
    let request = command.wheel(WheelKind::Standard, &command.source_tree);
    let project = load(&request, environment)?;
    let document = toml::parse(&project.pyproject)?;
    let root = TomlTable::root(&project.pyproject, &document);
    let least = least(&project)?;
    let tests = ["tests", "test"].into_iter().find(|folder| project.root.join(folder).is_dir());
    let native = &project.declared.base.native;
    let of_parts = native.sources().flat_map(|part| &part.pkg_config);
    let of_modules = project.declared.base.modules.iter().flat_map(|module| &module.pkg_config);
    let mut pkg_config: Vec<String> =
        of_parts.chain(of_modules).map(|package| package_name(&package.value)).collect();
    pkg_config.sort();
    pkg_config.dedup();
    Ok(Workflow {
        wheels: wheels(&project, least),
        least,
        tests: tests.map(str::to_owned),
        module: module(&project)?,
        needs: needs(&project, &root),
        pkg_config,
        crates: !native.crates.is_empty(),
        said: said(&root),
    })
}

/// `libgit2` of `libgit2 >= 1.7`.
fn package_name(package: &str) -> String {
    package.split(['<', '>', '=', '!']).next().unwrap_or_default().trim().to_owned()
}

/// The oldest Python that the project takes and that wheels are built for.
fn least(project: &Project) -> Result<PythonVersion> {
    let asked = match project.options.limited_api {
        LimitedApi::Minimum(version) => version.max(OLDEST),
        LimitedApi::FromRequiresPython | LimitedApi::Off => OLDEST,
    };
    let Some(requires) = &project.metadata.requires_python else { return Ok(asked) };
    let versions = (asked.1..asked.1 + 20).map(|minor| PythonVersion(3, minor));
    let mut taken = versions.filter(|version| tags::takes(&requires.value, *version));
    taken.next().ok_or_else(|| {
        Error::new(format!("`requires-python` takes no Python from {asked} on"))
            .at(&project.pyproject, requires.span.clone())
            .hint("wheels for older Pythons are not built any more: raise its upper bound")
    })
}

/// Which wheels there are, going by what is declared: cffi's default is the limited API.
fn wheels(project: &Project, least: PythonVersion) -> WheelKinds {
    let base = &project.declared.base;
    let overrides = project.declared.overrides.iter().map(|one| &one.settings);
    let all: Vec<&Settings> = std::iter::once(base).chain(overrides).collect();
    let is_off =
        |settings: &&Settings| settings.build.limited_api.is_some_and(|api| api == LimitedApi::Off);
    let is_whole = |api: ExtensionApi| api == ExtensionApi::Full;
    let entries = all.iter().any(|settings| !settings.cffi_modules.is_empty());
    let compiled = base.modules.iter().filter(|module| !module.is_abi_mode());
    let off = Some(&ArgumentValue::Switch(false));
    let of_version = compiled.clone().any(|one| one.arguments.get("py_limited_api") == off)
        || base.native.extensions.iter().any(|extension| is_whole(extension.api));
    let crates = &base.native.crates;
    let links = |link| crates.iter().any(move |one| one.link == link && one.module.is_some());
    let uses_python = entries
        || compiled.clone().next().is_some()
        || !base.native.extensions.is_empty()
        || links(CrateLink::Static);
    if !uses_python {
        return if crates.is_empty() { WheelKinds::Pure } else { WheelKinds::AnyPython };
    }
    if of_version || all.iter().any(is_off) {
        return WheelKinds::EachVersion;
    }
    let of_modules = compiled.filter_map(|one| match one.arguments.get("py_limited_api") {
        Some(ArgumentValue::Text(version)) => version.parse().ok(),
        _ => None,
    });
    let of_extensions = base.native.extensions.iter().filter_map(|extension| match extension.api {
        ExtensionApi::Limited(version) => version,
        ExtensionApi::Full => None,
    });
    let asked = of_modules.chain(of_extensions).max();
    WheelKinds::Limited(asked.map_or(least, |version| version.max(least)))
}

/// A package or module that the wheel holds.
fn module(project: &Project) -> Result<Option<String>> {
    let tree = tree::walk(&project.root)?;
    let builders = resolved_scripts(project, &project.settings)?;
    let name = project.metadata.dist_name();
    let layout = discovery::layout(&tree, &project.settings, &project.pyproject, &name, &builders)?;
    let found = layout.packages.iter().chain(layout.modules.iter()).next();
    Ok(found.map(ToString::to_string))
}

/// What says what tests need: a group or an extra by a usual name.
fn needs(project: &Project, root: &TomlTable) -> TestNeeds {
    const USUAL: [&str; 3] = ["test", "tests", "testing"];
    let groups = root.table("dependency-groups").ok().flatten();
    let groups: Vec<String> = groups
        .map(|table| table.keys().into_iter().map(|key| key.value).collect())
        .unwrap_or_default();
    let extras = project.metadata.optional_dependencies.iter();
    let extras: Vec<&str> = extras.map(|extra| extra.name.as_str()).collect();
    let group = USUAL.iter().find(|usual| groups.iter().any(|group| group == *usual));
    let extra = USUAL.iter().find(|usual| extras.contains(usual));
    match (group, extra) {
        (Some(group), _) => TestNeeds::Group((*group).to_owned()),
        (None, Some(extra)) => TestNeeds::Extra((*extra).to_owned()),
        (None, None) => TestNeeds::Pytest,
    }
}

/// The keys of `[tool.cibuildwheel]`.
fn said(root: &TomlTable) -> Vec<String> {
    let tool = root.table("tool").ok().flatten();
    let table = tool.and_then(|tool| tool.table("cibuildwheel").ok().flatten());
    let keys = table.map(|table| table.keys()).unwrap_or_default();
    keys.into_iter().map(|key| key.value).collect()
}
