//! Tests of `missing_inputs.rs`.

use super::*;
use crate::model::{
    BuilderInputs, GlobRule, IgnoreRule, IncludeReason, NamedInputs, ObjectInputs, Spanned,
    TreeFile, UnpackableEntry, UnpackableReason,
};

/// A tree of tracked and of ignored files, read by one builder and one compiler run.
struct MissingCase {
    tracked: &'static str,
    ignored: &'static str,
    builder: &'static str,
    written: &'static str,
    compiler: &'static str,
    unpackable: Vec<&'static str>,
}

const CASE: MissingCase = MissingCase {
    tracked: "",
    ignored: "",
    builder: "",
    written: "",
    compiler: "",
    unpackable: vec![],
};

fn ignored() -> OmitReason {
    let rule = IgnoreRule { file: ".gitignore".into(), line: 3, pattern: "gen/".into() };
    OmitReason::Ignored(Arc::new(rule))
}

impl MissingCase {
    fn find(&self) -> Vec<MissingInput> {
        let files = |paths: &str| paths.split_whitespace().map(PathBuf::from).collect();
        let read = self.compiler.split_whitespace().map(|path| Path::new(path).into());
        let inputs = BuildInputs {
            builders: vec![BuilderInputs {
                script: "build.py".into(),
                files: files(self.builder),
                written: files(self.written),
                ..BuilderInputs::default()
            }],
            objects: vec![ObjectInputs {
                module: "pkg._foo".into(),
                source: "src/a.c".into(),
                files: read.collect(),
            }],
            ..BuildInputs::default()
        };
        let kept = self.tracked.split_whitespace().map(|path| (path, Ok(IncludeReason::Tracked)));
        let left = self.ignored.split_whitespace().map(|path| match path.ends_with(".pyc") {
            true => (path, Err(OmitReason::Leftover(Leftover::Bytecode))),
            false => (path, Err(ignored())),
        });
        let mut all: Vec<(&str, Decision)> = kept.chain(left).collect();
        all.sort_by_key(|(path, _)| *path);
        let file = |(path, _): &(&str, Decision)| TreeFile {
            path: (*path).to_owned(),
            ..TreeFile::default()
        };
        let entry = |path: &&str| UnpackableEntry {
            path: (*path).to_owned(),
            reason: UnpackableReason::Outside("/usr/x".into()),
            ignored: None,
        };
        find(&SdistComparison {
            inputs: &inputs,
            roots: &["/link".into(), "/real".into()],
            tree: &Tree {
                root: "/link".into(),
                files: all.iter().map(file).collect(),
                unpackable: self.unpackable.iter().map(entry).collect(),
                skipped: vec![],
                ..Tree::default()
            },
            decisions: &all.into_iter().map(|(_, decision)| decision).collect::<Vec<_>>(),
            build_dir: Some("out"),
        })
    }

    fn paths(&self) -> Vec<String> {
        self.find().into_iter().map(|input| input.path).collect()
    }
}

fn rendered(missing: &[MissingInput], settings: &SdistSettings) -> String {
    let pyproject = SourceText { name: "pyproject.toml".into(), text: "exclude".into() };
    let error = error(missing, settings, &Arc::new(pyproject)).expect("an error");
    anstream::adapter::strip_str(&crate::report::render(&error)).to_string()
}

#[test]
fn what_is_read_and_left_out_is_found_in_every_spelling_of_its_path() {
    let case = MissingCase {
        tracked: "build.py src/a.c src/a.h",
        ignored: "gen/a.h gen/b.h gen/unread.h",
        builder: "/link/build.py /real/gen/../gen/a.h /usr/include/stdio.h /link/no/such.h",
        compiler: "/link/src/a.c /link/src/a.h /link/./gen/b.h /link/src/../gen/a.h /elsewhere/gen/a.h",
        ..CASE
    };
    assert_eq!(case.paths(), ["gen/a.h", "gen/b.h"]);
}

#[test]
fn what_nobody_misses_is_no_missing_input() {
    let case = MissingCase {
        ignored: "gen/a.h a.pyc out/x.o",
        builder: "/link/gen/a.h /link/a.pyc /link/out/x.o /link/.venv/lib/x.py",
        written: "/real/gen/a.h",
        compiler: "/real/gen/a.h",
        ..CASE
    };
    assert_eq!(case.paths(), [""; 0]);
}

#[test]
fn the_error_says_who_read_it_which_rule_left_it_out_and_the_line_that_mends_it() {
    let case = MissingCase {
        ignored: "gen/a.h gen/[1].h",
        builder: "/link/gen/a.h",
        compiler: "/link/gen/a.h /link/gen/[1].h",
        ..CASE
    };
    let settings = SdistSettings {
        include: vec![Spanned::new("data".into(), 0..1)],
        ..SdistSettings::default()
    };
    let expected = "error: the sdist leaves out files that the build reads: `gen/[1].h` and another file\n\
            note: `gen/[1].h` (ignored by .gitignore:3 `gen/`) is read by compiling `src/a.c` for `pkg._foo`\n\
            note: `gen/a.h` (ignored by .gitignore:3 `gen/`) is read by builder `build.py`, compiling `src/a.c` for `pkg._foo`\n\
            hint: write `include = [\"data\", 'gen/\\[1\\].h', \"gen/a.h\"]` into `[tool.officina.sdist]`\n";
    assert_eq!(rendered(&case.find(), &settings), expected);
}

#[test]
fn steps_imports_and_linkers_read_files_too() {
    let named = |name: &str, file: &str| {
        vec![NamedInputs { name: name.into(), files: [PathBuf::from(file)].into() }]
    };
    let inputs = BuildInputs {
        steps: named("made", "/link/gen/in.txt"),
        imports: named("pkg._foo", "/link/foo.h"),
        links: named("pkg._foo", "/link/libx.a"),
        ..BuildInputs::default()
    };
    let found = reads(&inputs, &["/link".into()]);
    let said: Vec<String> =
        found.iter().map(|(path, readers)| format!("{path}: {}", readers[0])).collect();
    let expected = [
        "foo.h: importing the headers of `pkg._foo`",
        "gen/in.txt: the step `made`",
        "libx.a: linking `pkg._foo`",
    ];
    assert_eq!(said, expected);
}

#[test]
fn many_files_are_counted_and_included_by_their_kind() {
    let names: Vec<String> = (10..25).map(|n| format!("gen/{n}.h")).collect();
    let input = |path: &String| MissingInput {
        path: path.clone(),
        readers: vec![ReadBy::Builder("b.py".into()); 5],
        why: ignored(),
    };
    let text = rendered(&names.iter().map(input).collect::<Vec<_>>(), &SdistSettings::default());
    assert!(text.contains("the build reads: `gen/10.h` and 14 other files"), "{text}");
    assert!(text.contains("builder `b.py`, ... and 2 more\n"), "{text}");
    assert!(text.contains("note: `gen/19.h`") && !text.contains("gen/20.h"), "{text}");
    assert!(text.contains("note: ... and 5 more\n"), "{text}");
    assert!(text.contains("hint: write `include = [\"gen/*.h\"]` into"), "{text}");
}

#[test]
fn an_exclude_a_link_and_a_secret_have_remedies_of_their_own() {
    let rule = GlobRule { key: "sdist.exclude".into(), glob: "gen".into() };
    let settings = SdistSettings {
        exclude: vec![Spanned::new("gen".into(), 0..7)],
        ..SdistSettings::default()
    };
    let case = MissingCase { builder: "/link/inc/x/y.h", unpackable: vec!["inc"], ..CASE };
    let mut missing = case.find();
    assert_eq!(missing[0].path, "inc");
    let readers = missing[0].readers.clone();
    for (path, why) in
        [("gen/a.h", OmitReason::Exclude(Arc::new(rule))), (".env", OmitReason::Secret)]
    {
        missing.push(MissingInput { path: path.into(), readers: readers.clone(), why });
    }
    let text = rendered(&missing, &settings);
    for expected in [
        "pyproject.toml:1:1",
        "note: `inc` (a link to `/usr/x`) is read by builder `build.py`",
        "hint: narrow `gen` in `exclude` of `[tool.officina.sdist]`\n",
        "hint: write `include = [\".env\"]` into `[tool.officina.sdist]`\n",
        "hint: put a file in the place of `inc`\n",
        "hint: should `.env` be secret, let the build read it elsewhere\n",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}
