//! From a `pyproject.toml` and a tree on disk to the list of files in the wheel.

use std::path::Path;
use std::sync::Arc;

use officina::config::{builder, discovery, settings, toml};
use officina::error::Result;
use officina::files::tree;
use officina::files::wheel_files::{self, WheelParts};
use officina::model::{Content, Layout, Manifest, SourceText};
use officina::report;

fn project(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, "x").expect("a file");
    }
    folder
}

fn list(root: &Path, config: &str) -> Result<(Layout, Manifest)> {
    let text = format!("[tool.officina]\n{config}\n");
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text });
    let document = toml::parse(&source)?;
    let settings = settings::read(&toml::TomlTable::root(&source, &document))?.base;
    let tree = tree::walk(root)?;
    let scripts = || tree.files.iter().map(|file| file.path.clone()).collect();
    let exists = |path: &Path| root.join(path).is_file();
    let builders = builder::resolve(&settings, &source, &exists, &scripts)?;
    let layout = discovery::layout(&tree, &settings, &source, "foo", &builders)?;
    let manifest = wheel_files::manifest(&WheelParts {
        tree: &tree,
        layout: &layout,
        settings: &settings,
        pyproject: &source,
        built: &[],
        is_generated: &|_| false,
        dist_info: "foo-1.dist-info",
        metadata: &[],
    })?;
    Ok((layout, manifest))
}

fn paths(root: &Path, config: &str) -> Vec<String> {
    let (_, manifest) = list(root, config).unwrap_or_else(|e| panic!("{}", report::render(&e)));
    for entry in &manifest.entries {
        let Content::File(path) = &entry.content else { panic!("{entry:?}") };
        assert!(path.is_file(), "{}", path.display());
    }
    manifest.entries.into_iter().map(|entry| entry.path).collect()
}

fn refused(root: &Path, config: &str) -> String {
    let error = list(root, config).expect_err("it was accepted");
    anstream::adapter::strip_str(&report::render(&error)).to_string()
}

#[test]
fn a_src_project_is_listed_without_its_development_files() {
    let folder = project(&[
        "pyproject.toml",
        "foo_build.py",
        "src/foo/__init__.py",
        "src/foo/_foo.pyi",
        "src/foo/__pycache__/x.pyc",
        "src/foo/native/foo.c",
        "src/foo/native/foo.h",
        "src/_build/more_build.py",
        "tests/test_foo.py",
        ".venv/pyvenv.cfg",
        ".venv/lib/x.py",
    ]);
    let config = "cffi_modules = [\"foo_build.py:ffi\", \"_build.more_build:ffi\"]";
    assert_eq!(paths(folder.path(), config), ["foo/__init__.py", "foo/_foo.pyi"]);
    let with_header = format!("{config}\ninclude = [\"src/foo/**/*.h\"]");
    let expected = ["foo/__init__.py", "foo/_foo.pyi", "foo/native/foo.h"];
    assert_eq!(paths(folder.path(), &with_header), expected);
}

#[test]
fn every_mistake_points_at_its_line() {
    let folder = project(&["foo/__init__.py", "foo/data.h", "tools/build_foo.py"]);
    let table = [
        ("cffi_modules = [\"tools/bild_foo.py:ffi\"]", "did you mean `tools/build_foo.py:ffi`?"),
        ("packages = [\"fo\"]", "did you mean `foo`?"),
        ("packages = [\"../foo\"]", "`../foo` in `packages` is outside the project"),
        ("include = [\"foo/dta.h\"]", "did you mean `foo/data.h`?"),
        ("include = [\"*.h\"]", "`**/*.h` matches at any depth"),
    ];
    for (config, expected) in table {
        let text = refused(folder.path(), config);
        assert!(text.contains(expected), "{config}: {text}");
        assert!(text.contains("pyproject.toml:2:"), "{config}: {text}");
    }
}

#[cfg(unix)]
#[test]
fn a_package_that_is_a_link_out_of_the_project_is_refused() {
    let outside = project(&["__init__.py"]);
    let folder = project(&["README.md"]);
    std::os::unix::fs::symlink(outside.path(), folder.path().join("foo")).expect("a link");
    for config in ["", "packages = [\"foo\"]"] {
        let text = refused(folder.path(), config);
        assert!(text.contains("`foo` is outside the project: it links to"), "{text}");
    }
}
