//! Paths of the project as its files spell them: relative to the folder of the file that names them.
//! Pure.

use crate::files::globs::composed;

/// The folder of a file; nothing for the project root.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path as a folder of the project sees it, from the project root, which is nothing or `.`; `None`
/// if it leads out, or is none.
pub fn joined(folder: &str, path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with('/') || path.contains(['\n', ':']) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(composed(&parts.join("/")).into_owned())
}

/// The same for a file: the project root is none.
pub fn resolved(folder: &str, path: &str) -> Option<String> {
    joined(folder, path).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_without_the_disk() {
        for (folder, path, expected) in [
            (".", "Cargo.toml", Some("Cargo.toml")),
            ("", "a//b/./c", Some("a/b/c")),
            ("rust/a", "../b", Some("rust/b")),
            ("rust", "..", Some("")),
            ("rust", "../..", None),
            (".", "/abs", None),
            ("a", "C:/x", None),
            ("a", "", None),
        ] {
            assert_eq!(joined(folder, path).as_deref(), expected, "{folder} {path}");
        }
        assert_eq!(resolved("rust", ".."), None);
    }
}
