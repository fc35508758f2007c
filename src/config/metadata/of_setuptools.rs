//! What setuptools says of a distribution -> as much of [`Metadata`] as a build needs.

use pep440_rs::Version;

use crate::config::metadata::version;
use crate::model::{ImportNames, Metadata, SetuptoolsProject, Spanned};

/// The metadata of a project that setuptools packs. What makes no sense is for setuptools to refuse.
pub fn of_setuptools(project: &SetuptoolsProject) -> Metadata {
    let version = project.version.as_ref().and_then(|version| version.parse().ok());
    let requires = project.requires_python.as_ref();
    let requires = requires.and_then(|range| version::specifiers(range).ok());
    Metadata {
        name: project.name.clone(),
        version: version.unwrap_or_else(|| Version::new([0])),
        requires_python: requires
            .filter(|range| !range.is_empty())
            .map(|range| Spanned::new(range, 0..0)),
        description: None,
        readme: None,
        license: None,
        license_files: Vec::new(),
        authors: Vec::new(),
        maintainers: Vec::new(),
        keywords: Vec::new(),
        classifiers: Vec::new(),
        urls: Vec::new(),
        dependencies: Vec::new(),
        optional_dependencies: Vec::new(),
        entry_points: Vec::new(),
        import_names: ImportNames::default(),
    }
}
