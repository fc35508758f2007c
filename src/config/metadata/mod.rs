//! `[project]` -> core metadata. Pure: what must be read from the tree is handed in.
//!
//! The table follows the [pyproject.toml specification]; the text that [`Metadata`] turns into
//! follows the [core metadata specification].
//!
//! [pyproject.toml specification]: https://packaging.python.org/en/latest/specifications/pyproject-toml/
//! [core metadata specification]: https://packaging.python.org/en/latest/specifications/core-metadata/

mod core;
mod dependencies;
mod dynamic;
mod entry_points;
mod import_names;
mod license;
mod marker;
mod named_files;
mod names;
mod people;
mod python_literal;
mod readme;
mod requirement;
mod text;
mod urls;
mod version;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifiers};

pub use crate::config::metadata::dependencies::Extra;
pub use crate::config::metadata::entry_points::EntryPointGroup;
pub use crate::config::metadata::import_names::ImportNames;
pub use crate::config::metadata::license::License;
pub use crate::config::metadata::names::normalize;
pub use crate::config::metadata::people::Person;
pub use crate::config::metadata::readme::Readme;
pub use crate::config::metadata::requirement::{Requirement, Wanted};

use crate::config::metadata::dynamic::Dynamic;
use crate::config::toml::Table;
use crate::error::{Error, Result};
use crate::model::{SourceText, Spanned};

/// What the metadata needs from the source tree.
pub struct TreeAccess<'a> {
    /// Reads a UTF-8 file; the path is relative to the project root, with `/`.
    pub read: &'a dyn Fn(&str) -> Result<Arc<SourceText>>,
    /// Finds the files that a glob matches: sorted paths relative to the project root, with `/`.
    /// `*` and `?` do not match a `/`; `**` does.
    pub files_matching: &'a dyn Fn(&str) -> Result<Vec<String>>,
}

/// `[project]`, checked. No string in here but the readme's and the licence's text spans lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// `name`, as written.
    pub name: String,
    /// `version`
    pub version: Version,
    /// `description`
    pub description: Option<String>,
    /// `readme`
    pub readme: Option<Readme>,
    /// `requires-python`
    pub requires_python: Option<Spanned<VersionSpecifiers>>,
    /// `license`
    pub license: Option<License>,
    /// The files that `license-files` matches: sorted, relative to the project root, with `/`.
    pub license_files: Vec<String>,
    /// `authors`
    pub authors: Vec<Person>,
    /// `maintainers`
    pub maintainers: Vec<Person>,
    /// `keywords`
    pub keywords: Vec<String>,
    /// `classifiers`
    pub classifiers: Vec<String>,
    /// `urls`: label and address, in the order written.
    pub urls: Vec<(String, String)>,
    /// `dependencies`
    pub dependencies: Vec<Requirement>,
    /// `optional-dependencies`, in the order written.
    pub optional_dependencies: Vec<Extra>,
    /// `scripts`, `gui-scripts`, then `entry-points`; no group is empty.
    pub entry_points: Vec<EntryPointGroup>,
    /// `import-names` and `import-namespaces`
    pub import_names: ImportNames,
}

const KEYS: [&str; 20] = [
    "name",
    "version",
    "description",
    "readme",
    "requires-python",
    "license",
    "license-files",
    "authors",
    "maintainers",
    "keywords",
    "classifiers",
    "urls",
    "scripts",
    "gui-scripts",
    "entry-points",
    "dependencies",
    "optional-dependencies",
    "import-names",
    "import-namespaces",
    "dynamic",
];

/// Reads `[project]` of the whole document, and `[tool.officina.dynamic]` where it applies.
///
/// # Errors
/// There is no `[project]`, or something in it is refused by the specification; the error points
/// at the line, in `pyproject.toml` or in the file that a dynamic field was read from.
pub fn read(root: &Table<'_>, tree: &TreeAccess<'_>) -> Result<Metadata> {
    let Some(project) = root.table("project")? else { return Err(no_project(root)) };
    project.refuse_unknown(&KEYS)?;
    let dynamic = Dynamic::read(root, &project)?;
    let license = license::read(&project, tree)?;
    let classifiers = classifiers(&project, license.as_ref())?;
    Ok(Metadata {
        name: names::project_name(root, &project)?,
        version: version::read(root, &project, &dynamic, tree)?,
        description: description(&project, &dynamic, tree)?,
        readme: readme::read(&project, &dynamic, tree)?,
        requires_python: requires_python(&project)?,
        license_files: license::files(&project, license.as_ref(), tree)?,
        license: license.map(|license| license.value),
        authors: people::read(&project, "authors")?,
        maintainers: people::read(&project, "maintainers")?,
        keywords: values(text::strings(&project, "keywords")?),
        classifiers,
        urls: urls::read(&project)?,
        dependencies: dependencies::read(&project)?,
        optional_dependencies: dependencies::read_optional(&project)?,
        entry_points: entry_points::read(&project)?,
        import_names: import_names::read(&project)?,
    })
}

impl Metadata {
    /// The text of `METADATA` (and of `PKG-INFO`).
    pub fn core_metadata(&self) -> String {
        core::render(self)
    }

    /// The text of `entry_points.txt`, if there are any.
    pub fn entry_points(&self) -> Option<String> {
        entry_points::render(&self.entry_points)
    }

    /// Whether the project's own dependencies (not those of an extra) name a distribution.
    pub fn depends_on(&self, name: &str) -> bool {
        let name = normalize(name);
        self.dependencies.iter().any(|requirement| requirement.name == name)
    }

    /// The name as it stands in file names of wheels and sdists (PEP 427, PEP 625).
    pub fn dist_name(&self) -> String {
        normalize(&self.name).replace('-', "_")
    }
}

fn no_project(root: &Table<'_>) -> Error {
    Error::new(format!("`{}` has no `[project]` table", root.source.name))
        .hint("add at least:\n\n[project]\nname = \"my-package\"\nversion = \"0.1.0\"\n")
}

fn description(
    project: &Table<'_>,
    dynamic: &Dynamic<'_>,
    tree: &TreeAccess<'_>,
) -> Result<Option<String>> {
    let written = match dynamic.description(tree)? {
        Some(found) => Some(found),
        None => project.string("description")?.map(|value| (Arc::clone(project.source), value)),
    };
    let Some((source, Spanned { value, span })) = written else { return Ok(None) };
    let value = value.trim();
    if text::breaks_line(value) {
        return Err(Error::new("`project.description` must be a single line")
            .at(&source, span)
            .hint("keep one sentence here and let `readme` tell the rest"));
    }
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

fn requires_python(project: &Table<'_>) -> Result<Option<Spanned<VersionSpecifiers>>> {
    let Some(Spanned { value, span }) = project.string("requires-python")? else {
        return Ok(None);
    };
    let specifiers = version::specifiers(&value).map_err(|reason| {
        project
            .error(span.clone(), format!("`project.requires-python` is not valid: {reason}"))
            .hint("write version specifiers separated by commas, like `>=3.9` or `>=3.9,<4`")
    })?;
    Ok((!specifiers.is_empty()).then(|| Spanned::new(specifiers, span)))
}

/// PEP 639 retires the `License ::` classifiers wherever there is an expression.
fn classifiers(project: &Table<'_>, license: Option<&Spanned<License>>) -> Result<Vec<String>> {
    let written = text::strings(project, "classifiers")?;
    let legacy = written.iter().find(|classifier| classifier.value.starts_with("License ::"));
    if let (Some(Spanned { value: License::Expression(_), .. }), Some(legacy)) = (license, legacy) {
        return Err(project
            .error(
                legacy.span.clone(),
                "a `License ::` classifier cannot stand beside a licence expression",
            )
            .hint("remove the classifier: `project.license` says it already"));
    }
    Ok(values(written))
}

fn values(spanned: Vec<Spanned<String>>) -> Vec<String> {
    spanned.into_iter().map(|string| string.value).collect()
}

/// A key that `[project]` must have, pointing at the table's header.
fn missing(root: &Table<'_>, key: &str) -> Error {
    let span = root.item("project").map_or(0..0, |item| item.span);
    root.error(span, format!("`project.{key}` is missing"))
}
