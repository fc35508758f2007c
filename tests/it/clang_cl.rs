//! What MSVC's command lines make of LLVM's own compiler, linker and librarian, which speak the same language: real
//! modules of Windows, with every option known. Nothing of Visual Studio is needed.
#![cfg(unix)] // the programs are scripts
#![allow(clippy::unwrap_used)] // a test that cannot be set up has failed

use std::process::Command;

use officina::model::{Abi, ExtensionSpec, LibrarySpec, Macro, Profile};
use officina::steps::make_modules;

use crate::bench::{Workbench, windows};
use crate::programs::are_there;

/// An option that it does not know, or has no use for, is an error.
const COMPILER: &str = "#!/bin/sh\nexec clang --driver-mode=cl --target=x86_64-pc-windows-msvc \
                        -Werror=unknown-argument -Werror=unused-command-line-argument \"$@\"\n";
/// There is no C runtime to link with.
const LINKER: &str =
    "#!/bin/sh\nexec LLD /WX /NODEFAULTLIB:msvcrt /NODEFAULTLIB:oldnames /NOENTRY \"$@\"\n";
const LIBRARIAN: &str = "#!/bin/sh\nexec LLD /lib \"$@\"\n";
/// Microsoft's knows an option more.
const LIB: &str =
    "#!/bin/sh\nset -- $(printf '%s\\n' \"$@\" | grep -v /Brepro)\nexec LLD /lib \"$@\"\n";
/// Those of Microsoft's options that clang-cl takes and has no use for.
const CL: &str = "#!/bin/sh\nexec clang --driver-mode=cl --target=x86_64-pc-windows-msvc \
                  -Werror=unknown-argument \"$@\"\n";

/// A bench with these programs, and with the libraries of a Python.
fn bench(compiler: &str, script: &str) -> Workbench {
    let lld = which::which("lld-link").unwrap();
    let (interpreter, sysconfig) = windows("win-amd64");
    let mut bench = Workbench::new(interpreter, sysconfig).set("CC", &format!("BIN/{compiler}"));
    for (name, script) in [
        (compiler, script),
        ("lld-link", LINKER),
        ("link.exe", LINKER),
        ("llvm-lib", LIBRARIAN),
        ("lib.exe", LIB),
    ] {
        bench.program(name, &script.replace("LLD", lld.to_str().unwrap()));
    }
    // In the place of Python's import libraries: what has the one name that is asked for.
    let source =
        bench.file("python/libs/python.c", "long PyLong_AsLong(void *it) { return !it; }\n");
    let libs = source.parent().unwrap();
    let run = |program: &str, words: &[&str]| {
        let done = Command::new(bench.bin().join(program)).args(words).current_dir(libs).status();
        assert!(done.unwrap().success());
    };
    run(compiler, &["/c", "/MD", "python.c"]);
    for name in ["python3", "python312"] {
        run("lib.exe", &["python.obj", &format!("/out:{name}.lib")]);
    }
    bench.sysconfig.base_exec_prefix = libs.parent().unwrap().into();
    let path = format!("{}:{}", bench.bin().display(), std::env::var("PATH").unwrap());
    bench.environment.insert("PATH", path);
    bench
}

/// A module with a source of each language, a static library, macros and exports.
fn module(bench: &Workbench, abi: Abi) -> (ExtensionSpec, LibrarySpec) {
    // As Python's header does it.
    bench.file("include/Python.h", "#pragma comment(lib, \"python3.lib\")\n");
    bench.file("inc/own.h", "#include \"../include/Python.h\"\nint helper(void);\nint twice(int);\nlong PyLong_AsLong(void *);\n");
    bench.file(
        "src/b.cpp",
        "extern \"C\" {\n#include \"own.h\"\nint more(void) { return A + twice(1); } }\n",
    );
    bench.file("lib/helper.c", "#include \"own.h\"\nint helper(void) { return 1; }\n");
    bench.file("lib/twice.c", "int twice(int number) { return number + number; }\n");
    let text =
        "#include \"own.h\"\nint used(void *it) { return helper() + (int)PyLong_AsLong(it); }";
    let spec = ExtensionSpec {
        sources: vec!["src/b.cpp".into()],
        include_dirs: vec!["inc".into()],
        macros: vec![Macro::Define("A".into(), Some("1".into())), Macro::Undefine("B".into())],
        libraries: vec!["helpers".into()],
        export_symbols: vec!["more".into(), "used".into()],
        abi,
        ..bench.spec("pkg._foo", ".c", text)
    };
    let library = LibrarySpec {
        name: "helpers".into(),
        sources: vec!["lib/helper.c".into(), "lib/twice.c".into()],
        include_dirs: vec!["inc".into()],
        ..LibrarySpec::default()
    };
    (spec, library)
}

#[test]
fn every_option_is_known_and_releases_are_the_same_bytes() {
    if !are_there(&["clang", "lld-link"]) {
        return;
    }
    let cases = [
        (Profile::Release, Abi::Limited { minimum: None }, "pkg/_foo.pyd"),
        (Profile::Debug, Abi::Version, "pkg/_foo.cp312-win_amd64.pyd"),
    ];
    for (profile, abi, name) in cases {
        let made = || {
            let mut bench = bench("clang-cl", COMPILER);
            bench.options.profile = profile;
            let (spec, library) = module(&bench, abi);
            let build = bench.build();
            make_modules::make(&[&spec], &[library], &build.context(), || Ok(()))
                .unwrap_or_else(|error| panic!("{profile:?}: {error:#?}"));
            std::fs::read(bench.scratch().join("linked").join(name)).unwrap()
        };
        let bytes = made();
        assert!(bytes.starts_with(b"MZ"), "a program of Windows");
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(holds("PyInit__foo") && holds("more"), "what is exported");
        // Debug information names the folders: nothing maps them.
        assert!(profile == Profile::Debug || bytes == made(), "other bytes in another folder");
    }
}

#[test]
fn clang_takes_what_microsofts_own_compiler_is_told() {
    if !are_there(&["clang", "lld-link"]) {
        return;
    }
    let bench = bench("cl.exe", CL);
    let (spec, library) = module(&bench, Abi::Version);
    let build = bench.build();
    make_modules::make(&[&spec], &[library], &build.context(), || Ok(()))
        .unwrap_or_else(|error| panic!("{error:#?}"));
}
