//! A module that lies in no package, though a package of the project imports it from itself. Pure.

use crate::model::is_identifier;

/// The full name by which a file of a wheel imports the module `name` from a package, with the number
/// of the line: `demo._demo` for `from . import _demo` in `demo/__init__.py`.
pub fn imported_from_a_package(path: &str, text: &str, name: &str) -> Option<(usize, String)> {
    if !text.contains(name) {
        return None;
    }
    let package = path.rsplit_once('/').map(|(folder, _)| folder.replace('/', "."))?;
    let top = package.split('.').next()?;
    text.lines().enumerate().find_map(|(index, line)| {
        let full = imported(line.trim(), &package).find(|full| {
            let parent = full.strip_suffix(name).and_then(|rest| rest.strip_suffix('.'));
            parent.is_some_and(|parent| parent.split('.').next() == Some(top))
        })?;
        Some((index + 1, full))
    })
}

/// The dotted names that a line imports, as far as they may be modules.
fn imported<'a>(line: &'a str, package: &'a str) -> impl Iterator<Item = String> + 'a {
    let (from, names) =
        match line.strip_prefix("from ").and_then(|rest| rest.split_once(" import ")) {
            Some((from, names)) => (absolute(from.trim(), package), names),
            None => (Some(String::new()), line.strip_prefix("import ").unwrap_or_default()),
        };
    let one = move |name: &str| {
        let name = name.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        let name = name.split([' ', '#', ')', '\\']).next().unwrap_or_default();
        let is_name = !name.is_empty() && name.split('.').all(is_identifier);
        is_name.then(|| name.to_owned())
    };
    let module = from.clone().filter(|from| !from.is_empty());
    let members = names.split(',').filter_map(one).filter_map(move |name| {
        let from = from.as_deref()?;
        Some(if from.is_empty() { name } else { format!("{from}.{name}") })
    });
    module.into_iter().chain(members)
}

/// `._demo` in the package `demo` -> `demo._demo`
fn absolute(from: &str, package: &str) -> Option<String> {
    let name = from.trim_start_matches('.');
    let level = from.len() - name.len();
    if level == 0 {
        return Some(name.to_owned());
    }
    let parts: Vec<&str> = package.split('.').collect();
    let kept = parts.get(..(parts.len() + 1).checked_sub(level)?)?.join(".");
    Some(if name.is_empty() { kept } else { format!("{kept}.{name}") })
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
