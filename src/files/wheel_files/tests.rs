//! Tests of `wheel_files.rs`.

use super::*;
use crate::model::{FolderKind, SkippedFolder, Spanned, UnpackableEntry, UnpackableReason};

fn unpackable(path: &str, reason: &UnpackableReason) -> UnpackableEntry {
    UnpackableEntry { path: path.into(), reason: reason.clone(), ignored: None }
}

/// A project in `src` with the package `pkg` and the module `mod`.
struct WheelCase {
    files: Vec<&'static str>,
    include: Vec<&'static str>,
    exclude: Vec<&'static str>,
    built: Vec<&'static str>,
    unpackable: Vec<UnpackableEntry>,
    generated: &'static str,
    metadata: Vec<ManifestEntry>,
}

fn case(files: &'static str) -> WheelCase {
    let mut files: Vec<_> = files.split_whitespace().collect();
    files.sort_unstable();
    let (include, exclude, built, unpackable) = (vec![], vec![], vec![], vec![]);
    WheelCase { files, include, exclude, built, unpackable, generated: "", metadata: vec![] }
}

impl WheelCase {
    fn manifest(&self) -> Result<Manifest> {
        let built = |path: &&str| ManifestEntry {
            path: (*path).to_owned(),
            content: Content::File(format!("/tmp/out/{path}").into()),
            executable: true,
        };
        manifest(&WheelParts {
            tree: &self.tree(),
            layout: &layout(),
            settings: &self.settings(),
            pyproject: &pyproject(),
            built: &self.built.iter().map(built).collect::<Vec<_>>(),
            is_generated: &|path| path == self.generated,
            dist_info: "p-1.dist-info",
            metadata: &self.metadata,
        })
    }

    fn tree(&self) -> Tree {
        let file = |path: &&str| TreeFile {
            target: None,
            tracking: crate::model::Tracking::Unknown,
            path: (*path).to_owned(),
            executable: path.ends_with("run"),
            size: 0,
            ignored: None,
            text: None,
        };
        Tree {
            root: "/p".into(),
            files: self.files.iter().map(file).collect(),
            unpackable: self.unpackable.clone(),
            skipped: vec![SkippedFolder { path: ".tox".into(), kind: FolderKind::Environment }],
            ..Tree::default()
        }
    }

    fn settings(&self) -> Settings {
        let spanned =
            |globs: &[&str]| globs.iter().map(|g| Spanned::new((*g).to_owned(), 0..1)).collect();
        Settings {
            include: spanned(&self.include),
            exclude: spanned(&self.exclude),
            ..Settings::default()
        }
    }

    fn paths(&self) -> Vec<String> {
        let entries = self.manifest().unwrap_or_else(|e| panic!("{e}")).entries;
        entries.into_iter().map(|entry| entry.path).collect()
    }

    fn refused(&self) -> String {
        let error = self.manifest().expect_err("it was accepted");
        anstream::adapter::strip_str(&crate::report::render(&error)).to_string()
    }
}

fn layout() -> Layout {
    Layout {
        python_source: "src".into(),
        packages: vec!["pkg".into()],
        modules: vec!["mod".into()],
    }
}

fn pyproject() -> Arc<SourceText> {
    Arc::new(SourceText { name: "pyproject.toml".into(), text: "x".into() })
}

#[test]
fn every_file_has_a_reason_in_plain_words() {
    let mut case = case(
        "src/pkg/a.py src/mod.py share/x.txt src/pkg/no.py src/pkg/x.c src/pkg/x.pyc \
             src/pkg/a.py~ src/pkg/.gitignore src/pkg/server.key src/pkg/named.key README.md",
    );
    case.include = vec!["share", "src/pkg/named.key"];
    case.exclude = vec!["**/no.py"];
    case.unpackable = vec![unpackable("src/pkg/pipe", &UnpackableReason::Special("a named pipe"))];
    let list =
        listing(&case.tree(), &layout(), &case.settings(), &pyproject(), "p-1.dist-info").unwrap();
    let held = list.included.iter().map(|held| format!("{}: {}", held.path, held.why));
    let expected = [
        "mod.py: module `mod`",
        "pkg/a.py: package `pkg`",
        "pkg/named.key: `include` has `src/pkg/named.key`",
        "share/x.txt: `include` has `share`",
    ];
    assert_eq!(held.collect::<Vec<_>>(), expected);
    let left = list.omitted.iter().map(|left| format!("{}: {}", left.path, left.why));
    let expected = [
        ".tox/: installed packages",
        "README.md: not in a package",
        "src/pkg/.gitignore: version control",
        "src/pkg/a.py~: left by a tool",
        "src/pkg/no.py: `exclude` has `**/no.py`",
        "src/pkg/pipe: a named pipe",
        "src/pkg/server.key: looks like a secret",
        "src/pkg/x.c: C source or header (`include` ships it)",
        "src/pkg/x.pyc: bytecode",
    ];
    assert_eq!(left.collect::<Vec<_>>(), expected);
    assert_eq!(case.paths(), ["mod.py", "pkg/a.py", "pkg/named.key", "share/x.txt"]);
    let notable =
        notable_omissions(&case.tree(), &layout(), &case.settings(), &pyproject()).unwrap();
    let notable: Vec<_> = notable.iter().map(|left| left.path.as_str()).collect();
    assert_eq!(notable, ["src/pkg/server.key", "src/pkg/pipe"]);
}

#[test]
fn a_package_comes_with_its_stubs_and_data_only() {
    let kept = "src/pkg/__init__.py src/pkg/py.typed src/pkg/_foo.pyi src/pkg/data/x.json \
                    src/pkg/tests/t.py src/pkg/libz.so.1 src/pkg/z.dll src/pkg/model.obj";
    let left = "src/pkg/x.c src/pkg/x.H src/pkg/x.cpp src/pkg/x.S src/pkg/x.o src/pkg/x.pyc \
                    src/pkg/.DS_Store src/pkg/a.py~ src/pkg/.a.py.swp src/pkg/.gitignore \
                    src/pkg/.coverage src/pkg/foo.egg-info/x src/pkg/sub/.git src/pkg/#a.py# src/pkg/.#a.py README.md src/other.py \
                    src/pkgs/__init__.py src/pkg.py";
    let all: &'static str = Box::leak(format!("{kept} {left}").into_boxed_str());
    let mut expected: Vec<&str> =
        kept.split_whitespace().map(|path| path.strip_prefix("src/").unwrap()).collect();
    expected.sort_unstable();
    assert_eq!(case(all).paths(), expected);
}

#[test]
fn a_module_comes_with_its_stub() {
    assert_eq!(case("src/mod.py src/mod.pyi src/mod.txt").paths(), ["mod.py", "mod.pyi"]);
}

#[test]
fn include_adds_and_exclude_is_stronger() {
    let mut case = case("src/pkg/a.py src/pkg/x.c src/pkg/y.c src/top.txt share/doc.txt");
    case.include = vec!["src/pkg/*.c", "src/top.txt", "share"];
    case.exclude = vec!["src/pkg/y.c"];
    assert_eq!(case.paths(), ["pkg/a.py", "pkg/x.c", "share/doc.txt", "top.txt"]);
}

#[test]
fn old_products_of_our_modules_are_replaced() {
    let files = "src/pkg/__init__.py src/pkg/_foo.abi3.so src/pkg/_foo.py src/pkg/_foo.pyi \
                     src/pkg/_foo.cpython-311-x86_64-linux-gnu.so src/pkg/_foo.cp311-win_amd64.pyd \
                     src/pkg/_foobar.so src/pkg/libfoo.so";
    let mut case = case(files);
    case.built = vec!["pkg/_foo.abi3.so"];
    case.generated = "src/pkg/_foo.py";
    let expected =
        ["pkg/__init__.py", "pkg/_foo.abi3.so", "pkg/_foo.pyi", "pkg/_foobar.so", "pkg/libfoo.so"];
    assert_eq!(case.paths(), expected);
    let entries = case.manifest().unwrap().entries;
    assert_eq!(entries[1].content, Content::File("/tmp/out/pkg/_foo.abi3.so".into()));
    case.built = vec!["pkg/_foo.py"];
    assert!(case.paths().contains(&"pkg/_foo.py".to_owned()));
    assert!(!case.paths().contains(&"pkg/_foo.abi3.so".to_owned()));
}

#[test]
fn a_module_must_not_hide_a_source_file() {
    for (file, built) in [
        ("src/pkg/_foo.py", "pkg/_foo.abi3.so"),
        ("src/pkg/_foo.py", "pkg/_foo.py"),
        ("src/pkg/_foo/__init__.py", "pkg/_foo.cp311-win_amd64.pyd"),
        ("src/mod.py", "mod.abi3.so"),
    ] {
        let mut case = case(file);
        case.built = vec![built];
        let text = case.refused();
        let module = stem(built).replace('/', ".");
        let expected = format!("the CFFI module `{module}` collides with the source file `{file}`");
        assert!(text.contains(&expected), "{text}");
        assert!(text.contains("set_source()"), "{text}");
    }
    let mut excluded = case("src/pkg/_foo.py");
    excluded.built = vec!["pkg/_foo.abi3.so"];
    excluded.exclude = vec!["src/pkg/_foo.py"];
    assert_eq!(excluded.paths(), ["pkg/_foo.abi3.so"]);
}

#[test]
fn two_files_for_one_path_are_refused() {
    let mut case = case("src/share/x share/x");
    case.include = vec!["**/share"];
    let text = case.refused().replace('\\', "/");
    assert!(text.contains("two files for the path `share/x`"), "{text}");
    assert!(text.contains("/p/share/x`") && text.contains("/p/src/share/x`"), "{text}");
    case.files = vec!["src/pkg/caf\u{e9}.py", "src/pkg/cafe\u{301}.py"];
    case.include = vec![];
    assert!(case.refused().contains("two files for the path `pkg/caf"));
    case.files = vec!["src/pkg/A.py", "src/pkg/a.py"];
    assert_eq!(case.paths(), ["pkg/A.py", "pkg/a.py"]);
}

#[test]
fn names_that_installers_take_for_others_are_refused() {
    let table = [
        ("src/pkg/a\nb", r#"a wheel cannot hold "pkg/a\nb": its name has a line break"#),
        (
            "src/pkg/a\u{2028}b",
            r#"a wheel cannot hold "pkg/a\u{2028}b": its name has a line break"#,
        ),
        ("src/pkg/a\\b", r"a wheel cannot hold `pkg/a\b`: its name has a backslash"),
    ];
    for (path, expected) in table {
        let mut case = case("");
        case.files = vec![path];
        assert!(case.refused().contains(expected), "{}", case.refused());
        assert!(case.refused().contains("`exclude`"), "{}", case.refused());
        case.exclude = vec!["src/pkg/*"];
        assert_eq!(case.paths(), [""; 0]);
    }
}

#[test]
fn the_dist_info_folder_comes_last_with_its_licences() {
    let mut case = case("src/pkg/run src/mod.py src/zzz/a LICENSE");
    case.include = vec!["src/zzz"];
    let entry = |name: &str, content| ManifestEntry {
        path: format!("p-1.dist-info/{name}"),
        content,
        executable: false,
    };
    case.metadata = vec![
        entry("WHEEL", Content::Text("w".into())),
        entry("METADATA", Content::Text("m".into())),
        entry("licenses/LICENSE", Content::File("/p/LICENSE".into())),
        entry("licenses/LICENSES/MIT.txt", Content::File("/p/LICENSES/MIT.txt".into())),
    ];
    let expected = [
        "mod.py",
        "pkg/run",
        "zzz/a",
        "p-1.dist-info/METADATA",
        "p-1.dist-info/WHEEL",
        "p-1.dist-info/licenses/LICENSE",
        "p-1.dist-info/licenses/LICENSES/MIT.txt",
    ];
    assert_eq!(case.paths(), expected);
    let entries = case.manifest().unwrap().entries;
    let executable = entries.iter().filter(|e| e.executable).map(|e| e.path.as_str());
    assert_eq!(executable.collect::<Vec<_>>(), ["pkg/run"]);
    assert_eq!(entries[3].content, Content::Text("m".into()));
    assert_eq!(entries[6].content, Content::File("/p/LICENSES/MIT.txt".into()));
}

#[test]
fn what_cannot_be_packed_is_refused_where_it_is_wanted() {
    let reasons = [
        (
            UnpackableReason::Outside("/etc/x".into()),
            "is outside the project: it links to `/etc/x`",
        ),
        (UnpackableReason::Dangling, "`src/pkg/x` is a link to nothing"),
        (UnpackableReason::NotUtf8, "the name of `src/pkg/x` is not UTF-8"),
        (UnpackableReason::Unreadable("no".into()), "cannot read `src/pkg/x`: no"),
    ];
    for (reason, expected) in reasons {
        let mut case = case("src/pkg/a.py");
        case.unpackable = vec![unpackable("src/pkg/x", &reason)];
        assert!(case.refused().contains(expected), "{}", case.refused());
        case.exclude = vec!["src/pkg/x"];
        assert_eq!(case.paths(), ["pkg/a.py"]);
        case.exclude = vec![];
        case.unpackable = vec![unpackable("docs/x", &reason)];
        assert_eq!(case.paths(), ["pkg/a.py"]);
    }
}
