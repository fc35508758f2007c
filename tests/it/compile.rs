//! What this machine's compilers make, and what is said when they cannot.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use officina::engine::cache::KnownInput;
use officina::engine::input::Input;
use officina::model::{Abi, DebugPlaces, ExtensionSpec, Macro, Profile};
use officina::report::render;
use officina::steps::make_modules::{Object, make_one};
use officina::steps::path_mapping::{FolderSpellings, PathMapping};
use officina::steps::translation_unit::object_path;
use officina::toolchain::Family;

use crate::bench::Workbench;
use crate::programs::{are_there, compiler_is_there};

const INLINE: &str = "const char *where(void) { return __FILE__; }\n";

/// Three sources: generated, in the project, and below a header that knows its own path.
fn module_with_paths(bench: &Workbench, suffix: &str) -> ExtensionSpec {
    bench.file("include/deep.h", "static const char *deep(void) { return __FILE__; }\n");
    bench.file(
        &format!("src/own{suffix}"),
        "#include <assert.h>\n#include \"deep.h\"\nconst char *own(int x) { assert(x); return deep(); }\n",
    );
    ExtensionSpec {
        sources: vec![
            format!("src/own{suffix}").into(),
            bench.file(
                &format!("src/absolute{suffix}"),
                "const char *a(void) { return __FILE__; }\n",
            ),
        ],
        include_dirs: vec![bench.root().join("include")],
        ..bench.spec("pkg._foo", suffix, INLINE)
    }
}

#[test]
fn what_a_compiler_reads_is_known() {
    for (cc, suffix) in [("gcc", ".c"), ("clang", ".cpp"), ("ccache gcc", ".c")] {
        if !compiler_is_there(cc, suffix) {
            continue;
        }
        let bench = Workbench::with_real_compilers().set("CC", cc);
        let deeper = bench.file("include/a b/$deeper#.h", "#define DEEPER 1\n");
        bench.file("include/deep.h", "#include \"a b/$deeper#.h\"\n#include <stddef.h>\n");
        let own =
            bench.file(&format!("src/own{suffix}"), "#include \"deep.h\"\nint own = DEEPER;\n");
        let spec = ExtensionSpec {
            sources: vec![format!("src/own{suffix}").into()],
            include_dirs: vec![bench.root().join("include")],
            ..bench.spec("pkg._foo", suffix, INLINE)
        };
        let build = bench.build();
        let linked = build.make(&[&spec]).unwrap();
        let [generated, read] = linked[0].objects.as_slice() else { panic!("{linked:?}") };
        assert_eq!(generated.shown_source, format!("pkg._foo{suffix}"));
        assert_eq!(read.shown_source, format!("src/own{suffix}"));
        let files = |object: &Object| -> Vec<PathBuf> {
            let inputs = build.cache.inputs_of(&object.step).into_iter();
            let file = |known: KnownInput| match known.input {
                Input::File(path) => Some(path),
                _ => None,
            };
            inputs.filter_map(file).collect()
        };
        let made_here: Vec<_> =
            files(generated).into_iter().filter(|path| path.starts_with(bench.scratch())).collect();
        assert_eq!(made_here, spec.generated_source.as_slice());
        let read = files(read);
        for file in [&own, &deeper, &bench.root().join("include/deep.h")] {
            assert!(read.contains(file), "{cc}: {} is not in {read:?}", file.display());
        }
        assert!(read.iter().any(|path| path.ends_with("stddef.h")), "{cc}: {read:?}");
    }
}

#[test]
fn flags_that_ask_for_dependencies_themselves_are_left_alone() {
    let bench = Workbench::with_real_compilers();
    let own = bench.root().join("own.d");
    let spec = ExtensionSpec {
        extra_compile_args: vec!["-MMD".into(), format!("-MF{}", own.display())],
        ..bench.spec("pkg._foo", ".c", INLINE)
    };
    bench.make(&[&spec]).unwrap();
    assert!(own.is_file());
}

#[test]
fn two_folders_give_the_same_bytes() {
    for cc in ["gcc", "clang"] {
        for profile in [Profile::Release, Profile::Debug] {
            for suffix in [".c", ".cpp"] {
                if !compiler_is_there(cc, suffix) {
                    continue;
                }
                let build = || {
                    let mut bench = Workbench::with_real_compilers().set("CC", cc);
                    bench.options.profile = profile;
                    bench.options.debug_places = DebugPlaces::Mapped;
                    let linked = bench.make(&[&module_with_paths(&bench, suffix)]).unwrap();
                    let bytes = fs::read(&linked[0].extension.path).unwrap();
                    (bytes, bench.root().parent().unwrap().to_str().unwrap().to_owned())
                };
                let (first, folder) = build();
                let (second, _) = build();
                let holds =
                    |text: &str| first.windows(text.len()).any(|window| window == text.as_bytes());
                let case = format!("{cc} {profile:?} {suffix}");
                assert!(!holds(&folder), "{case}: the folder is in the product");
                assert!(holds("src/absolute"), "{case}: __FILE__ is not where we look");
                assert_eq!(first.len(), second.len(), "{case}");
                assert!(first == second, "{case}: bytes differ");
                let elf = goblin::elf::Elf::parse(&first).unwrap();
                let debug = |name: &str| name == ".debug_info";
                let names = elf.section_headers.iter();
                let has_debug = names.flat_map(|s| elf.shdr_strtab.get_at(s.sh_name)).any(debug);
                assert_eq!(has_debug, profile == Profile::Debug, "{case}");
                assert!(elf.runpaths.is_empty() && elf.rpaths.is_empty(), "{case}");
            }
        }
    }
}

#[test]
fn a_debug_build_names_its_folder_and_file_does_not() {
    for cc in ["gcc", "clang"] {
        if !compiler_is_there(cc, ".c") {
            continue;
        }
        let mut bench = Workbench::with_real_compilers().set("CC", cc);
        bench.options.profile = Profile::Debug;
        let linked = bench.make(&[&module_with_paths(&bench, ".c")]).unwrap();
        let bytes = fs::read(&linked[0].extension.path).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|at| at == text.as_bytes());
        assert!(holds(bench.root().to_str().unwrap()), "{cc}: no debugger finds the sources");
        assert!(holds(bench.scratch().to_str().unwrap()), "{cc}: nor the generated C");
        assert!(holds("src/absolute"), "{cc}");
        let absolute = bench.root().join("src/absolute.c");
        assert!(!holds(&format!("\0{}\0", absolute.display())), "{cc}: __FILE__ tells the folder");
    }
}

#[test]
fn ccache_runs_the_compiler_and_then_saves_it() {
    if !are_there(&["ccache"]) {
        return;
    }
    let bench = Workbench::with_real_compilers().set("CC", "ccache gcc");
    let cache = bench.root().join("cache").display().to_string();
    let bench = bench.set("CCACHE_DIR", &cache);
    let spec = bench.spec("_x", ".c", INLINE);
    let first = fs::read(&bench.make(&[&spec]).unwrap()[0].extension.path).unwrap();
    let second = fs::read(&bench.make(&[&spec]).unwrap()[0].extension.path).unwrap();
    assert!(first == second);
    let statistics = std::process::Command::new("ccache")
        .arg("--print-stats")
        .env("CCACHE_DIR", &cache)
        .output()
        .unwrap();
    let statistics = String::from_utf8(statistics.stdout).unwrap();
    let hits = statistics.lines().find_map(|line| line.strip_prefix("direct_cache_hit\t"));
    assert_eq!(hits, Some("1"), "{statistics}");
}

#[test]
fn any_cplusplus_source_links_the_cplusplus_library() {
    if !are_there(&["g++"]) {
        return;
    }
    let bench = Workbench::with_real_compilers();
    bench.file("src/b.cc", "int *made() { return new int(3); }\n");
    let needs = |spec: &ExtensionSpec| {
        let linked = bench.make(&[spec]).unwrap();
        let bytes = fs::read(&linked[0].extension.path).unwrap();
        let elf = goblin::elf::Elf::parse(&bytes).unwrap();
        elf.libraries.iter().any(|library| library.starts_with("libstdc++"))
    };
    let c = bench.spec("_x", ".c", INLINE);
    assert!(!needs(&c));
    assert!(needs(&ExtensionSpec { sources: vec!["src/b.cc".into()], ..c }));
}

#[test]
fn a_compilers_words_come_whole_with_the_command_and_one_line_of_ours() {
    let bench = Workbench::with_real_compilers();
    bench.file("src/bad.c", "int f(void) { return nothing; }\n");
    let spec =
        ExtensionSpec { sources: vec!["src/bad.c".into()], ..bench.spec("pkg._foo", ".c", INLINE) };
    let error = bench.failure(&[&spec]);
    let message = error.to_string();
    assert!(
        message.starts_with("compiling `src/bad.c` for `pkg._foo` failed (exit code 1): "),
        "{message}"
    );
    assert!(message.contains("nothing"), "{message}");
    let text = anstream::adapter::strip_str(&render(&error)).to_string();
    assert!(text.starts_with("src/bad.c: In function"), "{text}");
    assert!(text.contains("src/bad.c:1:22: error:"), "{text}");
    assert!(text.contains("note: the command was: gcc -pthread"), "{text}");

    let spec =
        ExtensionSpec { libraries: vec!["nosuchlib".into()], ..bench.spec("_x", ".c", INLINE) };
    let error = bench.failure(&[&spec]);
    assert_eq!(error.to_string(), "linking `_x` failed (exit code 1)");
    assert!(error.parts().output.as_deref().unwrap().contains("nosuchlib"), "{error:?}");
}

#[test]
fn optional_modules_that_fail_are_left_out_and_others_are_not() {
    let bench = Workbench::with_real_compilers();
    let good = bench.spec("_good", ".c", INLINE);
    let optional = |spec| ExtensionSpec { optional: true, ..spec };
    let broken = optional(bench.spec("_broken", ".c", "#error no\n"));
    let unlinkable = ExtensionSpec {
        libraries: vec!["nosuchlib".into()],
        ..optional(bench.spec("_unlinkable", ".c", INLINE))
    };
    let sourceless = ExtensionSpec {
        sources: vec!["nosuch.c".into()],
        ..optional(bench.spec("_sourceless", ".c", INLINE))
    };
    let linked = bench.make(&[&broken, &sourceless, &good, &unlinkable]).unwrap();
    let names: Vec<_> = linked.iter().map(|linked| linked.extension.name.as_str()).collect();
    assert_eq!(names, ["_good"]);

    let build = bench.build();
    let target = bench.scratch().join("exactly.here");
    let context = build.context();
    assert_eq!(make_one(&good, &target, &context).unwrap().extension.path, target);
    assert!(target.is_file());
    let error = make_one(&broken, &target, &context).unwrap_err();
    assert!(error.to_string().contains("exit code 1"), "{error}");
}

#[test]
fn what_is_missing_is_found_before_anything_is_compiled() {
    let cases = [
        ("src/fooo.c", "no file `src/fooo.c`, a source of `_x`", "there is a file `src/foo.c`"),
        ("source/foo.c", "no file `source/foo.c`, a source of `_x`", "there is no folder `source`"),
        ("src/zzzzz.c", "no file `src/zzzzz.c`, a source of `_x`", "check the spelling"),
        ("src/foo.h", "cannot compile `src/foo.h` of `_x`", "name headers in `depends`"),
        ("lib.a", "cannot compile `lib.a` of `_x`", "`extra_objects`"),
        ("a.pyx", "cannot compile `a.pyx` of `_x`", "sources end in one of .c"),
    ];
    for (source, message, hint) in cases {
        let bench = Workbench::with_recorders(&["gcc"]);
        bench.file("src/foo.c", "");
        let spec = ExtensionSpec { sources: vec![source.into()], ..bench.spec("_x", ".c", "") };
        let error = bench.failure(&[&spec]);
        assert!(error.to_string().starts_with(message), "{error}");
        assert!(error.parts().notes[0].contains("foo_build.py"), "{error:?}");
        assert!(error.parts().hints[0].contains(hint), "{error:?}");
        assert!(!bench.bin().join("log").exists(), "{source}: something was compiled");
    }
}

#[test]
fn what_is_missing_is_told_before_what_does_not_compile() {
    let bench = Workbench::with_real_compilers();
    let broken = bench.spec("_broken", ".c", "#error no\n");
    let sourceless =
        ExtensionSpec { sources: vec!["nosuch.c".into()], ..bench.spec("_x", ".c", "") };
    let error = bench.failure(&[&broken, &sourceless]);
    assert!(error.to_string().starts_with("no file `nosuch.c`"), "{error}");
}

#[test]
fn missing_python_headers_are_named_before_anything_is_compiled() {
    let mut bench = Workbench::with_recorders(&["gcc"]);
    let include = std::mem::take(&mut bench.sysconfig.include_dirs);
    bench.sysconfig.include_dirs = vec!["/nowhere/include/python3.11".into()];
    let spec = bench.spec("_x", ".c", "");
    let error = bench.failure(&[&spec]);
    assert_eq!(error.to_string(), "no `Python.h` for Python 3.11 (/usr/bin/python3)");
    assert!(error.parts().notes[0].contains("/nowhere/include/python3.11"), "{error:?}");
    assert!(error.parts().hints[0].contains("apt install python3-dev"), "{error:?}");
    assert!(!bench.bin().join("log").exists());
    let spec = ExtensionSpec { include_dirs: include, ..spec };
    bench.make(&[&spec]).unwrap();
}

#[test]
fn objects_of_different_sources_never_meet() {
    let bench = Workbench::with_real_compilers();
    let spec = bench.spec("pkg._foo", ".c", "");
    let (root, scratch) = (bench.root(), bench.scratch());
    let spellings = FolderSpellings::default();
    let places = PathMapping { root: &root, build_dir: &scratch, spellings: &spellings };
    let sources = [
        "x.c",
        "x.cpp",
        "a/x.c",
        "b/x.c",
        "a.b/x.c",
        "a/b.x.c",
        "../x.c",
        "_up/x.c",
        "__up/x.c",
        "/x.c",
        "_root/x.c",
        "/a/x.c",
        "_made/x.c",
        "a/_up/x.c",
        "a/../x.c",
    ];
    let made = scratch.join("x.c");
    let mut objects: Vec<PathBuf> = sources
        .iter()
        .map(Path::new)
        .chain([made.as_path()])
        .map(|source| object_path(source, &spec.compile(), Family::Gcc { version: None }, &places))
        .collect();
    let inside = scratch.join("objects/pkg._foo");
    assert!(objects.iter().all(|object| object.starts_with(&inside)), "{objects:#?}");
    objects.sort();
    objects.dedup();
    assert_eq!(objects.len(), sources.len() + 1, "{objects:#?}");

    bench.file("a/x.c", "int a;\n");
    bench.file("b/x.c", "int b;\n");
    let outside = bench.file("../x.c", "int c;\n");
    let spec = ExtensionSpec {
        sources: ["a/x.c", "b/x.c", "../x.c", "./a/x.c"].map(Into::into).to_vec(),
        ..spec
    };
    let linked = bench.make(&[&spec]).unwrap();
    let listed: Vec<_> = linked[0].objects.iter().map(|object| object.source.clone()).collect();
    assert_eq!(listed[1..], spec.sources[..3], "the same source twice is compiled once");
    assert!(linked[0].objects.iter().all(|object| object.path.is_file()));
    assert!(outside.is_file());
}

/// A compiler that takes a while, fails on `bad` sources, and tells when it begins and ends.
const SLOW: &str = r#"#!/bin/sh
for arg in "$@"; do [ "$arg" = -dumpversion ] && { echo 12; exit 0; }; done
for arg in "$@"; do case "$arg" in *.o | *.so) ;; *.c) source=${arg##*/} ;; esac; done
echo "begin $source" >> "${0%/*}/log"
previous=
for arg in "$@"; do [ "$previous" = -o ] && echo made > "$arg"; previous=$arg; done
case "$source" in slow*) /bin/sleep 30 ;; esac
/bin/sleep 0.3
echo "end $source" >> "${0%/*}/log"
case "$source" in bad*) echo "$source is bad"; exit 3 ;; esac
exit 0
"#;

fn slow(jobs: usize, sources: &[&str]) -> (Workbench, ExtensionSpec) {
    let mut bench = Workbench::with_recorders(&[]);
    bench.program("gcc", SLOW);
    bench.options.jobs = Some(jobs);
    for source in sources {
        bench.file(source, "");
    }
    let sources = sources.iter().map(Into::into).collect();
    let spec = ExtensionSpec { sources, ..bench.spec("_x", ".c", "") };
    (bench, spec)
}

#[test]
fn sources_of_one_module_compile_side_by_side_up_to_the_limit() {
    for (jobs, most) in [(4, Some(Duration::from_millis(1100))), (1, None)] {
        let (bench, spec) = slow(jobs, &["a.c", "b.c", "c.c"]);
        let begun = Instant::now();
        bench.make(&[&spec]).unwrap();
        let took = begun.elapsed();
        match most {
            Some(most) => assert!(took < most, "{took:?} is one after the other"),
            None => assert!(took > Duration::from_millis(1400), "{took:?} is more than one job"),
        }
    }
}

#[test]
fn after_a_failure_nothing_new_begins_and_what_runs_is_stopped() {
    let (bench, spec) = slow(2, &["a.c", "bad1.c", "slow2.c", "d.c", "e.c"]);
    let error = bench.failure(&[&spec]);
    assert_eq!(error.to_string(), "compiling `bad1.c` for `_x` failed (exit code 3)");
    assert_eq!(error.parts().output.as_deref(), Some("bad1.c is bad\n"));
    let log = fs::read_to_string(bench.bin().join("log")).unwrap();
    assert!(log.contains("begin slow2.c") && !log.contains("end slow2.c"), "{log}");
    assert!(!log.contains("begin d.c"), "{log}");
}

#[test]
fn of_two_failures_at_once_the_first_in_order_is_told_and_the_other_noted() {
    let (bench, spec) = slow(2, &["a.c", "bad1.c", "bad2.c", "d.c", "e.c"]);
    let error = bench.failure(&[&spec]);
    let of = |source: &str| format!("compiling `{source}` for `_x` failed (exit code 3)");
    let notes = &error.parts().notes;
    let also = notes.contains(&format!("also, {}", of("bad2.c")));
    assert!(
        error.to_string() == of("bad1.c") || error.to_string() == of("bad2.c") && !also,
        "{error:?}"
    );
    assert!(!fs::read_to_string(bench.bin().join("log")).unwrap().contains("begin e.c"));
}

#[test]
fn long_command_lines_go_through_a_file() {
    let bench = Workbench::with_real_compilers();
    let name = |index| format!("{}_{index}", "A_LONG_NAME".repeat(20));
    let value = r#""a \"quoted\" b\\c""#;
    let macros = (0..480).map(|index| Macro::Define(name(index), Some(value.into()))).collect();
    let archive = bench.root().join(format!("{}.a", "archive".repeat(20)));
    fs::write(&archive, "!<arch>\n").unwrap();
    let text = format!("const char *text = {};\n", name(479));
    let extra_objects = vec![archive; 2000];
    let spec = ExtensionSpec { macros, extra_objects, ..bench.spec("_x", ".c", &text) };
    let linked = bench.make(&[&spec]).unwrap_or_else(|e| panic!("{:?}", e.parts().output));
    let bytes = fs::read(&linked[0].extension.path).unwrap();
    let text = b"a \"quoted\" b\\c\0";
    assert!(bytes.windows(text.len()).any(|window| window == text));
    let objects = bench.scratch().join("objects/_x");
    assert!(objects.join("link.rsp").is_file());
    assert!(objects.join("_made/generated/__x.c.o.rsp").is_file());
}

#[test]
fn what_a_builder_changes_in_the_environment_is_for_its_module_alone() {
    let bench = Workbench::with_recorders(&["gcc", "clang"]);
    let own = ExtensionSpec {
        environment: [("CC".into(), Some("clang".into())), ("CFLAGS".into(), Some("-O7".into()))]
            .into(),
        abi: Abi::Limited { minimum: None },
        ..bench.spec("_own", ".c", "")
    };
    let recorded = bench.recorded(&[&own, &bench.spec("_other", ".c", "")]);
    let mut compilers: Vec<_> =
        recorded.iter().map(|line| line.split(" -f").next().unwrap()).collect();
    compilers.sort_unstable();
    assert_eq!(compilers[0], "clang -O7");
    assert!(compilers[1].starts_with("clang -shared -O7"), "{compilers:#?}");
    assert!(compilers[2].starts_with("gcc -pthread -Wsign-compare"), "{compilers:#?}");
    assert!(compilers[3].starts_with("gcc -pthread -shared"), "{compilers:#?}");
}
