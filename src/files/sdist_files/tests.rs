//! Tests of `sdist_files.rs`.

use super::*;
use crate::model::{
    FolderKind, SdistSettings, SkippedFolder, Spanned, UnpackableEntry, UnpackableReason,
};

/// A flat project of the package `pkg`, whose `ignored` files a line of `.gitignore` names.
struct SdistCase {
    files: Vec<&'static str>,
    ignored: Vec<&'static str>,
    include: Vec<&'static str>,
    /// The glob of a second wheel, which has the package `other`.
    include_elsewhere: Vec<&'static str>,
    sdist: (Vec<&'static str>, Vec<&'static str>),
    unpackable: Vec<(&'static str, UnpackableReason)>,
    named: &'static str,
}

fn case(files: &'static str, ignored: &'static str) -> SdistCase {
    let ignored: Vec<_> = ignored.split_whitespace().collect();
    let mut files: Vec<_> = files.split_whitespace().chain(ignored.iter().copied()).collect();
    files.sort_unstable();
    let (sdist, named) = ((vec![], vec![]), "README.md");
    SdistCase {
        files,
        ignored,
        include: vec![],
        include_elsewhere: vec![],
        sdist,
        unpackable: vec![],
        named,
    }
}

impl SdistCase {
    fn with<T>(&self, look: impl FnOnce(&SdistParts) -> T) -> T {
        let spanned =
            |globs: &[&str]| globs.iter().map(|g| Spanned::new((*g).to_owned(), 0..1)).collect();
        let layout = |package: &str| Layout { packages: vec![package.into()], ..Layout::default() };
        let elsewhere =
            Settings { include: spanned(&self.include_elsewhere), ..Settings::default() };
        let rule =
            Arc::new(IgnoreRule { file: ".gitignore".into(), line: 3, pattern: "*.gen".into() });
        let file = |path: &&str| TreeFile {
            path: (*path).to_owned(),
            target: None,
            tracking: crate::model::Tracking::Unknown,
            executable: false,
            size: 0,
            ignored: self.ignored.contains(path).then(|| Arc::clone(&rule)),
            text: None,
        };
        let entry = |(path, reason): &(&str, UnpackableReason)| UnpackableEntry {
            path: (*path).to_owned(),
            reason: reason.clone(),
            ignored: None,
        };
        look(&SdistParts {
            tree: &Tree {
                root: "/p".into(),
                files: self.files.iter().map(file).collect(),
                unpackable: self.unpackable.iter().map(entry).collect(),
                skipped: vec![SkippedFolder { path: ".git".into(), kind: FolderKind::Cache }],
                ..Tree::default()
            },
            layout: &layout("pkg"),
            settings: &Settings {
                include: spanned(&self.include),
                sdist: SdistSettings {
                    include: spanned(&self.sdist.0),
                    exclude: spanned(&self.sdist.1),
                },
                ..Settings::default()
            },
            elsewhere: &[(layout("other"), elsewhere)],
            pyproject: &Arc::new(SourceText { name: "pyproject.toml".into(), text: "x".into() }),
            builders: &["tools/build.py".into()],
            outputs: &[],
            named: &[self.named.to_owned()],
            stem: "p-1".into(),
            pkg_info: "Name: p\n".into(),
            portable_pyproject: None,
        })
    }

    /// `path: reason`, what is held first.
    fn listing(&self) -> (Vec<String>, Vec<String>) {
        self.with(|parts| {
            let chosen = select(parts).unwrap_or_else(|e| panic!("{e}"));
            let list = listing(parts, &chosen.decisions);
            let packed: Vec<_> = chosen.manifest.entries.iter().map(|e| &e.path).collect();
            assert_eq!(packed, list.included.iter().map(|held| &held.path).collect::<Vec<_>>());
            let held = list.included.iter().map(|held| format!("{}: {}", held.path, held.why));
            let left = list.omitted.iter().map(|left| format!("{}: {}", left.path, left.why));
            (held.collect(), left.collect())
        })
    }

    fn refused(&self) -> String {
        let error = self.with(|parts| select(parts).expect_err("it was accepted"));
        anstream::adapter::strip_str(&crate::report::render(&error)).to_string()
    }
}

#[test]
fn every_file_has_a_reason_in_plain_words() {
    let mut case = case(
        "pyproject.toml README.md tools/build.py pkg/__init__.py src/a.c docs/x.md .env \
             pkg/server.key build/lib.py pkg/_x.abi3.so PKG-INFO x.egg-info/x a.pyc module/.git \
             out/p-1.tar.gz p-1-py3-none-any.whl docs.whl",
        "pkg/data.gen other/data.gen gen/a.h gen/b.h",
    );
    case.sdist = (vec!["gen/b.h"], vec!["docs"]);
    case.unpackable = vec![("docs/link", UnpackableReason::Dangling)];
    let (held, left) = case.listing();
    let expected = [
        "PKG-INFO: metadata",
        "README.md: pyproject.toml names it",
        "gen/b.h: `sdist.include` has `gen/b.h`",
        "other/data.gen: for the wheel: package `other`",
        "pkg/__init__.py: not ignored",
        "pkg/data.gen: for the wheel: package `pkg`",
        "pyproject.toml: every sdist has it",
        "src/a.c: not ignored",
        "tools/build.py: builder",
    ];
    assert_eq!(held, expected);
    let expected = [
        ".env: looks like a secret",
        ".git/: cache",
        "PKG-INFO: metadata of an earlier build",
        "a.pyc: bytecode",
        "build/lib.py: build output",
        "docs.whl: a wheel",
        "docs/link: a link to nothing",
        "docs/x.md: `sdist.exclude` has `docs`",
        "gen/a.h: ignored by .gitignore:3 `*.gen`",
        "module/.git: version control",
        "out/p-1.tar.gz: build output",
        "p-1-py3-none-any.whl: a wheel",
        "pkg/_x.abi3.so: compiled extension module",
        "pkg/server.key: looks like a secret",
        "x.egg-info/x: metadata of an earlier build",
    ];
    assert_eq!(left, expected);
}

#[test]
fn what_the_wheels_include_names_is_held_wherever_it_lies() {
    let mut case = case("build/lib.py dist/a.txt pkg/server.key", "gen/a.h");
    case.include = vec!["build", "dist/*.txt", "pkg/server.key", "gen/a.h"];
    let (held, left) = case.listing();
    let expected = [
        "PKG-INFO: metadata",
        "build/lib.py: not ignored",
        "dist/a.txt: not ignored",
        "gen/a.h: for the wheel: `include` has `gen/a.h`",
        "pkg/server.key: not ignored",
    ];
    assert_eq!(held, expected);
    assert_eq!(left, [".git/: cache"]);
}

#[test]
fn what_any_of_the_wheels_takes_is_held() {
    let mut case = case("", "other/a.py other/key.key gen/a.h pkg/a.c pkg/b.c");
    case.include_elsewhere = vec!["gen", "pkg/a.c"];
    let (held, left) = case.listing();
    let expected = [
        "PKG-INFO: metadata",
        "gen/a.h: for the wheel: `include` has `gen`",
        "other/a.py: for the wheel: package `other`",
        "pkg/a.c: for the wheel: `include` has `pkg/a.c`",
    ];
    assert_eq!(held, expected);
    let rule = "ignored by .gitignore:3 `*.gen`";
    let expected =
        [".git/: cache".to_owned(), format!("other/key.key: {rule}"), format!("pkg/b.c: {rule}")];
    assert_eq!(left, expected);
}

#[test]
fn pipes_and_secrets_are_omitted_and_links_out_refused() {
    let mut case = case("pkg/a.py .env", "");
    case.unpackable = vec![("pkg/pipe", UnpackableReason::Special("a named pipe"))];
    let notable = case.with(|parts| select(parts).map(|files| files.notable_omissions)).unwrap();
    let notable: Vec<_> = notable.iter().map(|left| left.path.as_str()).collect();
    assert_eq!(notable, [".env", "pkg/pipe"]);
    case.unpackable = vec![("docs/link", UnpackableReason::Outside("/etc/x".into()))];
    let text = case.refused();
    assert!(text.contains("`docs/link` is outside the project"), "{text}");
    assert!(text.contains("`exclude` in `[tool.officina.sdist]`"), "{text}");
}

#[test]
fn what_every_build_needs_cannot_lie_where_nobody_looks() {
    let mut case = case("pkg/a.py", "");
    case.named = ".git/README.md";
    let text = case.refused();
    assert!(text.contains("every build needs `.git/README.md`"), "{text}");
    assert!(text.contains("note: `.git` is never looked into: cache"), "{text}");
}

#[test]
fn what_the_wheel_holds_cannot_be_excluded_from_the_sdist_alone() {
    for glob in ["pkg/data.txt", "pkg", "**/*.txt"] {
        let mut case = case("pkg/data.txt notes.txt", "");
        case.sdist = (vec![], vec![glob]);
        let text = case.refused();
        assert!(text.contains("leaves out `pkg/data.txt`, which the wheel holds"), "{text}");
        assert!(text.contains("hint: move"), "{text}");
    }
    let mut case = case("pkg/data.txt pkg/a.c pkg/_x.abi3.so notes.txt", "");
    case.sdist = (vec![], vec!["pkg/*.c", "notes.txt", "pkg/*.so", "made-by-a-build"]);
    let (held, _) = case.listing();
    assert_eq!(held, ["PKG-INFO: metadata", "pkg/data.txt: not ignored"]);
}

#[test]
fn archives_above_objects_are_what_a_builder_made() {
    let case = case("a/libx.a a/deep/x.o b/liby.a pkg/z.lo", "");
    let (held, left) = case.listing();
    assert_eq!(held, ["PKG-INFO: metadata", "b/liby.a: not ignored"]);
    let made = "objects of a build";
    let expected = [".git/: cache".into(), format!("a/deep/x.o: {made}")];
    let others = [format!("a/libx.a: {made}"), format!("pkg/z.lo: {made}")];
    assert_eq!(left, [expected, others].concat());
}

#[test]
fn a_link_out_of_the_project_that_pyproject_names_is_held() {
    let mut case = case("pkg/a.py", "");
    case.unpackable = vec![("README.md", UnpackableReason::Outside("/up/README.md".into()))];
    let (held, _) = case.listing();
    let expected = ["PKG-INFO: metadata", "README.md: pyproject.toml names it"];
    assert_eq!(held[..2], expected);
    case.unpackable = vec![("README.md", UnpackableReason::Outside("/up/.env".into()))];
    let text = case.refused();
    assert!(text.contains("hint: or put a copy in the place of the link"), "{text}");
}
