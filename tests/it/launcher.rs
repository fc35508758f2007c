//! The program that compilers are run by, and what it sees of the folders of a build.
#![allow(clippy::unwrap_used)] // test code, in functions that clippy does not see as tests

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use officina::model::{
    BuildOptions, DebugPlaces, ExtensionSpec, Profile, SettingOrigin, SettingValue, Target,
};
use officina::model::{Location, SourceText};
use officina::steps::make_modules::{make_one, plan};
use officina::toolchain::{self, Toolchain, ToolchainRequest};

use crate::bench::{Workbench, windows};
use crate::programs::compiler_is_there;

const VARIABLE: &str = "OFFICINA_COMPILER_LAUNCHER";

fn by_variable(launcher: &str) -> Option<SettingValue<String>> {
    Some(SettingValue { value: launcher.into(), origin: SettingOrigin::Variable(VARIABLE.into()) })
}

fn by_the_table(launcher: &str) -> Option<SettingValue<String>> {
    let text = format!("compiler-launcher = \"{launcher}\"");
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text });
    let place = Location { source, span: 20..21, key: None };
    Some(SettingValue { value: launcher.into(), origin: SettingOrigin::Pyproject(place) })
}

/// What a recorded line begins with.
#[cfg(unix)]
fn begins(line: &str) -> &str {
    line.split(" -Wsign").next().unwrap().split(" -shared").next().unwrap()
}

#[cfg(unix)]
#[test]
fn a_launcher_runs_compilers_and_no_linkers_and_is_never_there_twice() {
    for (cc, launcher, compile, link) in [
        ("", "ccache", "ccache gcc -pthread", "gcc -pthread"),
        ("", " ", "gcc -pthread", "gcc -pthread"),
        ("", "'BIN/my tools/cache'", "cache gcc -pthread", "gcc -pthread"),
        ("", "BIN/my tools/cache", "cache gcc -pthread", "gcc -pthread"),
        ("", "BIN/env X=1 ccache -v", "env X=1 ccache -v gcc -pthread", "gcc -pthread"),
        ("gcc", "ccache", "ccache gcc", "gcc"),
        // As with setuptools, what CC says is said to link, too.
        ("ccache gcc", "ccache", "ccache gcc", "ccache gcc"),
        ("distcc gcc", "ccache", "distcc gcc", "distcc gcc"),
        ("BIN/env X=1 gcc", "ccache", "ccache BIN/env X=1 gcc", "env X=1 gcc"),
        ("zig cc", "ccache", "ccache zig cc", "zig cc"),
        // A folder of links to launchers, as distributions have it.
        ("BIN/links/gcc", "ccache", "gcc", "gcc"),
        ("BIN/links/gcc", "distcc", "distcc BIN/links/gcc", "gcc"),
    ] {
        let mut bench =
            Workbench::with_recorders(&["gcc", "ccache", "distcc", "zig", "env", "my tools/cache"]);
        fs::create_dir(bench.bin().join("links")).unwrap();
        symlink(bench.bin().join("ccache"), bench.bin().join("links/gcc")).unwrap();
        if !cc.is_empty() {
            bench = bench.set("CC", cc);
        }
        let bin = bench.bin().display().to_string();
        bench.options.compiler_launcher = by_variable(&launcher.replace("BIN", &bin));
        let spec = bench.spec("_x", ".c", "");
        bench.make(&[&spec]).unwrap_or_else(|error| panic!("{cc} {launcher}: {error:?}"));
        let logs = ["log", "my tools/log", "links/log"].map(|log| bench.bin().join(log));
        let lines: String = logs.iter().filter_map(|log| fs::read_to_string(log).ok()).collect();
        let lines: Vec<String> = lines.lines().map(|line| bench.anonymous(line)).collect();
        let found = |is_link: bool| {
            let line = lines.iter().find(|line| line.contains(" -shared") == is_link).unwrap();
            begins(line).to_owned()
        };
        assert_eq!((&*found(false), &*found(true)), (compile, link), "CC={cc} {launcher}");
    }
}

#[test]
fn microsofts_compiler_has_one_too() {
    let (interpreter, sysconfig) = windows("win-amd64");
    let mut bench = Workbench::new(interpreter, sysconfig).set("CC", "BIN/cl.exe");
    ["cl.exe", "link.exe", "sccache"].iter().for_each(|name| bench.recorder(name));
    bench.options.compiler_launcher = by_variable("sccache");
    let [compile, link] = &bench.recorded(&[&bench.spec("_x", ".c", "")])[..] else { panic!() };
    assert!(compile.starts_with("sccache BIN/cl.exe /nologo "), "{compile}");
    assert!(link.starts_with("link.exe /nologo "), "{link}");
}

fn found(
    bench: &Workbench,
    launcher: Option<&SettingValue<String>>,
) -> officina::error::Result<Toolchain> {
    toolchain::find(&ToolchainRequest {
        target: Target { interpreter: &bench.interpreter, sysconfig: &bench.sysconfig },
        environment: &bench.environment(),
        profile: Profile::Release,
        launcher,
        directory: &bench.root(),
    })
}

#[test]
fn a_launcher_that_is_not_there_is_a_mistake_of_whoever_builds_and_no_matter_for_others() {
    let bench = Workbench::with_recorders(&["gcc"]);
    let error = found(&bench, by_variable("sccache").as_ref()).unwrap_err();
    assert_eq!(error.to_string(), "the compiler launcher `sccache` is not there");
    let parts = error.parts();
    assert_eq!(parts.notes[0], format!("the environment variable `{VARIABLE}` says so"));
    assert!(parts.notes[1].starts_with("PATH is "), "{parts:?}");
    assert!(parts.hints[0].starts_with("install `sccache`, or name nothing"), "{parts:?}");

    let toolchain = found(&bench, by_the_table("sccache").as_ref()).unwrap();
    let warning = "the compiler launcher `sccache` is not there: compiling without it";
    assert_eq!(toolchain.warnings, [warning]);
    assert!(toolchain.c.compile.launcher.is_empty());

    bench.recorder("sccache");
    let toolchain = found(&bench, by_the_table("sccache").as_ref()).unwrap();
    assert_eq!(
        (toolchain.warnings.len(), toolchain.c.compile.launcher),
        (0, vec!["sccache".into()])
    );
    for said in [by_variable("'sccache"), by_the_table("'sccache")] {
        let error = found(&bench, said.as_ref()).unwrap_err();
        assert!(error.to_string().contains("a quote that is never closed: 'sccache"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn the_compiler_behind_a_link_to_a_launcher_counts_and_the_launcher_does_not() {
    let bench = Workbench::with_recorders(&["ccache", "gcc"]);
    let links = bench.bin().join("links");
    fs::create_dir(&links).unwrap();
    symlink(bench.bin().join("ccache"), links.join("gcc")).unwrap();
    let path = format!("{}:{}", links.display(), bench.bin().display());
    let bench = bench.set("PATH", &path);
    for (cc, expected) in [
        ("gcc", "gcc"),
        ("BIN/links/gcc", "gcc"),
        ("ccache gcc", "gcc"),
        ("BIN/gcc", "gcc"),
        ("ccache", "ccache"),
    ] {
        let bin = bench.bin().display().to_string();
        let words = cc.replace("BIN", &bin).split(' ').map(str::to_owned).collect();
        let command = toolchain::ToolCommand::of(words, vec![]);
        let found = toolchain::programs(&command, &bench.environment(), &bench.root());
        assert_eq!(Vec::from_iter(found), [bench.bin().join(expected)], "{cc}");
    }
}

/// A module that knows its paths: of the generated file, of its own source, and of a header.
fn module(bench: &Workbench, scratch: &Path, generated: &str, suffix: &str) -> ExtensionSpec {
    let paths = "const char *NAME(void) { return __FILE__; }\n";
    bench.file("include/deep.h", &paths.replace("NAME", "deep").replace("const", "static const"));
    let own =
        bench.file("src/own.c", &format!("#include \"deep.h\"\n{}", paths.replace("NAME", "own")));
    let spec = bench.spec("_x", ".c", "");
    let source = scratch.join(format!("generated/_x{suffix}"));
    fs::create_dir_all(source.parent().unwrap()).unwrap();
    fs::write(
        &source,
        format!("#include \"deep.h\"\n{generated}{}", paths.replace("NAME", "made")),
    )
    .unwrap();
    ExtensionSpec {
        generated_source: Some(source),
        sources: vec![own],
        include_dirs: vec![bench.root().join("include")],
        library_dirs: vec![bench.root().join("lib")],
        extra_compile_args: vec![format!("-I{}", bench.root().join("more").display())],
        ..spec
    }
}

#[test]
fn commands_name_the_folder_of_the_project_only_where_it_would_get_in() {
    let bench = Workbench::with_real_compilers();
    let (root, scratch) = (bench.root(), bench.root().join("build/x"));
    let spec = module(&bench, &scratch, "", ".c");
    let told = |spec: &ExtensionSpec, variable: (&'static str, &str), profile| {
        let mut build = bench.build().in_folder(&scratch);
        build.environment.0.insert(variable.0.into(), variable.1.into());
        build.options = BuildOptions { profile, ..BuildOptions::default() };
        let commands = plan(&[spec], &[], &build.context()).unwrap().commands;
        let text = |words: &[std::ffi::OsString]| {
            words.join(std::ffi::OsStr::new(" ")).into_string().unwrap()
        };
        let lines: Vec<String> = commands[0].compile.iter().map(|one| text(&one.command)).collect();
        (lines, text(&commands[0].link))
    };
    let name = root.to_str().unwrap();
    let all = format!("-ffile-prefix-map={name}=. -ffile-prefix-map={name}/build/x=. ");
    let one = "-ffile-prefix-map=build/x/=./ ";
    let nothing = ("X", "");
    let (lines, link) = told(&spec, nothing, Profile::Release);
    let expected = "-MD -MT read -MF build/x/objects/_x/_made/generated/__x.c.o.d \
         -ffile-prefix-map=build/x/=./ -Iinclude -IINCLUDE -c build/x/generated/_x.c \
         -o build/x/objects/_x/_made/generated/__x.c.o -Imore";
    assert!(bench.anonymous(&lines[0]).ends_with(expected), "{lines:?}");
    assert!(lines[1].contains(" -c src/own.c ") && !lines[1].contains("-map"), "{lines:?}");
    let objects = "build/x/objects/_x/_made/generated/__x.c.o build/x/objects/_x/src/own.c.o";
    assert!(link.contains(&format!("{objects} -Llib -o build/x/linked/")), "{link}");
    assert!(![&lines[0], &lines[1], &link].iter().any(|line| line.contains(name)));

    let include = format!("{name}/include");
    let named = ExtensionSpec { extra_compile_args: vec![format!("-DX={name}")], ..spec.clone() };
    let covered = ExtensionSpec { extra_compile_args: vec!["--coverage".into()], ..spec.clone() };
    for (spec, variable, profile, folder) in [
        (&spec, nothing, Profile::Debug, true),
        (&spec, ("CFLAGS", "-O1 -ggdb"), Profile::Release, true),
        (&spec, ("CFLAGS", "-O1 --gcc-toolchain=/usr"), Profile::Release, false),
        (&spec, ("CPATH", &include), Profile::Release, true),
        (&spec, ("CPATH", "include"), Profile::Release, false),
        (&named, nothing, Profile::Release, true),
        (&covered, nothing, Profile::Release, true),
    ] {
        let (lines, _) = told(spec, variable, profile);
        // A debugger finds what a debug build names.
        let kind = if profile == Profile::Debug { "macro" } else { "file" };
        let short = format!("-f{kind}-prefix-map={name}=. ");
        assert_eq!(lines[1].contains(&short), folder, "{variable:?} {profile:?} {lines:?}");
        assert!(lines[0].contains(&one.replace("file", kind)), "{lines:?}");
    }
    // A builder wrote an absolute path: only its own file is compiled with the folder's name.
    let line = format!("#line 1 \"{name}/made.py\"\n");
    let (lines, _) = told(&module(&bench, &scratch, &line, ".c"), nothing, Profile::Release);
    assert!(lines[0].contains(&format!("{all}{one}")) && !lines[1].contains("-map"), "{lines:?}");
}

#[test]
fn a_build_folder_in_the_project_and_one_elsewhere_give_the_same_bytes() {
    for (cc, suffix) in [("gcc", ".c"), ("gcc", ".cpp"), ("clang", ".c"), ("clang", ".cpp")] {
        if !compiler_is_there(cc, suffix) {
            continue;
        }
        for profile in [Profile::Release, Profile::Debug] {
            let made = |inside: bool, absolute: &str| {
                let bench = Workbench::with_real_compilers().set("CC", cc);
                let root = bench.root();
                let scratch = if inside { root.join("build/x") } else { bench.scratch() };
                let text = absolute.replace("ROOT", root.to_str().unwrap());
                let c = if suffix == ".c" { "" } else { "extern \"C\" " };
                let text = format!("{c}void *PyInit__x(void) {{ return 0; }}\n{text}");
                let spec = module(&bench, &scratch, &text, suffix);
                let mut build = bench.build().in_folder(&scratch);
                let debug_places = DebugPlaces::Mapped;
                build.options = BuildOptions { profile, debug_places, ..BuildOptions::default() };
                let target = scratch.join("_x.so");
                make_one(&spec, &target, &build.context()).unwrap();
                let bytes = fs::read(target).unwrap();
                let name = root.to_str().unwrap().as_bytes();
                assert!(!bytes.windows(name.len()).any(|window| window == name), "{cc} {suffix}");
                bytes
            };
            for absolute in ["", "#line 2 \"ROOT/made.py\"\n"] {
                let first = made(true, absolute);
                assert!(first == made(true, absolute), "{cc} {suffix} {profile:?}: in two folders");
                assert!(first == made(false, absolute), "{cc} {suffix} {profile:?}: elsewhere");
            }
        }
    }
}
