//! Keys that people bring from other build backends, and what does the same here. Pure.

use crate::config::settings::condition;
use crate::config::settings::keys::{KEYS, OF_ONE_BUILD};
use crate::config::settings::module_keys::MODULE_KEYS;
use crate::config::toml::TomlTable;
use crate::error::Result;

/// What a project of setuptools, or of another backend, may have said, and the next step. A `_` is
/// the same as a `-`.
const KNOWN: [(&str, &str); 49] = [
    ("build-number", "set `build-tag`"),
    ("cffi", "list the builders in `cffi_modules`"),
    ("cmdclass", CMDCLASS),
    ("cython-modules", EXTENSIONS),
    ("data-dir", "name the files in `[tool.officina.data]`: `data = { \"share/x\" = [\"x/*\"] }`"),
    ("data-files", "name them in `[tool.officina.data]`: `data = { \"share/x\" = [\"x/*\"] }`"),
    ("dependencies", "it belongs to `[project]`"),
    ("distclass", CMDCLASS),
    ("entry-points", "write `[project.entry-points]`, or `[project.scripts]` for programs"),
    ("exclude-package-data", "name the files in `exclude`"),
    ("ext-modules", EXTENSIONS),
    ("extras-require", "write `[project.optional-dependencies]`"),
    ("find", FIND),
    ("force-include", "name the files in `[tool.officina.files]`: `\"pkg/x\" = \"x\"`"),
    ("from", "set `python-source`, the folder that holds the packages"),
    ("gui-scripts", "write `[project.gui-scripts]`"),
    ("headers", "name them in `[tool.officina.data]`: `headers = [\"include/*.h\"]`"),
    ("include-package-data", PACKAGE_DATA),
    ("install-requires", "write `dependencies` in `[project]`"),
    ("license-files", "write `license-files` in `[project]`"),
    ("manifest", "set `include` and `exclude` in `[tool.officina.sdist]`"),
    ("metadata", "it belongs to `[project]`"),
    ("module", "list the modules in `py-modules`"),
    ("module-name", "list the packages in `packages`, the modules in `py-modules`"),
    ("module-root", "set `python-source`, the folder that holds the packages"),
    ("namespace", NAMESPACE),
    ("namespace-packages", NAMESPACE),
    ("namespaces", NAMESPACE),
    ("optional-dependencies", "it belongs to `[project]`"),
    ("options", FLAT),
    ("package-data", PACKAGE_DATA),
    ("package-dir", "set `python-source`, the folder that holds the packages"),
    ("py-limited-api", "set `limited-api`: `\"3.10\"`, or `false`"),
    ("python-packages", "list them in `packages`"),
    ("python-requires", "write `requires-python` in `[project]`"),
    ("requires-python", "it belongs to `[project]`"),
    ("script-files", "name them in `[tool.officina.data]`: `scripts = [\"bin/*\"]`"),
    ("scripts", SCRIPTS),
    ("sdist-include", "set `include` in `[tool.officina.sdist]`"),
    ("setup-requires", "write `requires` in `[build-system]`"),
    (
        "shared-data",
        "name the files in `[tool.officina.data]`: `data = { \"share/x\" = [\"x/*\"] }`",
    ),
    ("shared-scripts", "name them in `[tool.officina.data]`: `scripts = [\"bin/*\"]`"),
    ("source-include", "set `include` in `[tool.officina.sdist]`"),
    ("src-root", "set `python-source`, the folder that holds the packages"),
    ("stable-abi", "set `limited-api`: `\"3.10\"`, or `false`"),
    ("version", "it belongs to `[project]`; `[tool.officina.dynamic]` reads it from a file"),
    ("wheel", FLAT),
    ("where", "set `python-source`, the folder that holds the packages"),
    ("zip-safe", "remove it: installers unpack every wheel"),
];

const AT_BUILD_TIME: &str = "say it where you build: `-C target=... -C target-python=...`";
const CMDCLASS: &str = "do the work of the command in a builder, which `cffi_modules` lists, or in one of \
                        `[[tool.officina.steps]]`";
const OF_A_MODULE: &str = "a builder says it in `set_source()`; a table of `[[tool.officina.modules]]` or \
                           `[[tool.officina.extensions]]` may have it";
const EXTENSIONS: &str = "CFFI modules: list their builders in `cffi_modules`; others: write a \
                          `[[tool.officina.extensions]]` for each";
const FIND: &str =
    "remove it: packages are discovered; `python-source` says where, `packages` which";
const FLAT: &str = "write its keys straight into `[tool.officina]`";
const NAMESPACE: &str = "remove it: namespace packages are discovered";
const PACKAGE_DATA: &str = "remove it: a package comes with all that lies in it; `include` names \
                            further files, `exclude` those to leave out";
const SCRIPTS: &str = "write `[project.scripts]` for functions; name files in `[tool.officina.data]`: \
                       `scripts = [\"bin/*\"]`";

/// Refuses the keys of a table of settings that are unknown, offering what does the same, or the
/// nearest that exists.
///
/// # Errors
/// There is such a key.
pub(super) fn refuse_unknown(table: &TomlTable, known: &[&str]) -> Result<()> {
    condition::refuse_misplaced(table, known)?;
    for key in table.keys().iter().filter(|key| !known.contains(&key.value.as_str())) {
        if let Some(hint) = hint(&key.value) {
            let message = format!("unknown key `{}`", table.path(&key.value));
            return Err(table.error(key.span.clone(), message).hint(hint));
        }
    }
    table.refuse_unknown(known)
}

/// Refuses `[tool.setuptools.packages.find]` under our name.
///
/// # Errors
/// `packages` is a table.
pub(super) fn refuse_finder(table: &TomlTable) -> Result<()> {
    let finder = table.item("packages").filter(|item| item.value.is_table_like());
    match finder {
        None => Ok(()),
        Some(item) => {
            let message =
                format!("`{}` must be a list of strings, not a table", table.path("packages"));
            Err(table.error(item.span, message).hint(FIND))
        }
    }
}

fn hint(key: &str) -> Option<&'static str> {
    let key = key.replace('_', "-");
    let known = KNOWN.iter().find(|(name, _)| *name == key).map(|(_, hint)| *hint);
    let is_of_a_module = || MODULE_KEYS.iter().any(|own| own.name == key);
    let is_ours = || KEYS.iter().any(|own| own.name == key);
    let is_of_one_build = || OF_ONE_BUILD.iter().any(|own| own.name == key);
    known
        .or_else(|| (!is_ours() && is_of_a_module()).then_some(OF_A_MODULE))
        .or_else(|| is_of_one_build().then_some(AT_BUILD_TIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_of_ours_is_foreign() {
        for name in KEYS.iter().flat_map(|key| key.names()) {
            assert_eq!(hint(name), None, "{name}");
        }
        assert!(KNOWN.is_sorted_by(|one, other| one.0 < other.0));
    }

    #[test]
    fn a_foreign_key_is_known_in_both_spellings() {
        for (name, expected) in [
            ("ext-modules", "cffi_modules"),
            ("ext_modules", "cffi_modules"),
            ("zip_safe", "remove it"),
            ("package_dir", "python-source"),
        ] {
            assert!(hint(name).is_some_and(|hint| hint.contains(expected)), "{name}");
        }
    }
}
