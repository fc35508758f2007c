//! A module that lies in no package, though a package of the project imports it from itself. Pure.

use crate::files::python_text::{self, Import};

/// The full name by which a file of a wheel imports the module `name` from a package, with the number
/// of the line: `demo._demo` for `from . import _demo` in `demo/__init__.py`.
pub fn imported_from_a_package(path: &str, text: &str, name: &str) -> Option<(usize, String)> {
    if !text.contains(name) {
        return None;
    }
    let package = path.rsplit_once('/').map(|(folder, _)| folder.replace('/', "."))?;
    let top = package.split('.').next()?;
    let is_it = |full: &String| {
        let parent = full.strip_suffix(name).and_then(|rest| rest.strip_suffix('.'));
        parent.is_some_and(|parent| parent.split('.').next() == Some(top))
    };
    python_text::imports(text).into_iter().find_map(|import| {
        let full = imported(&import, &package).into_iter().find(is_it)?;
        Some((import.line, full))
    })
}

/// The dotted names of what a statement imports, as far as they may be modules.
fn imported(import: &Import, package: &str) -> Vec<String> {
    let Some(folder) = above(package, import.level) else { return Vec::new() };
    let names = [import.module.clone()].into_iter().chain(import.names());
    let full = |name: String| match (folder.as_str(), name.as_str()) {
        ("", _) => name,
        (_, "") => folder.clone(),
        _ => format!("{folder}.{name}"),
    };
    names.map(full).collect()
}

/// The package that so many dots stand for in one of its files; no name for an absolute import.
fn above(package: &str, level: usize) -> Option<String> {
    let parts: Vec<&str> = package.split('.').collect();
    match level {
        0 => Some(String::new()),
        _ => Some(parts.get(..(parts.len() + 1).checked_sub(level)?)?.join(".")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_that_look_into_the_package() {
        let table = [
            ("demo/__init__.py", "import os\nfrom ._m import lib", Some((2, "demo._m"))),
            ("demo/__init__.py", "from . import other, _m", Some((1, "demo._m"))),
            ("demo/sub/x.py", "    from .. import (_m)  # it", Some((1, "demo._m"))),
            ("demo/sub/x.py", "import demo._m as m", Some((1, "demo._m"))),
            ("demo/x.py", "from demo._m import ffi, lib", Some((1, "demo._m"))),
            ("demo/x.py", "from demo import _m", Some((1, "demo._m"))),
            ("demo/x.py", "from . import (\n    other,\n    _m,\n)", Some((1, "demo._m"))),
            ("demo/x.py", "from . import other, \\\n    _m", Some((1, "demo._m"))),
            ("demo/x.py", "'''\nfrom . import _m\n'''", None),
            ("demo/x.py", "import _m\nfrom _m import lib", None),
            ("demo/x.py", "from other import _m", None),
            ("demo/x.py", "from ._mm import lib\n# from . import _m", None),
            ("x.py", "from . import _m", None),
            ("demo/x.py", "from .... import _m", None),
        ];
        for (path, text, expected) in table {
            let found = imported_from_a_package(path, text, "_m");
            let found = found.as_ref().map(|(line, full)| (*line, full.as_str()));
            assert_eq!(found, expected, "{path}: {text}");
        }
    }
}
