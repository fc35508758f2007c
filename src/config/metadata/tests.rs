//! Whole `[project]` tables: the exact text that they turn into, and what is refused.

mod refusals;

use std::sync::Arc;

use crate::config::metadata::{TreeAccess, core_metadata, entry_points_txt, read};
use crate::config::toml::{self, TomlTable};
use crate::error::{Error, Result};
use crate::model::{Metadata, SourceText, VcsSettings, VcsVersion};

/// The files of a source tree, and how a refusal of its `pyproject.toml` reads.
struct FakeTree(&'static [(&'static str, &'static str)]);

impl FakeTree {
    fn read(&self, pyproject: &str) -> Result<Metadata> {
        let text =
            |path: &str| self.0.iter().find(|(name, _)| *name == path).map(|(_, text)| *text);
        let file = |path: &str| match text(path) {
            Some(text) => Ok(Arc::new(SourceText { name: path.into(), text: text.into() })),
            None => Err(Error::new(format!("cannot read `{path}`: no such file"))),
        };
        let matching = |glob: &str| {
            let matcher = globset::GlobBuilder::new(glob)
                .literal_separator(true)
                .build()
                .map_err(|e| Error::new(e.to_string()))?
                .compile_matcher();
            let mut names: Vec<_> = self.0.iter().map(|(name, _)| (*name).to_owned()).collect();
            names.retain(|name| matcher.is_match(name));
            names.sort();
            Ok(names)
        };
        let version = |_: &str, settings: &VcsSettings| {
            let version = settings.fallback.clone().unwrap_or("1.2.dev3".into());
            Ok(VcsVersion { version, commit: None })
        };
        let tree = TreeAccess { read: &file, files_matching: &matching, version: &version };
        let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: pyproject.into() });
        let document = toml::parse(&source)?;
        read(&TomlTable::root(&source, &document), &tree)
    }

    fn refusal(&self, pyproject: &str) -> String {
        match self.read(pyproject) {
            Ok(metadata) => panic!("accepted: {pyproject}\n{}", core_metadata(&metadata)),
            Err(error) => anstream::adapter::strip_str(&crate::report::render(&error)).to_string(),
        }
    }
}

const EMPTY: FakeTree = FakeTree(&[]);

const FULL: &str = r#"
[project]
name = "Full_Example.pkg"
version = "1.2.0-RC1"
description = "  One line, with ünïcode  "
readme = "README.md"
requires-python = "<4, >= 3.9"
license = "mit or apache-2.0"
license-files = ["LICENSE-*", "vendored/*/COPYING"]
authors = [
    { name = "Ada Lovelace", email = "ada@example.org" },
    { name = "Charles" },
    { email = "post@example.org" },
]
maintainers = [{ name = 'Hopper, "Grace"', email = "grace@example.org" }]
keywords = ["ffi", "c library"]
classifiers = ["Programming Language :: C", "Private :: Do Not Upload"]
dependencies = ["CFFI >= 1.17", "tomli>=2 ; python_version<'3.11'"]
import-names = ["full_example", "full_example._native ; private"]
import-namespaces = ["company"]

[project.optional-dependencies]
Dev_Tools = ["pytest", "mypy[Faster-Cache]==1.*; os_name=='nt' or os.name=='posix'"]
empty = []

[project.urls]
Source = "https://example.org/src"

[project.scripts]
full = "full_example.cli:main"

[project.gui-scripts]
full-gui = "full_example.gui:App.run"

[project.entry-points."my.plugins"]
"a b" = "full_example"

[project.entry-points.none]
"#;

const FULL_TREE: FakeTree = FakeTree(&[
    ("README.md", "\u{feff}# Full\r\n\r\ntext: with colon\n"),
    ("LICENSE-MIT", ""),
    ("LICENSE-APACHE", ""),
    ("vendored/lib/COPYING", ""),
]);

#[test]
fn a_full_example_becomes_exactly_this() {
    let metadata = FULL_TREE.read(FULL).unwrap();
    let expected = r#"Metadata-Version: 2.5
Name: Full_Example.pkg
Version: 1.2.0rc1
Summary: One line, with ünïcode
Keywords: ffi,c library
Author: Charles
Author-email: Ada Lovelace <ada@example.org>, post@example.org
Maintainer-email: "Hopper, \"Grace\"" <grace@example.org>
License-Expression: MIT OR Apache-2.0
License-File: LICENSE-APACHE
License-File: LICENSE-MIT
License-File: vendored/lib/COPYING
Classifier: Programming Language :: C
Classifier: Private :: Do Not Upload
Project-URL: Source, https://example.org/src
Requires-Python: >=3.9,<4
Requires-Dist: cffi>=1.17
Requires-Dist: tomli>=2; python_version < "3.11"
Provides-Extra: dev-tools
Requires-Dist: pytest; extra == "dev-tools"
Requires-Dist: mypy[faster-cache]==1.*; (os_name == "nt" or os_name == "posix") and extra == "dev-tools"
Provides-Extra: empty
Import-Name: full_example
Import-Name: full_example._native; private
Import-Namespace: company
Description-Content-Type: text/markdown

# Full

text: with colon
"#;
    assert_eq!(core_metadata(&metadata), expected);
    let expected = "[console_scripts]\nfull = full_example.cli:main\n\n\
                    [gui_scripts]\nfull-gui = full_example.gui:App.run\n\n\
                    [my.plugins]\na b = full_example\n";
    assert_eq!(entry_points_txt(&metadata.entry_points).as_deref(), Some(expected));
    assert_eq!(metadata.dist_name(), "full_example_pkg");
    assert!(metadata.depends_on("Cffi") && !metadata.depends_on("pytest"));
}

#[test]
fn the_least_example_becomes_exactly_this() {
    let metadata = EMPTY.read("[project]\nname = 'a'\nversion = '1'\n").unwrap();
    assert_eq!(core_metadata(&metadata), "Metadata-Version: 2.4\nName: a\nVersion: 1\n");
    assert_eq!(entry_points_txt(&metadata.entry_points), None);
}

/// The headers of `[project]` with some more lines in it.
fn headers(tree: &FakeTree, lines: &str) -> String {
    let least = "[project]\nname = 'a'\nversion = '1'\n";
    let text = core_metadata(&tree.read(&format!("{least}{lines}")).unwrap());
    text.strip_prefix("Metadata-Version: 2.4\nName: a\nVersion: 1\n").unwrap_or(&text).to_owned()
}

#[test]
fn licences_are_found_where_they_usually_are() {
    let tree =
        FakeTree(&[("LICENCE.txt", ""), ("NOTICE", ""), ("x/LICENSE", ""), ("AUTHORS.md", "")]);
    let found = "License-File: AUTHORS.md\nLicense-File: LICENCE.txt\nLicense-File: NOTICE\n";
    assert_eq!(headers(&tree, ""), found);
    assert_eq!(headers(&tree, "license-files = []"), "");
    // `./` would become a folder of the archive.
    let listed = headers(&tree, "license-files = ['./NOTICE', 'NOTICE']");
    assert_eq!(listed, "License-File: NOTICE\n");
}

#[test]
fn an_old_licence_table_cannot_forge_headers() {
    let tree = FakeTree(&[("legal/terms", "one\r\n\nName: evil\rVersion: 2\n")]);
    let text = "License: one\n        \n        Name: evil\n        Version: 2\n";
    let expected = format!("{text}License-File: legal/terms\n");
    assert_eq!(headers(&tree, "license = { file = 'legal/terms' }"), expected);
    assert_eq!(headers(&tree, "license = { file = './legal//terms' }"), expected);
    assert_eq!(headers(&EMPTY, "license.text = 'BSD'"), "License: BSD\n");
}

#[test]
fn readmes_have_a_content_type() {
    let tree = FakeTree(&[("R.RST", "text"), ("b.txt", "b\n")]);
    let typed = |kind: &str, body: &str| format!("Description-Content-Type: {kind}\n\n{body}\n");
    let table = [
        ("readme = 'R.RST'", typed("text/x-rst", "text")),
        ("readme = 'b.txt'", typed("text/plain", "b")),
        (
            "readme = { file = 'R.RST', content-type = 'Text/Markdown; charset=utf-8; variant=CommonMark' }",
            typed("Text/Markdown; charset=utf-8; variant=CommonMark", "text"),
        ),
        ("readme = { text = 'x', content-type = 'text/plain' }", typed("text/plain", "x")),
    ];
    for (lines, expected) in table {
        assert_eq!(headers(&tree, lines), expected, "{lines}");
    }
}

#[test]
fn empty_import_names_say_that_there_is_nothing() {
    let text = headers(&EMPTY, "import-names = []");
    assert_eq!(text, "Metadata-Version: 2.5\nName: a\nVersion: 1\nImport-Name: \n");
}

const DYNAMIC_TREE: FakeTree = FakeTree(&[
    ("VERSION", "\u{feff} 1.0rc1\n"),
    ("BROKEN", "\none point two\n"),
    ("SUMMARY", "Short.\n"),
    ("LONG", "One.\nTwo.\n"),
    ("A.md", "# A\n"),
    ("B.md", "# B\n"),
    ("src/pkg/__init__.py", "import os\n__version__ = \"2.1\"\nDATE = os.name\n"),
    ("src/pkg/about.py", "V: str = '2.2'\n"),
    ("flat.py", "__version__ = '3'\n"),
    ("python/deep/__init__.py", "__version__ = '4'\n"),
]);

fn dynamic(field: &str, value: &str) -> String {
    let version = if field == "version" { "" } else { "version = '1'\n" };
    format!(
        "[project]\nname = 'a'\n{version}dynamic = ['{field}']\n\
         [tool.officina.dynamic]\n{field} = {value}\n"
    )
}

#[test]
fn dynamic_versions_are_read_and_not_run() {
    let table = [
        ("{ file = 'VERSION' }", "1.0rc1"),
        ("{ attr = 'pkg:__version__' }", "2.1"),
        ("{ attr = 'pkg.__version__' }", "2.1"),
        ("{ attr = 'pkg.about:V' }", "2.2"),
        ("{ attr = 'flat.__version__' }", "3"),
    ];
    for (value, expected) in table {
        let metadata = DYNAMIC_TREE.read(&dynamic("version", value)).unwrap();
        assert_eq!(metadata.version.to_string(), expected, "{value}");
    }
    for folder in ["python", "./python/", "python/.", ".\\\\python"] {
        let elsewhere = format!(
            "{}[tool.officina]\npython-source = \"{folder}\"\n",
            dynamic("version", "{ attr = 'deep:__version__' }")
        );
        assert_eq!(DYNAMIC_TREE.read(&elsewhere).unwrap().version.to_string(), "4", "{folder}");
    }
}

#[test]
fn dynamic_texts_are_read() {
    let text = |field, value| core_metadata(&DYNAMIC_TREE.read(&dynamic(field, value)).unwrap());
    assert!(text("description", "{ file = 'SUMMARY' }").ends_with("Summary: Short.\n"));
    let both = text("readme", "{ file = ['A.md', 'B.md'] }");
    assert!(both.ends_with("Description-Content-Type: text/markdown\n\n# A\n\n# B\n"), "{both}");
}

#[test]
fn bad_dynamic_fields_are_refused() {
    let table = [
        (
            "version",
            "{ attr = 'pkg:DATE' }",
            "`DATE` in `src/pkg/__init__.py` is not set to a plain string",
            "src/pkg/__init__.py:3:8",
        ),
        ("version", "{ attr = 'pkg:nope' }", "sets no `nope`", "pyproject.toml:5:20"),
        (
            "version",
            "{ attr = 'nope:V' }",
            "`src/nope/__init__.py`, `src/nope.py`, `nope/__init__.py`, `nope.py`",
            "pyproject.toml:5:20",
        ),
        ("version", "{ attr = 'V' }", "does not name an attribute", "pyproject.toml:5:20"),
        ("version", "{ attr = '../x:V' }", "does not name an attribute", "pyproject.toml:5:20"),
        ("version", "{ file = 'VERSIONS' }", "did you mean `VERSION`?", "pyproject.toml:5:20"),
        ("version", "{ file = '../VERSION' }", "not inside the project", "pyproject.toml:5:20"),
        ("version", "{ file = 'BROKEN' }", "`one point two` is not a valid version", "BROKEN:2:1"),
        (
            "version",
            "{ file = 'VERSION', attr = 'pkg:V' }",
            "either `attr` or `file`",
            "pyproject.toml:5:11",
        ),
        ("version", "{ atr = 'pkg:V' }", "did you mean `attr`?", "pyproject.toml:5:13"),
        ("version", "'1.0'", "must be a table, not a string", "pyproject.toml:5:11"),
        ("description", "{ file = 'LONG' }", "must be a single line", "LONG:1:1"),
        ("description", "{}", "has no `file`", "pyproject.toml:6:15"),
        ("readme", "{ file = 'VERSION' }", "cannot be told from its name", "pyproject.toml:6:19"),
        ("readme", "{ file = [] }", "names no file", "pyproject.toml:6:10"),
        ("name", "{}", "`name` cannot be dynamic", "pyproject.toml:4:12"),
        (
            "dependencies",
            "{ file = 'A.md' }",
            "`dependencies` cannot be dynamic here",
            "pyproject.toml:4:12",
        ),
        ("dynamic", "{}", "`dynamic` is not a field", "pyproject.toml:4:12"),
        ("verison", "{}", "`verison` is not a field of `[project]`", "pyproject.toml:4:12"),
    ];
    for (field, value, message, place) in table {
        let shown = DYNAMIC_TREE.refusal(&dynamic(field, value));
        assert!(shown.contains(message) && shown.contains(place), "{field} = {value}\n{shown}");
        assert!(tells_what_next(&shown), "no next step: {field} = {value}\n{shown}");
    }
}

#[test]
fn the_three_places_of_a_dynamic_field_agree() {
    let table = [
        ("[project]\nname='a'\ndynamic=['version']\n", "nothing says where it is"),
        (
            "[project]\nname='a'\nversion='1'\ndynamic=['version']\n[tool.officina.dynamic]\nversion.file='V'\n",
            "given in `[project]` as well",
        ),
        (
            "[project]\nname='a'\nversion='1'\n[tool.officina.dynamic]\nreadme.file='R'\n",
            "is set, but not dynamic",
        ),
        (
            "[project]\nname='a'\nversion='1'\n[tool.officina.dynamic]\nreadmee.file='R'\n",
            "did you mean `readme`?",
        ),
    ];
    for (pyproject, message) in table {
        let shown = EMPTY.refusal(pyproject);
        assert!(shown.contains(message) && shown.contains("hint: "), "{pyproject}\n{shown}");
    }
}

#[test]
fn without_a_project_the_least_one_is_shown() {
    let shown = EMPTY.refusal("[tool.officina]\n");
    assert!(shown.contains("has no `[project]` table"), "{shown}");
    assert!(shown.contains("[project]\nname = \"my-package\"\nversion = \"0.1.0\"\n"), "{shown}");
}

#[test]
fn missing_fields_point_at_the_table() {
    for (pyproject, message) in [
        ("\n[project]\nversion = '1'\n", "`project.name` is missing"),
        ("\n[project]\nname = 'a'\n", "`project.version` is missing"),
    ] {
        let shown = EMPTY.refusal(pyproject);
        assert!(shown.contains(message) && shown.contains("pyproject.toml:2:1"), "{shown}");
    }
}

#[test]
fn bad_fields_are_refused_at_their_line_with_a_next_step() {
    let tree = FakeTree(&[("README", ""), ("README.md", ""), ("LICENSE", ""), ("sub/LICENSE", "")]);
    let mut failures = Vec::new();
    for (line, message, column) in refusals::REFUSALS {
        let pyproject = format!("[project]\nname = 'a'\nversion = '1'\n{line}\n");
        let shown = tree.refusal(&pyproject);
        let place = format!("pyproject.toml:4:{column}\n");
        let fine = shown.contains(message) && shown.contains(&place) && tells_what_next(&shown);
        if !fine {
            failures.push(format!("{line}: expected `{message}` at {place}{shown}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A hint; or the wanted type, which is one by itself.
fn tells_what_next(shown: &str) -> bool {
    shown.contains("hint: ") || shown.contains(" must ")
}

#[test]
fn bad_names_and_versions_are_refused() {
    for name in ["", "-a", "a b", "naïve", "a/b", "a\\nVersion: 9"] {
        let shown = EMPTY.refusal(&format!("[project]\nname = \"{name}\"\nversion = '1'\n"));
        assert!(shown.contains("pyproject.toml:2:8") && shown.contains("hint: "), "{shown}");
    }
    for version in ["", "one", "1.0.", "1..0", "1.0-dev-3x", "1\\nName: b", "1!", "1.0+a_"] {
        let shown = EMPTY.refusal(&format!("[project]\nname = 'a'\nversion = \"{version}\"\n"));
        assert!(shown.contains("pyproject.toml:3:11") && shown.contains("hint: "), "{shown}");
    }
}

#[test]
fn no_value_can_begin_a_line_of_its_own() {
    for line in [
        "description = 'a@b'",
        "keywords = ['a@b']",
        "classifiers = ['a@b']",
        "authors = [{ name = 'a@b' }]",
        "authors = [{ email = 'a@b' }]",
        "urls = { 'a@b' = 'x' }",
        "urls = { x = 'a@b' }",
        "scripts = { 'a@b' = 'x:y' }",
        "scripts = { x = 'y:z@b' }",
        "entry-points = { x = { 'a@b' = 'y' } }",
        "entry-points = { 'a@b' = { x = 'y' } }",
        "dependencies = ['a@b']",
        "dependencies = ['a; os_name == \"@\"']",
        "optional-dependencies = { 'a@b' = [] }",
        "import-names = ['a@b']",
        "license = 'MIT@OR'",
        "readme = { text = '', content-type = 'text/plain;a=@' }",
        "requires-python = '>=3@'",
    ] {
        for sneaky in ["\\n", "\\r", "\\u000B", "\\u001C", "\\u0085", "\\u2028"] {
            let line = line.replace('"', "\\\"").replace('\'', "\"").replace('@', sneaky);
            let pyproject = format!("[project]\nname = 'a'\nversion = '1'\n{line}\n");
            if let Ok(metadata) = EMPTY.read(&pyproject) {
                // White space at an edge may be dropped instead.
                let text = core_metadata(&metadata);
                assert!(!super::text::breaks_line(&text.replace('\n', "")), "{line}\n{text}");
                assert!(!text.contains("\nb"), "{line}\n{text}");
            }
        }
    }
}
