//! The next step where a builder imports what is not there: a module of the project itself, or a package.

use std::path::Path;

use crate::steps::missing_file;

/// How Python begins to tell of a module that is not there.
pub const NO_MODULE: &str = "No module named ";

/// What the project has to do with a module that an import did not find, as Python's `message` names it;
/// `None` if that is nothing.
pub fn hint(message: &str, root: &Path) -> Option<String> {
    let module = absent(message)?;
    if let Some((package, _)) = module.split_once('.') {
        folder_with(package, root)?;
        return Some(format!(
            "the builder imports `{package}`, which needs `{module}`, and that is not there before the build: \
             put what the builder needs into a file beside it, and import that"
        ));
    }
    let (folder, file) = folder_with(&module, root)?;
    // The root itself is searched.
    (!folder.is_empty()).then(|| {
        format!(
            "`{module}` is `{folder}/{file}`: begin the builder with `import sys` and \
             `sys.path.insert(0, \"{folder}\")`"
        )
    })
}

/// The module that was not found: `No module named 'a.b'`, `cannot import name '_b' from 'a' (a/__init__.py)`.
fn absent(message: &str) -> Option<String> {
    let mut quoted = message.split('\'').skip(1).step_by(2);
    if message.contains(NO_MODULE) {
        return quoted.next().map(str::to_owned);
    }
    // A public name may as well be a function that is misspelt.
    let is_private = message.contains("cannot import name '_") && message.contains("__init__.py)");
    let (name, package) = (quoted.next()?, quoted.next()?);
    is_private.then(|| format!("{package}.{name}"))
}

/// The folder of the project that has the module or package, and its file in there.
fn folder_with(module: &str, root: &Path) -> Option<(String, String)> {
    [format!("{module}.py"), format!("{module}/__init__.py")].into_iter().find_map(|file| {
        let folder = missing_file::folder_of(&file, root)?;
        Some((folder.to_string_lossy().replace('\\', "/"), file))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_project_has_is_told_and_all_else_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for file in ["src/demo/__init__.py", "tools/helper.py", "a/b/kit/__init__.py", "top.py"] {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let needs = "the builder imports `demo`, which needs `demo._demo`, and";
        let cannot = "ImportError: cannot import name '_demo' from";
        for (message, expected) in [
            ("ModuleNotFoundError: No module named 'demo._demo'", needs),
            (&format!("{cannot} 'demo' (/p/src/demo/__init__.py)"), needs),
            (
                &format!(
                    "{cannot} partially initialized module 'demo' (most likely due to a circular \
                     import) (/p/src/demo/__init__.py)"
                ),
                needs,
            ),
            (
                "No module named 'helper'",
                "`helper` is `tools/helper.py`: begin the builder with `import sys` and \
                 `sys.path.insert(0, \"tools\")`",
            ),
            ("No module named 'kit'", "`kit` is `a/b/kit/__init__.py`"),
            ("No module named 'numpy'", ""),
            ("No module named 'numpy.gone'", ""),
            ("No module named 'top'", ""),
            ("cannot import name 'make' from 'demo' (/p/src/demo/__init__.py)", ""),
            ("cannot import name '_make' from 'demo.tools' (/p/src/demo/tools.py)", ""),
            ("no quotes", ""),
        ] {
            let told = hint(message, root).unwrap_or_default();
            let is_told = told.starts_with(expected) && told.is_empty() == expected.is_empty();
            assert!(is_told, "{message}: {told}");
        }
    }
}
