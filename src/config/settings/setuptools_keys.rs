//! The keys that say what a product holds, which setuptools decides where it packs. Pure.

use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::DeclaredSettings;

/// Each of them, and where setuptools is told the same.
const THEIRS: [(&str, &str); 16] = [
    ("python-source", "set `package-dir` in `[tool.setuptools]`"),
    ("packages", "set `packages` in `[tool.setuptools]`"),
    ("py-modules", "set `py-modules` in `[tool.setuptools]`"),
    ("include", "name the files in `[tool.setuptools.package-data]`"),
    ("exclude", "name the files in `[tool.setuptools.exclude-package-data]`"),
    ("data", "name the files in `[tool.setuptools.data-files]`, or `script-files`"),
    ("files", "set `package-dir` in `[tool.setuptools]`"),
    ("stubs", "run `officina stubs`, and name the files in `[tool.setuptools.package-data]`"),
    ("dynamic", "write `[tool.setuptools.dynamic]`"),
    ("sdist", "name the files in MANIFEST.in"),
    ("platform-tag", "set `plat_name` in `[bdist_wheel]` of setup.cfg, or run `auditwheel repair`"),
    ("bundle", "run `auditwheel repair`"),
    ("bundle-exclude", "run `auditwheel repair`"),
    ("bundle-licenses", "name the files in `license-files` of `[project]`"),
    ("sbom", "run `auditwheel repair`, which writes one of what it takes in"),
    ("build-tag", "set `build_number` in `[bdist_wheel]` of setup.cfg"),
];

/// Refuses the keys of `[tool.officina]` that nobody would heed.
///
/// # Errors
/// One of them is set, there or in an override.
pub fn refuse(root: &TomlTable, declared: &DeclaredSettings) -> Result<()> {
    let Some(table) = root.table("tool")?.map(|tool| tool.table("officina")).transpose()?.flatten()
    else {
        return Ok(());
    };
    let of_overrides = declared.overrides.iter().flat_map(|one| &one.written);
    for (key, hint) in THEIRS {
        let in_override = of_overrides
            .clone()
            .find(|set| set.value.split('.').next() == Some(key))
            .map(|set| set.span.clone());
        if let Some(span) = table.item(key).map(|item| item.span).or(in_override) {
            let message =
                format!("`tool.officina.{key}` has no effect here: setuptools packs this project");
            return Err(table.error(span, message).hint(hint).hint(
                "or let Officina pack it: `build-backend = \"officina\"` in `[build-system]`",
            ));
        }
    }
    Ok(())
}
