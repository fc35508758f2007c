//! `[project]`: what a distribution says about itself.

use pep440_rs::{Version, VersionSpecifiers};

use crate::model::requirement::Requirement;
use crate::model::source::Spanned;

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

impl Metadata {
    /// Whether the project's own dependencies (not those of an extra) name a distribution.
    pub fn depends_on(&self, name: &str) -> bool {
        let name = normalize_name(name);
        self.dependencies.iter().any(|requirement| requirement.name == name)
    }

    /// The name as it stands in file names of wheels and sdists (PEP 427, PEP 625).
    pub fn dist_name(&self) -> String {
        normalize_name(&self.name).replace('-', "_")
    }
}

/// The long description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readme {
    /// The text, with `\n` line ends.
    pub text: String,
    /// Its content type: `text/markdown`, perhaps with a charset and a variant.
    pub content_type: String,
}

/// The terms under which the project may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum License {
    /// An SPDX expression, its identifiers in their official spelling.
    Expression(String),
    /// Words, from before PEP 639.
    Text {
        /// The words.
        text: String,
        /// The file they were read from, if they were: from the project root, in normal form.
        file: Option<String>,
    },
}

/// Somebody to ask or to thank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// A name alone.
    Named(String),
    /// An address, with the name if it is known.
    Reachable {
        /// Who it is.
        name: Option<String>,
        /// The e-mail address.
        email: String,
    },
}

/// A section of `entry_points.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPointGroup {
    /// `console_scripts`, `gui_scripts`, or a group of the user's.
    pub name: String,
    /// Names and object references, in the order written.
    pub entries: Vec<(String, String)>,
}

/// What can be imported from the project. `None` says nothing; an empty list says "nothing".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportNames {
    /// `import-names`, each with `; private` where it was marked so.
    pub names: Option<Vec<String>>,
    /// `import-namespaces`, likewise.
    pub namespaces: Option<Vec<String>>,
}

impl ImportNames {
    /// Whether either list is there: such metadata has version 2.5.
    pub fn are_given(&self) -> bool {
        self.names.is_some() || self.namespaces.is_some()
    }
}

/// One of `optional-dependencies`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// Its name, normalised (PEP 685).
    pub name: String,
    /// What it needs, as written: without the `extra` marker.
    pub requirements: Vec<Requirement>,
}

/// The normal form of a distribution's or an extra's name: lower case, every run of `-`, `_` and
/// `.` a single `-` (<https://packaging.python.org/en/latest/specifications/name-normalization/>).
pub fn normalize_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            letter => normal.push(letter.to_ascii_lowercase()),
        }
    }
    normal
}

/// The distribution that a requirement names, normalised; also where the rest of it makes no sense.
pub fn requirement_name(requirement: &str) -> String {
    let text = requirement.trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
    normalize_name(&text[..end.unwrap_or(text.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_normal_form() {
        for name in ["foo-bar", "Foo_Bar", "foo.bar", "FOO-_.bar"] {
            assert_eq!(normalize_name(name), "foo-bar", "{name}");
        }
    }

    #[test]
    fn a_requirement_names_one_distribution() {
        let table = [
            ("setuptools", "setuptools"),
            ("setuptools-rust>=1", "setuptools-rust"),
            ("setuptools__scm[toml] >= 6", "setuptools-scm"),
            (" officina_build", "officina-build"),
            ("cffi.x; os_name=='nt'", "cffi-x"),
            ("CFFI@ https://x/a", "cffi"),
            ("cffi(>=1", "cffi"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(requirement_name(text), expected, "{text}");
        }
    }
}
