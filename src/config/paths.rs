//! Paths and globs as `pyproject.toml` spells them: which lead out of the project, and one spelling
//! for all that mean the same.

/// How a path leaves the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayOut {
    /// It begins at a root or a drive. A Windows drive is absolute on every system: the same file
    /// must mean the same everywhere.
    Absolute,
    /// It holds `..`.
    Upwards,
}

/// How a path or a glob leaves the project, if it does.
pub fn way_out(path: &str) -> Option<WayOut> {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if drive || path.starts_with(['/', '\\']) {
        return Some(WayOut::Absolute);
    }
    path.split(['/', '\\']).any(|part| part == "..").then_some(WayOut::Upwards)
}

/// A path from the project root with single `/`, and without `.`: empty for the root itself.
pub fn normal(path: &str) -> String {
    let parts = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | "."));
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_has_one_normal_form() {
        for (path, expected) in
            [("./a", "a"), ("a//b/", "a/b"), ("a\\.\\b", "a/b"), (".", ""), ("./", ""), ("a", "a")]
        {
            assert_eq!(normal(path), expected, "{path}");
        }
    }

    #[test]
    fn ways_out_are_seen_on_every_system() {
        for path in ["/a", "\\a", "C:\\a", "c:/a", "D:x"] {
            assert_eq!(way_out(path), Some(WayOut::Absolute), "{path}");
        }
        for path in ["..", "a/../b", "a\\.."] {
            assert_eq!(way_out(path), Some(WayOut::Upwards), "{path}");
        }
        for path in ["a", "./a", "..a/b..", "é:"] {
            assert_eq!(way_out(path), None, "{path}");
        }
    }
}
