//! What a Python file of a wheel imports, by full names. Pure.

use crate::files::python_text::{self, Import};

/// An import of a file, seen from outside of its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullImport {
    /// The line that it begins in, counted from one.
    pub line: usize,
    /// Whether it stands behind a condition, in a function or in a `try`: it may never happen.
    pub is_indented: bool,
    /// The module that the statement names: `demo._demo` of `from ._demo import lib`.
    pub module: String,
    /// This module, and what is taken from it, which may be modules too: `demo._demo.lib`.
    pub names: Vec<String>,
}

/// The imports of a file, which lies in a wheel under this path.
pub fn full_imports(path: &str, text: &str) -> Vec<FullImport> {
    let package =
        path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.replace('/', "."));
    let full = |import: Import| {
        let folder = above(&package, import.level)?;
        let joined = |name: &str| match (folder.as_str(), name) {
            ("", _) => name.to_owned(),
            (_, "") => folder.clone(),
            _ => format!("{folder}.{name}"),
        };
        let module = joined(&import.module);
        let members = import.names().into_iter().map(|name| joined(&name));
        let names = [module.clone()].into_iter().chain(members.filter(|name| *name != module));
        let names = names.collect();
        let Import { line, is_indented, .. } = import;
        Some(FullImport { line, is_indented, module, names })
    };
    python_text::imports(text).into_iter().filter_map(full).collect()
}

/// The package that so many dots stand for in one of its files; no name for an absolute import.
fn above(package: &str, level: usize) -> Option<String> {
    let parts: Vec<&str> = package.split('.').filter(|part| !part.is_empty()).collect();
    match level {
        0 => Some(String::new()),
        _ => {
            let kept = (parts.len() + 1).checked_sub(level).filter(|kept| *kept > 0)?;
            Some(parts.get(..kept)?.join("."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_have_full_names() {
        let init = "demo/__init__.py";
        for (path, text, expected) in [
            (init, "import os\nfrom ._m import lib", "1 os; 2 demo._m demo._m.lib"),
            (init, "from . import other, _m", "1 demo demo.other demo._m"),
            ("demo/sub/x.py", "    from .. import (_m)  # it", "1? demo demo._m"),
            ("demo/sub/x.py", "from ..a.b import c", "1 demo.a.b demo.a.b.c"),
            ("demo/sub/x.py", "import demo._m as m", "1 demo._m"),
            ("demo/x.py", "from demo import _m", "1 demo demo._m"),
            ("demo/x.py", "from . import (\n    _m,\n)", "1 demo demo._m"),
            ("demo/x.py", "'''\nfrom . import _m\n'''\nimport _m", "4 _m"),
            ("demo/x.py", "from .... import _m\n# import x", ""),
            ("x.py", "from . import _m\nimport a.b", "2 a.b"),
        ] {
            let shown = full_imports(path, text).into_iter().map(|import| {
                let mark = if import.is_indented { "?" } else { "" };
                format!("{}{mark} {}", import.line, import.names.join(" "))
            });
            assert_eq!(shown.collect::<Vec<_>>().join("; "), expected, "{path}: {text}");
        }
    }
}
