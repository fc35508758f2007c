//! Tests of `mentions.rs`.

use super::*;
use crate::model::{IgnoreRule, IncludeReason, TreeFile, UnpackableEntry, UnpackableReason};
use std::cell::Cell;
use std::sync::Arc;

fn ignored() -> OmitReason {
    let rule = IgnoreRule { file: ".gitignore".into(), line: 1, pattern: "gen/".into() };
    OmitReason::Ignored(Arc::new(rule))
}

/// What is found in texts, with files that are left out, as `path by:line`.
fn found(texts: &[(&str, &str)], omitted: &[&str]) -> Vec<String> {
    let kept = texts.iter().map(|(path, _)| (*path, Ok(IncludeReason::Tracked)));
    let left = omitted.iter().map(|path| (*path, Err(ignored())));
    let mut all: Vec<(&str, Decision)> = kept.chain(left).collect();
    all.sort_by_key(|(path, _)| *path);
    let file =
        |(path, _): &(&str, Decision)| TreeFile { path: (*path).into(), ..TreeFile::default() };
    let entry = UnpackableEntry {
        path: "lib/out.h".into(),
        reason: UnpackableReason::Outside("/usr/out.h".into()),
        ignored: None,
    };
    let text = |path: &str| texts.iter().find(|(name, _)| *name == path);
    let mentions = find(&MentionQuery {
        tree: &Tree {
            files: all.iter().map(file).collect(),
            unpackable: vec![entry],
            ..Tree::default()
        },
        decisions: &all.into_iter().map(|(_, decision)| decision).collect::<Vec<_>>(),
        builders: &["tools/build.py".into()],
        read: &|path| text(path).map(|(_, text)| (*text).to_owned()),
    });
    mentions.iter().map(|m| format!("{} {}:{} {:?}", m.path, m.by, m.line, m.how)).collect()
}

#[test]
fn an_include_is_looked_up_as_a_compiler_would() {
    let builder = ("tools/build.py", "include_dirs=['inc', '../other'],\n");
    let omitted = ["gen/a.h", "inc/b.h", "src/c.h", "root.h", "other/d.h", "far/away/deep/f.h"];
    let table = [
        ("#include \"../gen/a.h\"\n", "gen/a.h src/x.c:1 Includes"),
        ("\n  #  include <b.h> // b\n", "inc/b.h src/x.c:2 Includes"),
        ("#include \"c.h\"\n", "src/c.h src/x.c:1 Includes"),
        ("#include \"gen/a.h\"\n", "gen/a.h src/x.c:1 Includes"),
        ("#include \"../lib/out.h\"\n", "lib/out.h src/x.c:1 Includes"),
        ("#include \"deep/f.h\"\n", "far/away/deep/f.h src/x.c:1 Includes"),
        ("#include <deep/f.h>\n", "far/away/deep/f.h src/x.c:1 Includes"),
        ("#include \"eep/f.h\"\n", ""),
        ("#include <f.h>\n", ""),
        ("#include <c.h>\n", ""),
        ("// #include \"c.h\"\n", ""),
        ("#include <stdio.h>\n#include NAME\n#include \"../../../a.h\"\n#include \"\"\n", ""),
        ("puts(\"c.h\");\n", ""),
    ];
    for (text, expected) in table {
        let expected: Vec<&str> = Some(expected).filter(|e| !e.is_empty()).into_iter().collect();
        assert_eq!(found(&[builder, ("src/x.c", text)], &omitted), expected, "{text}");
    }
}

#[test]
fn a_header_that_is_found_first_and_held_ends_the_search() {
    let texts = [
        ("tools/build.py", "dirs = ['inc']"),
        ("src/x.c", "#include \"config.h\"\n"),
        ("src/config.h", ""),
    ];
    assert_eq!(found(&texts, &["inc/config.h"]), [""; 0]);
    let elsewhere = [("src/x.c", "#include \"config.h\"\n"), ("elsewhere/config.h", "")];
    assert_eq!(found(&elsewhere, &["far/config.h"]), [""; 0]);
    assert_eq!(found(&texts[..2], &["inc/config.h"]), ["inc/config.h src/x.c:1 Includes"]);
}

#[test]
fn a_builder_names_paths_in_strings_and_includes_in_c() {
    let omitted = ["gen/a.c", "tools/cdef.h", "gen/b.h", "gen/c.h", "gen/d.h", "gen/e.h"];
    let text = "# 'gen/c.h'\n\
            sources = [\"gen/a.c\", 'gen/']\n\
            text = Path(__file__).with_name('cdef.h').read_text()\n\
            open('gen/d.h', 'w')\n\
            ffi.set_source('_x', \"\"\"\n  #include \\\"b.h\\\"\n\"\"\")\n\
            ffi.set_source('_x', '#include <e.h>')\n";
    let expected = [
        "gen/a.c tools/build.py:2 Names",
        "gen/b.h tools/build.py:6 Includes",
        "gen/e.h tools/build.py:8 Includes",
        "tools/cdef.h tools/build.py:3 Names",
    ];
    assert_eq!(found(&[("tools/build.py", text)], &omitted), expected);
}

#[test]
fn nothing_is_read_where_nothing_is_left_out() {
    let asked = Cell::new(0);
    let file = TreeFile { path: "a.c".into(), ..TreeFile::default() };
    let found = find(&MentionQuery {
        tree: &Tree { files: vec![file], ..Tree::default() },
        decisions: &[Ok(IncludeReason::Tracked)],
        builders: &["b.py".into()],
        read: &|_| {
            asked.set(asked.get() + 1);
            None
        },
    });
    assert_eq!((found, asked.get()), (vec![], 0));
}

#[test]
fn the_warning_names_both_files_the_rule_and_the_line_that_mends_it() {
    let mention = Mention {
        path: "gen/a.h".into(),
        why: ignored(),
        by: "src/x.c".into(),
        line: 3,
        how: MentionKind::Includes,
    };
    let expected = "`gen/a.h` is left out of the sdist (ignored by .gitignore:1 `gen/`), but \
            `src/x.c:3` includes it: write `include = [\"gen/a.h\"]` into `[tool.officina.sdist]` \
            (`officina check` proves whether a build needs it)";
    assert_eq!(warning(&mention, &SdistSettings::default()), expected);
}

#[test]
fn names_that_lead_out_of_the_project_are_found_once() {
    let text = "a = ['../common/g.c', 'x/../../h', '../common/g.c', '..', 'in/../side.c', '/abs/x.c']\n\
                b = ['../x/inside.c', '../../far/f.h']\n";
    let found = names_outside(&["tools/build.py".into()], &|_| Some(text.into()));
    let found: Vec<_> = found.iter().map(|name| format!("{}:{}", name.path, name.line)).collect();
    // As the builder's own folder sees them, and as the project root does.
    assert_eq!(
        found,
        ["../../far/f.h:2", "../common/g.c:1", "../far/f.h:2", "../h:1", "../x/inside.c:2"]
    );
}
