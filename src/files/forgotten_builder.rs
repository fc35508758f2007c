//! A builder script that no entry of `cffi_modules` names. Pure: whoever asks reads the files.

use crate::files::python_text::literals;
use crate::model::is_dotted_name;

/// A call of `set_source()`.
#[derive(Debug, PartialEq, Eq)]
pub struct SetSource<'a> {
    /// What it is called on.
    pub object: &'a str,
    /// The module that it makes.
    pub module: &'a str,
}

/// Whether a file has the name of a builder, and lies where one would.
pub fn may_be_builder(path: &str) -> bool {
    const OTHERS: [&str; 8] =
        ["test", "tests", "testing", "doc", "docs", "example", "examples", "bench"];
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let is_named = file.strip_suffix(".py").is_some_and(|name| {
        let names = ["build_", "ffi_", "cffi_", "_ffi", "_cffi"];
        names.iter().any(|start| name.starts_with(start))
            || ["_build", "_builder", "ffi"].iter().any(|end| name.ends_with(end))
    });
    is_named && !folders.split('/').any(|folder| OTHERS.contains(&folder))
}

/// The first call of `set_source()` that stands in a script's outermost level, with the name of its
/// module written out. All else may be a library's, or an example in a text.
pub fn set_source(text: &str) -> Option<SetSource<'_>> {
    if !text.contains("cffi") || !text.contains("FFI(") {
        return None;
    }
    let strings: Vec<(usize, &str)> = literals(text)
        .into_iter()
        .map(|(_, string)| (string.as_ptr() as usize - text.as_ptr() as usize, string))
        .collect();
    text.match_indices(".set_source(").find_map(|(at, call)| {
        let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let object = &text[line..at];
        let in_string =
            strings.iter().any(|(start, string)| (*start..start + string.len()).contains(&at));
        let after = at + call.len();
        let (start, module) = strings.iter().find(|(start, _)| *start >= after)?;
        let is_first = text[after..*start].trim().trim_matches(['"', '\'']).is_empty();
        (!in_string && is_first && is_dotted_name(object) && is_dotted_name(module))
            .then_some(SetSource { object, module })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_builders() {
        for path in ["build_foo.py", "foo_build.py", "src/foo/_ffi_build.py", "pkg/cffi_foo.py"] {
            assert!(may_be_builder(path), "{path}");
        }
        for path in
            ["foo.py", "tests/build_foo.py", "docs/x/foo_build.py", "build_foo.c", "setup.py"]
        {
            assert!(!may_be_builder(path), "{path}");
        }
    }

    #[test]
    fn calls_that_make_a_module() {
        let begin = "from cffi import FFI\nffi = FFI()\n";
        let table = [
            ("ffi.set_source(\"demo._demo\", 'int x;')", Some(("ffi", "demo._demo"))),
            ("ffi.set_source(\n    'demo', None)", Some(("ffi", "demo"))),
            ("# ffi.set_source('demo', None)", None),
            ("\"\"\"\nffi.set_source('demo', None)\n\"\"\"", None),
            ("def make(ffi):\n    ffi.set_source('demo', None)", None),
            ("ffi.set_source(name, 'int x;')", None),
            ("ffi.cdef('int x;')", None),
        ];
        for (call, expected) in table {
            let text = format!("{begin}{call}\n");
            let found = set_source(&text).map(|found| (found.object, found.module));
            assert_eq!(found, expected, "{call}");
        }
        assert_eq!(set_source("ffi.set_source('demo', None)"), None);
    }
}
