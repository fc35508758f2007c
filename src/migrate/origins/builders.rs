//! Finds the builders of a project by their texts: nothing is run.

/// An entry of `cffi_modules`, as far as a text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBuilder {
    /// `script:object`
    pub entry: String,
    /// Where `set_source()` is called, from 1.
    pub line: usize,
    /// Whether the object is a function: it has to return the FFI.
    pub is_function: bool,
}

/// The builders among Python files: path and text each. Tests and examples are no builders.
pub fn find(files: &[(String, String)]) -> Vec<FoundBuilder> {
    let is_aside = |path: &str| {
        let mut folders = path.split('/').rev().skip(1);
        folders.any(|folder| {
            matches!(folder, "test" | "tests" | "testing" | "docs" | "doc" | "examples")
        })
    };
    let candidates = files.iter().filter(|(path, text)| !is_aside(path) && text.contains("cffi"));
    let mut found: Vec<FoundBuilder> =
        candidates.flat_map(|(path, text)| in_text(path, text)).collect();
    found.dedup_by(|one, other| one.entry == other.entry);
    found
}

fn in_text(path: &str, text: &str) -> Vec<FoundBuilder> {
    let mut found = Vec::new();
    let mut function = None;
    for (index, line) in text.lines().enumerate() {
        let code = line.trim_start();
        if code.len() == line.len()
            && !code.is_empty()
            && !code.starts_with(['#', ')', ']', '}', '"', '\''])
        {
            function = code.strip_prefix("def ").and_then(|rest| rest.split('(').next());
        }
        let call = code.find(".set_source(").or_else(|| code.find(".set_source_pkgconfig("));
        let Some(name) = call.map(|end| &code[..end]).filter(|name| is_name(name)) else {
            continue;
        };
        let object = function.unwrap_or(name);
        found.push(FoundBuilder {
            entry: format!("{path}:{object}"),
            line: index + 1,
            is_function: function.is_some(),
        });
    }
    found
}

fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(is_letter) && !text.starts_with(|c: char| c.is_numeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builders_are_found_where_they_stand() {
        type Expected<'a> = &'a [(&'a str, bool)];
        let table: &[(&str, &str, Expected)] = &[
            (
                "b.py",
                "from cffi import FFI\nffi = FFI()\nffi.set_source('m', '')\n",
                &[("b.py:ffi", false)],
            ),
            (
                "a/b.py",
                "import cffi\nffi = cffi.FFI()\nif True:\n    ffi.set_source('m', '')\n",
                &[("a/b.py:ffi", false)],
            ),
            (
                "b.py",
                "import cffi\ndef make():\n    f = cffi.FFI()\n\n    f.set_source(\n'm', '')\n    return f\n",
                &[("b.py:make", true)],
            ),
            (
                "b.py",
                "import cffi\ndef other(): pass\nffi = cffi.FFI()\nffi.set_source('m', '')\n",
                &[("b.py:ffi", false)],
            ),
            (
                "b.py",
                "import cffi\none.set_source('m', '')\ntwo.set_source('n', None)\n",
                &[("b.py:one", false), ("b.py:two", false)],
            ),
            ("tests/b.py", "import cffi\nffi.set_source('m', '')\n", &[]),
            ("b.py", "# cffi: ffi.set_source('m', '')\n", &[]),
            ("b.py", "editor.set_source('m')\n", &[]),
        ];
        for (path, text, expected) in table {
            let found = find(&[((*path).to_owned(), (*text).to_owned())]);
            let found: Vec<_> =
                found.iter().map(|one| (one.entry.as_str(), one.is_function)).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }
}
