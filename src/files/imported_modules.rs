//! The files of the project that a Python script imports, going by their texts. Pure.

use std::collections::BTreeSet;

use crate::files::paths::{parent, resolved};
use crate::files::python_text;

/// A script, and all modules of the project that it imports, directly or not. Paths are relative to the project root,
/// with `/`; `read` has the text of a file, if it is there.
pub fn imported_modules(script: &str, read: &dyn Fn(&str) -> Option<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![script.to_owned()];
    while let Some(path) = open.pop() {
        if found.contains(&path) {
            continue;
        }
        let Some(text) = read(&path) else { continue };
        for import in python_text::imports(&text) {
            // Python looks for modules in the script's folder; somebody may have added the root.
            let places = match import.level {
                0 => vec![parent(script), ""],
                level => vec![(0..level).fold(path.as_str(), |path, _| parent(path))],
            };
            let files = |name: String| {
                places.iter().flat_map(move |place| module_files(place, &name)).collect::<Vec<_>>()
            };
            open.extend(import.names().into_iter().flat_map(files));
        }
        found.insert(path);
    }
    found
}

/// The files that a module in a folder may be, with those of the packages that it is in.
fn module_files(folder: &str, name: &str) -> Vec<String> {
    let mut place = folder.to_owned();
    let mut files = Vec::new();
    for part in name.split('.') {
        let Some(next) = resolved(&place, part) else { break };
        files.extend([format!("{next}.py"), format!("{next}/__init__.py")]);
        place = next;
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_followed_inside_of_the_project() {
        for (script, others, expected) in [
            ("import helper, os", vec![("tools/helper.py", "")], "tools/gen.py tools/helper.py"),
            ("import helper", vec![("helper.py", "import gone")], "helper.py tools/gen.py"),
            (
                "if 1:\n    from a.b import c",
                vec![
                    ("tools/a/__init__.py", ""),
                    ("tools/a/b.py", "from . import d"),
                    ("tools/a/d.py", ""),
                ],
                "tools/a/__init__.py tools/a/b.py tools/a/d.py tools/gen.py",
            ),
            (
                "import a",
                vec![("tools/a.py", "import gen"), ("tools/b.py", "")],
                "tools/a.py tools/gen.py",
            ),
            ("# import a\n'import a'", vec![("tools/a.py", "")], "tools/gen.py"),
        ] {
            let read = |path: &str| {
                let own = [("tools/gen.py", script)];
                let text = own.iter().chain(&others).find(|(name, _)| *name == path);
                text.map(|(_, text)| (*text).to_owned())
            };
            let found: Vec<String> = imported_modules("tools/gen.py", &read).into_iter().collect();
            assert_eq!(found.join(" "), expected, "{script}");
        }
        assert!(imported_modules("gone.py", &|_| None).is_empty());
    }
}
