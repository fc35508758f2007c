//! The keys of `[project]`.

use crate::config::toml::TomlTable;
use crate::error::Error;

/// All of them.
pub(super) const KEYS: [&str; 20] = [
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

/// A key that `[project]` must have, pointing at the table's header.
pub(super) fn missing(root: &TomlTable<'_>, key: &str) -> Error {
    let span = root.item("project").map_or(0..0, |item| item.span);
    root.error(span, format!("`project.{key}` is missing"))
}
