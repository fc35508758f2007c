//! The project's own libraries: which of them a module links, and what it gets from them. Pure.

use std::path::PathBuf;

use crate::model::{ExtensionSpec, LibrarySpec};

/// The positions of the libraries that are linked by whoever names these, each once and before
/// those that it needs itself: a linker takes from an archive what is wanted by then.
///
/// No library may need itself by way of others: see [`circle`].
pub fn linked(names: &[String], libraries: &[LibrarySpec]) -> Vec<usize> {
    let mut found = Vec::new();
    names.iter().rev().for_each(|name| visit(name, libraries, &mut found));
    found.reverse();
    found
}

/// What needs a library is found after it.
fn visit(name: &str, libraries: &[LibrarySpec], found: &mut Vec<usize>) {
    let Some(index) = position(name, libraries).filter(|index| !found.contains(index)) else {
        return;
    };
    libraries[index].libraries.iter().rev().for_each(|name| visit(name, libraries, found));
    found.push(index);
}

fn position(name: &str, libraries: &[LibrarySpec]) -> Option<usize> {
    libraries.iter().position(|library| library.name == name)
}

/// Names of libraries of which each needs the next, and the last the first; `None`: there is no such
/// circle.
pub fn circle(libraries: &[LibrarySpec]) -> Option<Vec<&str>> {
    let mut way = Vec::new();
    libraries.iter().find_map(|library| circle_from(library, libraries, &mut way))
}

fn circle_from<'a>(
    library: &'a LibrarySpec,
    libraries: &'a [LibrarySpec],
    way: &mut Vec<&'a str>,
) -> Option<Vec<&'a str>> {
    if let Some(start) = way.iter().position(|name| *name == library.name) {
        return Some(way[start..].to_vec());
    }
    way.push(&library.name);
    let needed = library.libraries.iter().filter_map(|name| position(name, libraries));
    let found = needed.into_iter().find_map(|next| circle_from(&libraries[next], libraries, way));
    way.pop();
    found
}

/// A module with what its libraries give it: their headers, and the libraries of the system that
/// they need. The project's own are not among its `libraries` any more.
#[must_use]
pub fn with_libraries(spec: &ExtensionSpec, libraries: &[LibrarySpec]) -> ExtensionSpec {
    let mut spec = spec.clone();
    let linked = linked(&spec.libraries, libraries);
    let is_of_system = |name: &String| position(name, libraries).is_none();
    spec.libraries.retain(is_of_system);
    for library in linked.iter().map(|index| &libraries[*index]) {
        append(&mut spec.include_dirs, &library.public_include_dirs);
        append(&mut spec.library_dirs, &library.library_dirs);
        spec.extra_link_args.extend(library.extra_link_args.iter().cloned());
        // Behind what needs them, though they be there already.
        spec.libraries.extend(library.libraries.iter().filter(|name| is_of_system(name)).cloned());
    }
    spec
}

/// A library with the headers of those that it needs.
#[must_use]
pub fn with_headers(library: &LibrarySpec, libraries: &[LibrarySpec]) -> LibrarySpec {
    let mut spec = library.clone();
    append(&mut spec.include_dirs, &library.public_include_dirs);
    for needed in linked(&library.libraries, libraries) {
        append(&mut spec.include_dirs, &libraries[needed].public_include_dirs);
    }
    spec
}

fn append(folders: &mut Vec<PathBuf>, more: &[PathBuf]) {
    for folder in more {
        if !folders.contains(folder) {
            folders.push(folder.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Abi, ModuleName};

    /// `a: b m; b: c` is a library `a` that needs `b` and `m`, and one `b` that needs `c`.
    fn libraries(text: &str) -> Vec<LibrarySpec> {
        let one = |line: &str| {
            let (name, needed) = line.split_once(':').unwrap();
            let name = name.trim().to_owned();
            LibrarySpec {
                public_include_dirs: vec![format!("inc/{name}").into()],
                libraries: needed.split_whitespace().map(str::to_owned).collect(),
                name,
                ..LibrarySpec::default()
            }
        };
        text.split(';').map(one).collect()
    }

    fn spec(names: &str) -> ExtensionSpec {
        let libraries = names.split_whitespace().map(str::to_owned).collect();
        let name = ModuleName::new("_x").unwrap();
        ExtensionSpec { libraries, ..ExtensionSpec::new(name, "build.py", Abi::Version) }
    }

    #[test]
    fn what_needs_a_library_stands_before_it() {
        for (declared, names, expected) in [
            ("a: b; b: c; c:", "a", "a b c"),
            ("c:; b: c; a: b", "a", "a b c"),
            ("a: c; b: c; c:", "a b", "a b c"),
            ("a: c; b: c; c:", "c b a", "b a c"),
            ("a: b; b:; x:", "m", ""),
            ("a: z b; b: m", "b a m", "a b"),
        ] {
            let libraries = libraries(declared);
            let found = linked(&spec(names).libraries, &libraries);
            let found: Vec<&str> = found.iter().map(|i| libraries[*i].name.as_str()).collect();
            assert_eq!(found.join(" "), expected, "{declared} {names}");
        }
    }

    #[test]
    fn a_circle_is_shown() {
        for (declared, expected) in [
            ("a: b; b: c; c:", None),
            ("a: b; b: a", Some("a b")),
            ("x: a; a: b; b: c; c: a", Some("a b c")),
            ("a: a", Some("a")),
            ("a: b c; b: d; c: d; d:", None),
        ] {
            let libraries = libraries(declared);
            let found = circle(&libraries).map(|names| names.join(" "));
            assert_eq!(found.as_deref(), expected, "{declared}");
        }
    }

    #[test]
    fn a_module_gets_headers_and_libraries_of_the_system() {
        let libraries = libraries("a: b m; b: z m");
        let found = with_libraries(&spec("ssl a"), &libraries);
        assert_eq!(found.libraries, ["ssl", "m", "z", "m"]);
        assert_eq!(found.include_dirs, ["inc/a", "inc/b"].map(PathBuf::from));
        assert_eq!(with_headers(&libraries[0], &libraries).include_dirs, found.include_dirs);
    }
}
