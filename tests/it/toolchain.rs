//! Which command lines come of environment, sysconfig and machine.

use officina::model::{
    Abi, ExtensionSpec, Language, Macro, Profile, Sanitizer, SettingOrigin, SettingValue, Target,
};
use officina::toolchain::{self, Family, PrefixMap, ToolchainRequest};

use crate::bench::{ALL_MAPS, MAPS, Variables, Workbench};
use crate::programs::are_there;

const C_FILES: &str = "-IINCLUDE -c SCRATCH/generated/pkg._foo.c -o SCRATCH/objects/pkg._foo/_made/generated/pkg._foo.c.o";
const LINK_FILES: &str = "SCRATCH/objects/pkg._foo/_made/generated/pkg._foo.c.o -o SCRATCH/linked/pkg/_foo.cpython-311-x86_64-linux-gnu.so";

fn plain(bench: &Workbench) -> ExtensionSpec {
    bench.spec("pkg._foo", ".c", "")
}

/// The two lines of a module of one C source, without what all lines have in common.
fn lines_of_c(bench: &Workbench) -> (String, String) {
    let recorded = bench.recorded(&[&plain(bench)]);
    assert_eq!(recorded.len(), 2, "{recorded:#?}");
    let short = |line: &str, files: &str| {
        let line = line.replace(files, "FILES").replace(ALL_MAPS, "ALL-MAPS");
        line.replace(MAPS, "MAPS").trim_end().to_owned()
    };
    (short(&recorded[0], C_FILES), short(&recorded[1], LINK_FILES))
}

#[test]
fn the_environment_replaces_and_appends_as_in_setuptools() {
    let base = "-Wsign-compare -DNDEBUG -fwrapv -O3 -Wall";
    let cases: &[(Variables, String, String)] = &[
        (&[], format!("gcc -pthread {base} -fPIC MAPS FILES"), "gcc -pthread -shared FILES".into()),
        (
            &[("CFLAGS", "-O1 -g")],
            "gcc -pthread -O1 -g -fPIC ALL-MAPS FILES".into(),
            "gcc -pthread -shared -O1 -g FILES".into(),
        ),
        (
            &[("CFLAGS", "")],
            "gcc -pthread -fPIC MAPS FILES".into(),
            "gcc -pthread -shared FILES".into(),
        ),
        (
            &[("CPPFLAGS", "-I/own '-DA=\"x y\"'")],
            format!("gcc -pthread {base} -I/own -DA=\"x y\" -fPIC MAPS FILES"),
            "gcc -pthread -shared -I/own -DA=\"x y\" FILES".into(),
        ),
        (
            &[("LDFLAGS", "-L/own -Wl,-rpath,/own"), ("CFLAGS", "-O1"), ("CPPFLAGS", "-DP")],
            "gcc -pthread -O1 -DP -fPIC MAPS FILES".into(),
            "gcc -pthread -shared -L/own -Wl,-rpath,/own -O1 -DP FILES".into(),
        ),
        (
            &[("CC", "clang -m64")],
            format!("clang -m64 {base} -fPIC MAPS FILES"),
            "clang -m64 -shared FILES".into(),
        ),
        (
            &[("CC", "clang"), ("LDSHARED", "mylink -G -L/mine")],
            format!("clang {base} -fPIC MAPS FILES"),
            "mylink -G -L/mine FILES".into(),
        ),
        (
            &[("CXXFLAGS", "-O9"), ("LDCXXSHARED", "mylink"), ("ARCHFLAGS", "-arch x86_64")],
            format!("gcc -pthread {base} -fPIC MAPS FILES"),
            "gcc -pthread -shared FILES".into(),
        ),
    ];
    for (variables, compile, link) in cases {
        let mut bench = Workbench::with_recorders(&["gcc", "clang", "mylink"]);
        for (name, value) in *variables {
            bench.environment.insert(name, (*value).into());
        }
        assert_eq!(lines_of_c(&bench), (compile.clone(), link.clone()), "{variables:?}");
    }
}

#[test]
fn cplusplus_has_flags_of_its_own() {
    let base = "-Wsign-compare -DNDEBUG -fwrapv -O3 -Wall";
    let cases: &[(Variables, String, String)] = &[
        (&[], format!("g++ -pthread {base} -fPIC"), format!("g++ -pthread {base} -shared")),
        (
            &[("CFLAGS", "-O1"), ("CPPFLAGS", "-DP"), ("LDFLAGS", "-Lx")],
            format!("g++ -pthread {base} -DP -fPIC"),
            format!("g++ -pthread {base} -DP -shared -Lx -DP"),
        ),
        (
            &[("CXXFLAGS", "-O2 -std=c++17")],
            "g++ -pthread -O2 -std=c++17 -fPIC".into(),
            "g++ -pthread -O2 -std=c++17 -shared -O2 -std=c++17".into(),
        ),
        (
            &[("CXX", "ccache clang++")],
            format!("ccache clang++ {base} -fPIC"),
            format!("ccache clang++ {base} -shared"),
        ),
        (&[("CC", "clang")], format!("clang++ {base} -fPIC"), format!("clang++ {base} -shared")),
        (&[("LDCXXSHARED", "mylink -G")], format!("g++ -pthread {base} -fPIC"), "mylink -G".into()),
    ];
    for (variables, compile, link) in cases {
        let mut bench =
            Workbench::with_recorders(&["gcc", "g++", "clang", "clang++", "ccache", "mylink"]);
        for (name, value) in *variables {
            bench.environment.insert(name, (*value).into());
        }
        let recorded = bench.recorded(&[&bench.spec("_x", ".cpp", "")]);
        let expected = [
            format!(
                "{compile} {MAPS} -IINCLUDE -c SCRATCH/generated/_x.cpp -o SCRATCH/objects/_x/_made/generated/__x.cpp.o"
            ),
            format!(
                "{link} SCRATCH/objects/_x/_made/generated/__x.cpp.o -o SCRATCH/linked/_x.cpython-311-x86_64-linux-gnu.so"
            ),
        ];
        assert_eq!(recorded, expected, "{variables:?}");
    }
}

#[test]
fn a_modules_own_arguments_stand_where_setuptools_puts_them() {
    let bench = Workbench::with_recorders(&["gcc", "g++"]);
    bench.file("src/b.cc", "");
    let spec = ExtensionSpec {
        sources: vec!["src/b.cc".into()],
        include_dirs: vec!["inc".into()],
        macros: vec![
            Macro::Define("A".into(), None),
            Macro::Define("B".into(), Some("\"x\"".into())),
            Macro::Undefine("A".into()),
        ],
        library_dirs: vec!["lib".into()],
        libraries: vec!["z".into(), "sub/own".into()],
        runtime_library_dirs: vec!["$ORIGIN".into()],
        extra_objects: vec!["own.a".into()],
        extra_compile_args: vec!["-O0".into()],
        extra_link_args: vec!["-Wl,-s".into()],
        export_symbols: vec!["ignored_here".into()],
        language: Some(Language::C),
        abi: Abi::Limited { minimum: None },
        ..plain(&bench)
    };
    let recorded = bench.recorded(&[&spec]);
    let middle = "-DA -DB=\"x\" -UA -Iinc -IINCLUDE";
    let base = "-pthread -Wsign-compare -DNDEBUG -fwrapv -O3 -Wall";
    let made = "SCRATCH/objects/pkg._foo/_made/generated/pkg._foo.c.o";
    let own = "SCRATCH/objects/pkg._foo/src/b.cc.o";
    let expected = [
        format!("gcc {base} -fPIC {MAPS} {middle} -c SCRATCH/generated/pkg._foo.c -o {made} -O0"),
        format!("g++ {base} -fPIC {middle} -c src/b.cc -o {own} -O0"),
        format!(
            "g++ {base} -shared {made} {own} own.a -Llib -Wl,-rpath,$ORIGIN -lz -Lsub -lown \
             -o SCRATCH/linked/pkg/_foo.abi3.so -Wl,-s"
        ),
    ];
    assert_eq!(recorded, expected);
}

#[test]
fn what_the_settings_say_comes_after_what_a_module_says() {
    let mut bench = Workbench::with_recorders(&["gcc"]);
    let said = |folder: &str| SettingValue {
        value: folder.into(),
        origin: SettingOrigin::ConfigSetting("x".into()),
    };
    bench.options.define_macros =
        vec![Macro::Define("A".into(), Some("2".into())), Macro::Define("C".into(), None)];
    bench.options.include_dirs = vec![said("more")];
    bench.options.library_dirs = vec![said("/opt/lib")];
    bench.options.sanitizers = vec![Sanitizer::Address, Sanitizer::Undefined];
    let spec = ExtensionSpec {
        include_dirs: vec!["inc".into()],
        macros: vec![Macro::Define("A".into(), Some("1".into())), Macro::Define("B".into(), None)],
        library_dirs: vec!["lib".into()],
        ..plain(&bench)
    };
    let watched = "-fsanitize=address,undefined -fno-omit-frame-pointer -g";
    let made = "SCRATCH/objects/pkg._foo/_made/generated/pkg._foo.c.o";
    let base = "gcc -pthread -Wsign-compare -DNDEBUG -fwrapv -O3 -Wall";
    let expected = [
        format!(
            "{base} -fPIC {ALL_MAPS} {watched} -DB -DA=2 -DC -Iinc -Imore -IINCLUDE \
             -c SCRATCH/generated/pkg._foo.c -o {made}"
        ),
        format!(
            "gcc -pthread -shared {watched} {made} -Llib -L/opt/lib \
             -o SCRATCH/linked/pkg/_foo.cpython-311-x86_64-linux-gnu.so"
        ),
    ];
    assert_eq!(bench.recorded(&[&spec]), expected);
    bench.options.sanitizers = vec![Sanitizer::Memory];
    assert_eq!(bench.failure(&[&spec]).to_string(), "GCC has no sanitizer `memory`");
}

#[test]
fn a_debugger_finds_what_is_kept() {
    let mut bench = Workbench::with_recorders(&["gcc"]);
    let folder = SettingValue {
        value: "build".into(),
        origin: SettingOrigin::ConfigSetting("build-dir".into()),
    };
    bench.options.build_dir = Some(folder);
    assert!(bench.recorded(&[&plain(&bench)])[0].contains(MAPS));
    bench.options.profile = Profile::Debug;
    let line = bench.recorded(&[&plain(&bench)])[2].clone();
    let maps = ALL_MAPS.replace("-ffile-", "-fmacro-");
    assert!(line.contains(&maps) && !line.contains("-ffile-"), "{line}");
}

#[test]
fn debug_comes_after_all_base_flags() {
    let mut bench = Workbench::with_recorders(&["gcc"]);
    bench.options.profile = Profile::Debug;
    let own = format!("-fPIC -O0 -g {} FILES", ALL_MAPS.replace("-ffile-", "-fmacro-"));
    let base = "gcc -pthread -Wsign-compare -fwrapv -O3 -Wall";
    assert_eq!(lines_of_c(&bench).0, format!("{base} {own}"));
    let mut bench = Workbench::with_recorders(&["gcc"]).set("CFLAGS", "-O2 -DNDEBUG");
    bench.options.profile = Profile::Debug;
    assert_eq!(lines_of_c(&bench).0, format!("gcc -pthread -O2 -DNDEBUG {own}"));
}

#[test]
fn launchers_run_the_compiler_behind_them() {
    let cases = [
        ("ccache gcc", "ccache gcc"),
        ("BIN/sccache BIN/gcc -m32", "sccache BIN/gcc -m32"),
        ("'BIN/my tools/gcc' -m32", "gcc -m32"),
        ("BIN/my tools/gcc", "gcc"),
        ("zig cc", "zig cc"),
        ("env X=1 gcc", "gcc"),
    ];
    for (cc, seen) in cases {
        let bench = Workbench::with_recorders(&["gcc", "ccache", "sccache", "zig", "my tools/gcc"]);
        bench.program("env", "#!/bin/sh\nexec /usr/bin/env \"$@\"\n");
        let bench = bench.set("CC", cc).set("CFLAGS", "-O1");
        bench.make(&[&plain(&bench)]).unwrap_or_else(|error| panic!("{cc}: {error:#?}"));
        let folder = if cc.contains("my tools") { "my tools/log" } else { "log" };
        let log = std::fs::read_to_string(bench.bin().join(folder)).unwrap();
        let line = bench.anonymous(log.lines().next().unwrap()).replace(MAPS, "MAPS");
        assert!(line.starts_with(&format!("{seen} -O1 -fPIC -MD -MT read -MF ")), "{cc}: {line}");
    }
}

#[test]
fn what_the_environment_names_must_be_there() {
    for (name, value, told) in [
        ("CC", "nogcc -m32", "`nogcc`"),
        ("CC", "ccache nogcc", "`nogcc`"),
        ("CC", "noccache gcc", "`noccache`"),
        ("CXX", "nog++", "`nog++`"),
        ("CC", "'gcc", "`CC` has a quote"),
        ("CFLAGS", "\"-O2", "`CFLAGS` has a quote"),
    ] {
        let bench = Workbench::with_recorders(&["gcc", "ccache"]).set(name, value);
        let error = bench.failure(&[&plain(&bench)]);
        assert!(error.to_string().contains(told), "{name}={value}: {error}");
        assert!(error.parts().notes[0].contains(value), "{error:?}");
    }
}

#[test]
fn without_any_compiler_the_error_says_where_we_looked_and_how_to_get_one() {
    let bench = Workbench::with_recorders(&[]);
    let error = bench.failure(&[&plain(&bench)]);
    assert_eq!(error.to_string(), "no C compiler found");
    let parts = error.parts();
    assert!(parts.notes[0].contains("`gcc -pthread` (sysconfig of /usr/bin/python3)"), "{parts:?}");
    assert!(parts.hints[0].contains("apt install build-essential"), "{parts:?}");
    assert!(parts.hints[0].contains("pip install ziglang"), "{parts:?}");

    let bench = Workbench::with_recorders(&["gcc"]);
    let error = bench.failure(&[&bench.spec("_x", ".cpp", "")]);
    assert_eq!(error.to_string(), "no C++ compiler found");
}

#[cfg(unix)]
#[test]
fn the_machine_serves_where_sysconfigs_compiler_is_not_there() {
    let bench = Workbench::with_recorders(&[]);
    bench.recorder("../elsewhere/gcc-9");
    std::os::unix::fs::symlink("../elsewhere/gcc-9", bench.bin().join("cc")).unwrap();
    let (compile, link) = lines_of_c(&bench);
    assert!(compile.starts_with("cc -Wsign-compare -DNDEBUG -fwrapv -O3 -Wall -fPIC"), "{compile}");
    assert_eq!(link, "cc -shared FILES");
}

#[test]
fn a_name_that_tells_nothing_is_asked() {
    let bench = Workbench::with_real_compilers();
    for (name, real) in [("mycc", "gcc"), ("yourcc", "clang")] {
        if !are_there(&[real]) {
            continue;
        }
        bench.program(name, &format!("#!/bin/sh\nexec {real} \"$@\"\n"));
        let environment = bench
            .environment()
            .with(&[("CC".to_owned(), Some(bench.bin().join(name).display().to_string()))].into());
        let found = toolchain::find(&ToolchainRequest {
            target: Target { interpreter: &bench.interpreter, sysconfig: &bench.sysconfig },
            environment: &environment,
            profile: Profile::Release,
            launcher: None,
            directory: &bench.root(),
        })
        .unwrap();
        let is_right = match found.family {
            Family::Gcc { version } => real == "gcc" && version >= Some(8),
            Family::Clang { version } => real == "clang" && version >= Some(10),
            Family::Msvc { .. } => false,
        };
        assert!(is_right, "{name}: {:?}", found.family);
        assert_eq!(found.prefix_map, PrefixMap::Supported);
    }
}

#[test]
fn ziglang_is_the_last_resort() {
    let mut bench = Workbench::with_recorders(&["python"]);
    bench.interpreter.executable = bench.bin().join("python");
    let recorded = bench.recorded(&[&plain(&bench)]);
    let calls: Vec<_> = recorded.iter().map(|line| line.split(" -W").next().unwrap()).collect();
    assert_eq!(calls[0], "python -m ziglang version");
    assert_eq!(calls[1], "python -m ziglang cc");
    assert!(calls[2].starts_with("python -m ziglang cc -shared"), "{calls:?}");
}

#[test]
fn an_old_compiler_gets_no_prefix_map() {
    let cases =
        [("echo 7.5.0", false), ("echo 8", true), ("echo 16-posix", true), ("exit 1", false)];
    for (version, supported) in cases {
        let bench = Workbench::with_recorders(&["gcc"]);
        let recorder = std::fs::read_to_string(bench.bin().join("gcc")).unwrap();
        bench.program("gcc", &recorder.replace("echo 12.2.0", version));
        let recorded = bench.recorded(&[&plain(&bench)]);
        assert_eq!(recorded[0].contains("-ffile-prefix-map"), supported, "{version}");
    }
}
