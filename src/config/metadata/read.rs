//! `[project]` -> [`Metadata`].

use std::sync::Arc;

use pep440_rs::VersionSpecifiers;

use crate::config::metadata::dynamic::Dynamic;
use crate::config::metadata::keys::KEYS;
use crate::config::metadata::tree_access::TreeAccess;
use crate::config::metadata::{dependencies, entry_points, import_names, license, names, people};
use crate::config::metadata::{readme, text, urls, version};
use crate::config::toml::TomlTable;
use crate::error::{Error, Result};
use crate::model::{License, Metadata, Spanned};

/// Reads `[project]` of the whole document, and `[tool.officina.dynamic]` where it applies.
///
/// # Errors
/// There is no `[project]`, or something in it is refused by the specification; the error points
/// at the line, in `pyproject.toml` or in the file that a dynamic field was read from.
pub fn read(root: &TomlTable<'_>, tree: &TreeAccess<'_>) -> Result<Metadata> {
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

fn no_project(root: &TomlTable<'_>) -> Error {
    Error::new(format!("`{}` has no `[project]` table", root.source.name))
        .hint("add at least:\n\n[project]\nname = \"my-package\"\nversion = \"0.1.0\"\n")
}

fn description(
    project: &TomlTable<'_>,
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

fn requires_python(project: &TomlTable<'_>) -> Result<Option<Spanned<VersionSpecifiers>>> {
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
fn classifiers(project: &TomlTable<'_>, license: Option<&Spanned<License>>) -> Result<Vec<String>> {
    let written = text::strings(project, "classifiers")?;
    if let Some(wrong) = written.iter().find(|classifier| !is_classifier(&classifier.value)) {
        let message = match wrong.value.trim() {
            "" => "an empty classifier".to_owned(),
            _ => format!("`{}` is not a classifier", wrong.value.escape_debug()),
        };
        return Err(project
            .error(wrong.span.clone(), message)
            .hint("classifiers are parts with ` :: ` between them: `Programming Language :: C`")
            .hint("all of them are listed at https://pypi.org/classifiers/"));
    }
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

/// Whether a text has the form of a classifier. Which ones there are changes with the index.
fn is_classifier(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.trim() == part && !part.contains("::");
    text.contains(" :: ") && text.split(" :: ").all(is_part)
}

fn values(spanned: Vec<Spanned<String>>) -> Vec<String> {
    spanned.into_iter().map(|string| string.value).collect()
}
