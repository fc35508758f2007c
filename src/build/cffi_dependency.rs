//! The dependency without which nobody can import a CFFI module.

use crate::config::toml::{self, TomlTable};
use crate::error::{Error, Result};
use crate::model::{CffiDependency, Module, ModuleName, Project};

/// Refuses a project that makes modules and does not name cffi in `dependencies`: pip and uv show no warnings, and the
/// first to hear of it would be whoever installs the wheel.
///
/// # Errors
/// It does not, and `require-cffi` is on.
pub fn check(project: &Project, modules: &[Module]) -> Result<()> {
    let first = modules.first();
    first.and_then(|first| missing(project, Some(first.name()))).map_or(Ok(()), Err)
}

/// The error of a project that makes modules, the first of them of this name, if that is known.
pub fn missing(project: &Project, first: Option<&ModuleName>) -> Option<Error> {
    let is_elsewhere = project.options.cffi_dependency == CffiDependency::Elsewhere;
    if is_elsewhere || project.metadata.depends_on("cffi") {
        return None;
    }
    let import = first.map_or("an import".to_owned(), |name| format!("`import {name}`"));
    let error = Error::new(format!(
        "`cffi` is missing from `dependencies` in `[project]`: {import} would fail on a machine without cffi"
    ))
    .hint("add \"cffi; platform_python_implementation != 'PyPy'\" to `dependencies`")
    .hint(
        "if your users install cffi in another way: `require-cffi = false` in `[tool.officina]`, or \
         -C require-cffi=false",
    );
    Some(located(error, project))
}

/// The error at `dependencies`, or at the name of a project that has none.
fn located(error: Error, project: &Project) -> Error {
    let Ok(document) = toml::parse(&project.pyproject) else { return error };
    let root = TomlTable::root(&project.pyproject, &document);
    let Ok(Some(table)) = root.table("project") else { return error };
    let keys = table.keys();
    let key = |name: &str| keys.iter().find(|key| key.value == name);
    match key("dependencies").or_else(|| key("name")) {
        Some(key) => error.at(&project.pyproject, key.span.clone()),
        None => error,
    }
}
