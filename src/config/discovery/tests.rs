//! Tests of `discovery.rs`.

use super::*;
use crate::config::{settings, toml};
use crate::model::UnpackableReason;

/// Discovers in a project `foo` with the builder `build_foo.py`, wherever it lies.
fn discover(files: &str, config: &str) -> Result<Layout> {
    discover_with(files, &[], config)
}

fn discover_with(files: &str, outside: &[&str], config: &str) -> Result<Layout> {
    let text = format!("[tool.officina]\n{config}\n");
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text });
    let document = toml::parse(&source)?;
    let settings = settings::read(&toml::TomlTable::root(&source, &document))?.base;
    let mut files: Vec<TreeFile> = files
        .split_whitespace()
        .map(|path| TreeFile { path: path.to_owned(), ..TreeFile::default() })
        .collect();
    files.sort();
    let scripts = files.iter().filter(|file| file.path.ends_with("build_foo.py"));
    let builders: Vec<Builder> = scripts
        .map(|f| Builder {
            work: crate::model::BuilderWork::Script(f.path.clone().into()),
            entries: vec![],
        })
        .collect();
    let link = |path: &&str| UnpackableEntry {
        path: (*path).to_owned(),
        reason: UnpackableReason::Outside("/elsewhere".into()),
        ignored: None,
    };
    let unpackable = outside.iter().map(link).collect();
    let tree = Tree { root: "/p".into(), files, unpackable, ..Tree::default() };
    layout(&tree, &settings, &source, "foo", &builders)
}

fn refused(result: Result<Layout>) -> String {
    match result {
        Ok(layout) => format!("accepted: {layout:?}"),
        Err(e) => anstream::adapter::strip_str(&crate::report::render(&e)).to_string(),
    }
}

/// `source: packages | modules`
fn summary(layout: &Layout) -> String {
    let (packages, modules) = (layout.packages.join(" "), layout.modules.join(" "));
    format!("{}: {packages} | {modules}", layout.python_source)
}

#[test]
fn layouts_are_discovered() {
    let table = [
        // src layouts
        ("src/foo/__init__.py src/foo/sub/x.py setup.py", "src: foo | "),
        ("src/foo.py src/build_foo.py build_foo.py", "src:  | foo"),
        ("src/foo/__init__.py src/bar.py", "src: foo | bar"),
        ("src/ns/foo/__init__.py src/ns/bar/mod.py", "src: ns | "),
        ("src/foo/__init__.py src/_cffi_src/build_foo.py", "src: foo | "),
        ("src/foo/__init__.py src/foo.egg-info/x.py src/my-dir/a.py", "src: foo | "),
        ("src/foo/__init__.py src/data/x.bin src/c/x.c", "src: foo | "),
        ("src/foo-stubs/__init__.pyi", "src: foo-stubs | "),
        // what pytest collects at the root of a flat layout is no module
        ("foo.py test_foo.py foo_test.py conftest.py bar_tests.py build_foo.py", ":  | foo"),
        ("bar.py baz.py test_bar.py test.py", ":  | bar baz"),
        ("src/foo.py src/test_helpers.py", "src:  | foo test_helpers"),
        ("foo/__init__.py wheelhouse/x.py", ": foo | "),
        ("src/foo/_x.pyi src/foo/py.typed", "src: foo | "),
        ("src/tests/__init__.py src/foo/__init__.py", "src: foo tests | "),
        ("foo/__init__.py src/gen.py src/x.c", ": foo | "),
        ("foo.py src/lib/gen.py", ":  | foo"),
        ("src/foo/gen.py bar/__init__.py", "src: foo | "),
        // flat layouts
        ("foo/__init__.py foo/tests/__init__.py tests/__init__.py docs/conf.py", ": foo | "),
        ("foo/__init__.py bar/__init__.py _private/__init__.py", ": bar foo | "),
        ("foo/__init__.py src/x.c src/y.h", ": foo | "),
        ("foo/__init__.py src/_build/build_foo.py", ": foo | "),
        ("foo/x.py foo/data.txt", ": foo | "),
        ("foo/__init__.py stuff/x.py", ": foo | "),
        ("google/cloud/foo/__init__.py google/cloud/tests/__init__.py", ": google.cloud.foo | "),
        ("libs/zlib/README libs/zlib/py/__init__.py foo/__init__.py", ": foo | "),
        ("foo.py setup.py conftest.py noxfile.py tasks.py build_foo.py", ":  | foo"),
        ("foo.py foo_helper.py", ":  | foo foo_helper"),
        ("foo/__init__.py helper.py", ": foo | "),
        ("bar/__init__.py foo.py helper.py", ": bar | foo"),
        ("README.md c/x.c", ":  | "),
    ];
    for (files, expected) in table {
        assert_eq!(summary(&discover(files, "").unwrap()), expected, "{files}");
    }
}

#[test]
fn a_reserved_name_counts_when_it_is_the_projects_own() {
    let layout = discover("_foo/__init__.py docs/x.py", "ext-package = \"_foo\"").unwrap();
    assert_eq!(summary(&layout), ": _foo | ");
}

#[test]
fn listed_packages_are_taken_whole() {
    let flat = "foo/__init__.py foo/sub/x.py foobar/__init__.py tests/__init__.py";
    let src = "src/foo/__init__.py src/ns/a/__init__.py src/ns/b/__init__.py bar/__init__.py";
    let table = [
        (flat, "packages = [\"foo\"]", ": foo | "),
        (flat, "packages = [\"foo\", \"foo.sub\"]", ": foo | "),
        (flat, "packages = [\"foo*\"]", ": foo foobar | "),
        (flat, "packages = [\"foo.*\"]", ": foo.sub | "),
        (flat, "packages = [\"*\"]", ": foo foobar | "),
        (flat, "packages = [\"tests*\"]", ": tests | "),
        (flat, "packages = []", ":  | "),
        (src, "packages = [\"ns.a\"]", "src: ns.a | "),
        (src, "packages = [\"bar\"]", ": bar | "),
        (src, "packages = [\"bar\"]\npython-source = \".\"", ": bar | "),
        ("lib/foo/x.so lib/foo/y.py", "python-source = \"lib\"", "lib: foo | "),
        ("foo/__init__.py src/foo/x.c", "packages = [\"foo\"]", ": foo | "),
        ("src/foo/x.so", "packages = [\"foo\"]", "src: foo | "),
        ("src/foo.py src/bar.py", "py-modules = [\"foo\"]", "src:  | foo"),
        ("src/foo.py src/bar.py", "py-modules = []", "src:  | "),
        ("src/foo/a.py src/c.py", "py-modules = [\"foo.a\"]\npackages = []", "src:  | foo.a"),
    ];
    for (files, config, expected) in table {
        let layout = discover(files, config).unwrap_or_else(|e| panic!("{config}: {e}"));
        assert_eq!(summary(&layout), expected, "{files} {config}");
    }
}

#[test]
fn names_that_do_not_exist_are_refused_with_a_guess() {
    let flat = "foo/__init__.py foo/sub/__init__.py bar.py";
    let src = "src/foo/__init__.py src/bar.py";
    let table = [
        (flat, "packages = [\"fooo\"]", "no package `fooo` in the project root"),
        (flat, "packages = [\"fooo\"]", "did you mean `foo`?"),
        (flat, "packages = [\"foo.sbu\"]", "did you mean `foo.sub`?"),
        (flat, "packages = [\"bar\"]", "`bar.py` is a module: list it in `py-modules`"),
        (flat, "packages = [\"z*\"]", "no package `z*` in the project root"),
        (src, "packages = [\"fo\"]\npython-source = \"src\"", "no package `fo` in `src`"),
        (src, "py-modules = [\"barr\"]\npython-source = \"src\"", "there is no `src/barr.py`"),
        (src, "py-modules = [\"barr\"]\npython-source = \"src\"", "did you mean `bar`?"),
        (src, "py-modules = [\"foo\"]", "`foo` is a package: list it in `packages`"),
        (src, "python-source = \"scr\"", "no folder `scr` for `python-source`"),
        (src, "python-source = \"scr\"", "did you mean `src`?"),
    ];
    for (files, config, expected) in table {
        let text = refused(discover(files, config));
        assert!(text.contains(expected), "{config}: {text}");
        assert!(text.contains("pyproject.toml:"), "{text}");
    }
}

#[test]
fn a_package_that_links_out_of_the_project_is_refused() {
    let table: [(&str, &[&str], &str); 6] = [
        ("a.txt", &["foo"], "packages = [\"foo\"]"),
        ("a.txt", &["src/foo"], "packages = [\"foo\"]"),
        ("src/bar/__init__.py", &["src/foo"], ""),
        ("a.txt", &["foo"], ""),
        ("a.txt", &["lib"], "python-source = \"lib\""),
        ("src/a.py", &["src/bar.py"], "python-source = \"src\"\npy-modules = [\"bar\"]"),
    ];
    for (files, outside, config) in table {
        let text = refused(discover_with(files, outside, config));
        let expected = format!("`{}` is outside the project: it links to", outside[0]);
        assert!(text.contains(&expected), "{config}: {text}");
    }
    let docs = discover_with("foo/__init__.py", &["docs"], "").unwrap();
    assert_eq!(summary(&docs), ": foo | ", "a link that no package needs is no matter");
}
