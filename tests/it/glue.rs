//! How far cffi's C and the user's are optimised, by command lines and by what compilers make.
#![allow(clippy::unwrap_used)] // test code, in functions that clippy does not see as tests

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use officina::model::{Attached, ExtensionSpec, GlueOptimization, Profile, Sanitizer, WheelKind};

use crate::bench::{ALL_MAPS, Variables, Workbench, linux_sysconfig, windows};
use crate::programs::compiler_is_there;

const MARK_0: &str = "-DOFFICINA_GLUE_LEVEL=0";
const MARK_1: &str = "-DOFFICINA_GLUE_LEVEL=1";
const CLANG_1: &str = "-O1 -finline-hint-functions";

fn module(bench: &Workbench, suffix: &str, attached: Attached) -> ExtensionSpec {
    ExtensionSpec { attached: Some(attached), ..bench.spec("_x", suffix, "") }
}

/// What is added between the flags of the toolchain and those of every compile line.
fn added(bench: &Workbench, spec: &ExtensionSpec) -> String {
    let lines = bench.recorded(&[spec]);
    let (_, rest) = lines[0].split_once(" -fPIC").unwrap_or_else(|| panic!("{lines:?}"));
    let (found, _) = rest.split_once("-ffile-prefix-map").or(rest.split_once("-I")).unwrap();
    found.trim().to_owned()
}

#[test]
fn every_compiler_gets_the_nearest_safe_means() {
    use Attached::{Code, SystemHeaders};
    use WheelKind::{Editable, Standard};
    let cases = [
        // GCC forgot flags at the pragma before 12.
        ("gcc", "12.2.0", ".c", SystemHeaders, Standard, MARK_1),
        ("gcc", "12", ".c", Code, Standard, MARK_1),
        ("gcc", "15", ".c", Code, Editable, MARK_0),
        ("gcc", "13", ".cpp", Code, Standard, MARK_1),
        ("gcc", "13", ".cpp", SystemHeaders, Editable, MARK_0),
        ("gcc", "11", ".c", SystemHeaders, Standard, "-O1"),
        ("gcc", "11", ".c", SystemHeaders, Editable, "-O0"),
        ("gcc", "11", ".c", Code, Standard, ""),
        ("gcc", "11", ".c", Code, Editable, ""),
        ("gcc", "11", ".cpp", SystemHeaders, Standard, ""),
        ("clang", "14", ".c", SystemHeaders, Standard, CLANG_1),
        ("clang", "14", ".c", SystemHeaders, Editable, "-O0"),
        ("clang", "14", ".c", Code, Standard, ""),
        ("clang", "14", ".c", Code, Editable, MARK_0),
        ("clang", "14", ".cpp", SystemHeaders, Standard, ""),
        ("clang", "14", ".cpp", SystemHeaders, Editable, MARK_0),
    ];
    for (name, version, suffix, attached, kind, expected) in cases {
        let compilers = if name == "gcc" { ["gcc", "g++"] } else { ["clang", "clang++"] };
        let mut bench = Workbench::with_recorders(&compilers).set("CC", name);
        for compiler in compilers {
            let recorder = fs::read_to_string(bench.bin().join(compiler)).unwrap();
            bench.program(compiler, &recorder.replace("12.2.0", version));
        }
        bench.kind = kind;
        let case = format!("{name} {version} {suffix} {attached:?} {kind:?}");
        assert_eq!(added(&bench, &module(&bench, suffix, attached)), expected, "{case}");
    }
}

#[test]
fn microsofts_compiler_spares_itself_the_work_in_editable_installs_only() {
    use Attached::{Code, SystemHeaders};
    use WheelKind::{Editable, Standard};
    for (variables, attached, kind, level) in [
        (&[] as Variables, SystemHeaders, Standard, "/O2 /W3 /GL"),
        (&[], SystemHeaders, Editable, "/Od /W3 /GL"),
        (&[], Code, Editable, "/O2 /W3 /GL"),
        (&[("CFLAGS", "/O2")], SystemHeaders, Editable, "/O2 /W3 /GL"),
        (&[("CFLAGS", "-O1")], SystemHeaders, Editable, "/O2 /W3 /GL"),
    ] {
        let (interpreter, sysconfig) = windows("win-amd64");
        let mut bench = Workbench::new(interpreter, sysconfig).set("CC", "BIN/cl.exe");
        bench.environment.extend(variables.iter().map(|(name, value)| (*name, (*value).into())));
        bench.recorder("cl.exe");
        bench.recorder("link.exe");
        bench.kind = kind;
        let line = &bench.recorded(&[&module(&bench, ".c", attached)])[0];
        assert!(line.starts_with(&format!("cl.exe /nologo {level} ")), "{line}");
        assert!(!line.contains("GLUE"), "{line}");
    }
}

#[test]
fn the_users_sources_and_the_c_of_others_keep_the_level() {
    let mut bench = Workbench::with_recorders(&["gcc"]);
    bench.kind = WheelKind::Editable;
    bench.file("src/own.c", "");
    let spec = ExtensionSpec {
        sources: vec!["src/own.c".into()],
        ..module(&bench, ".c", Attached::SystemHeaders)
    };
    let lines = bench.recorded(&[&spec]);
    assert!(lines[0].contains(MARK_0), "{lines:?}");
    for line in &lines[1..] {
        assert!(!line.contains("GLUE") && !line.contains("-O0"), "{line}");
    }
    // `ffi.compile()`: the file was there before we were.
    let bench = Workbench::with_recorders(&["gcc"]);
    assert_eq!(added(&bench, &bench.spec("_x", ".c", "")), "");
}

#[test]
fn whoever_sets_a_level_gets_it() {
    let low: &[(Variables, &str, &[&str])] = &[
        (&[], "-O3", &[]),
        (&[], "-O0 -O2", &[]),
        (&[("CXXFLAGS", "-O2"), ("LDFLAGS", "-Wl,-O1 -O2"), ("CPPFLAGS", "-DO2")], "-O3", &[]),
        (&[("CC", "gcc -m64")], "-O2", &["-g", "-fopenmp"]),
    ];
    let chosen: &[(Variables, &str, &[&str])] = &[
        (&[("CFLAGS", "-O2")], "-O3", &[]),
        (&[("CFLAGS", "-Os -g")], "-O3", &[]),
        (&[("CFLAGS", "-g")], "-O3", &[]), // without a level there is no optimisation
        (&[("CFLAGS", "")], "-O3", &[]),
        (&[("CPPFLAGS", "-O2")], "-O3", &[]),
        (&[("CPPFLAGS", "-flto")], "-O3", &[]),
        (&[("CC", "gcc -O3")], "-O3", &[]),
        (&[], "-O3", &["-O3"]),
        (&[], "-O3", &["-Ofast"]),
        (&[], "-O3", &["/O2"]),
        (&[], "-O3", &["-flto=auto"]),
        (&[], "-O3 -flto", &[]),
        (&[], "-Og", &[]),
        (&[], "-O2 -Os", &[]),
        (&[], "-O1", &[]),
        (&[], "-Ofast", &[]),
        (&[], "-Wall", &[]),
    ];
    for (cases, is_chosen) in [(low, false), (chosen, true)] {
        for (variables, sysconfig, own) in cases {
            let mut bench = Workbench::with_recorders(&["gcc"]);
            bench
                .environment
                .extend(variables.iter().map(|(name, value)| (*name, (*value).into())));
            bench.sysconfig.cflags = Some(format!("-DNDEBUG {sysconfig} -Wall"));
            let spec = ExtensionSpec {
                extra_compile_args: own.iter().map(|word| (*word).into()).collect(),
                ..module(&bench, ".c", Attached::Code)
            };
            let lines = bench.recorded(&[&spec]);
            let case = format!("{variables:?} {sysconfig} {own:?}: {}", lines[0]);
            assert_eq!(!lines[0].contains(MARK_1), is_chosen, "{case}");
        }
    }
    let of_cxx = Workbench::with_recorders(&["gcc", "g++"]).set("CXXFLAGS", "-O2");
    let lines = of_cxx.recorded(&[&module(&of_cxx, ".cpp", Attached::Code)]);
    assert!(!lines[0].contains("GLUE"), "{lines:?}");
}

#[test]
fn the_setting_and_the_profile_decide_too() {
    let mut bench = Workbench::with_recorders(&["gcc"]);
    bench.options.glue_optimization = GlueOptimization::Full;
    assert_eq!(added(&bench, &module(&bench, ".c", Attached::Code)), "");
    let mut bench = Workbench::with_recorders(&["gcc"]);
    bench.options.profile = Profile::Debug;
    let debug = format!("-O0 -g {}", ALL_MAPS.replace("-ffile-", "-fmacro-"));
    assert_eq!(added(&bench, &module(&bench, ".c", Attached::Code)), debug);
    let mut bench = Workbench::with_recorders(&["gcc"]);
    bench.options.sanitizers = vec![Sanitizer::Undefined];
    assert_eq!(added(&bench, &module(&bench, ".c", Attached::Code)), MARK_1);
}

#[test]
fn what_is_fortified_is_optimised() {
    let fortified: &[(Variables, &str, &[&str])] = &[
        (&[("CPPFLAGS", "-D_FORTIFY_SOURCE=2")], "", &[]),
        (&[], "-Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3", &[]),
        (&[], "", &["-D_FORTIFY_SOURCE=1"]),
    ];
    for (variables, sysconfig, own) in fortified {
        let mut bench = Workbench::with_recorders(&["clang"]).set("CC", "clang");
        bench.environment.extend(variables.iter().map(|(name, value)| (*name, (*value).into())));
        bench.sysconfig.cflags = Some(format!("-O2 {sysconfig}"));
        bench.kind = WheelKind::Editable;
        let spec = ExtensionSpec {
            extra_compile_args: own.iter().map(|word| (*word).into()).collect(),
            ..module(&bench, ".c", Attached::SystemHeaders)
        };
        let lines = bench.recorded(&[&spec]);
        assert!(lines[0].contains(CLANG_1), "{variables:?} {sysconfig} {own:?}: {}", lines[0]);
    }
}

/// The same function before the mark and after it, as the user's and as cffi's; at -O3 it has
/// vectors.
fn with_mark(bench: &Workbench, suffix: &str) -> ExtensionSpec {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("build_backend/officina/_run_builder.py");
    let generator = fs::read_to_string(path).unwrap();
    let (_, rest) = generator.split_once("\nMARK = \"\"\"").unwrap();
    let (mark, _) = rest.split_once("\"\"\"").unwrap();
    let c = if suffix == ".c" { "" } else { "extern \"C\" " };
    let body = "(int *a, int *b, int n) { for (int i = 0; i < n; i++) a[i] += b[i]; }\n";
    let text = format!(
        "#include <string.h>\n{c}void user{body}static inline int twice(int x) {{ return 2 * x; }}\n\
         {mark}\n{c}void glue{body}{c}int call(int x) {{ return twice(x); }}\n"
    );
    ExtensionSpec { attached: Some(Attached::Code), ..bench.spec("_x", suffix, &text) }
}

/// The sizes of the functions of a module that is compiled like this.
fn sizes(
    cc: &str,
    suffix: &str,
    kind: WheelKind,
    variables: &[(&'static str, &str)],
) -> BTreeMap<String, u64> {
    let mut bench = Workbench::with_real_compilers().set("CC", cc);
    bench.environment.extend(variables.iter().map(|(name, value)| (*name, (*value).into())));
    bench.kind = kind;
    bench.sysconfig.cflags = linux_sysconfig().cflags.map(|flags| flags + " -Wextra -Werror");
    let spec = with_mark(&bench, suffix);
    let linked = bench.make(&[&spec]).unwrap();
    let bytes = fs::read(&linked[0].extension.path).unwrap();
    let elf = goblin::elf::Elf::parse(&bytes).unwrap();
    let symbols = elf.syms.iter().map(|symbol| {
        (elf.strtab.get_at(symbol.st_name).unwrap_or_default().to_owned(), symbol.st_size)
    });
    symbols.filter(|(name, _)| ["user", "glue", "call"].contains(&name.as_str())).collect()
}

#[test]
fn only_what_follows_the_mark_is_compiled_low() {
    for (cc, suffix, variable) in [
        ("gcc", ".c", "CFLAGS"),
        ("gcc", ".cpp", "CXXFLAGS"),
        ("clang", ".c", "CFLAGS"),
        ("clang", ".cpp", "CXXFLAGS"),
    ] {
        if !compiler_is_there(cc, suffix) {
            continue;
        }
        let at = |level: &str| {
            let flags = linux_sysconfig().cflags.unwrap().replace("-O3", level).replace("-g ", "");
            sizes(cc, suffix, WheelKind::Standard, &[(variable, &flags)])
        };
        let (high, low, none) = (at("-O3"), at("-O1"), at("-O0"));
        assert_eq!(high["user"], high["glue"]);
        assert!(high["glue"] > low["glue"] && low["glue"] != none["glue"]);

        let release = sizes(cc, suffix, WheelKind::Standard, &[]);
        let editable = sizes(cc, suffix, WheelKind::Editable, &[]);
        let fortified: Variables = &[("CPPFLAGS", "-D_FORTIFY_SOURCE=2")];
        let case = format!("{cc} {suffix}: {release:?} {editable:?} {high:?} {low:?} {none:?}");
        for kind in [&release, &editable, &sizes(cc, suffix, WheelKind::Editable, fortified)] {
            assert_eq!(kind["user"], high["user"], "{case}");
        }
        if cc == "gcc" {
            // Loops stay aligned as at -O3.
            assert!((low["glue"]..low["glue"] + 16).contains(&release["glue"]), "{case}");
            assert!((none["glue"]..none["glue"] + 16).contains(&editable["glue"]), "{case}");
            assert_eq!(release["call"], high["call"], "inlined all the same: {case}");
        } else {
            assert_eq!(release, high, "{case}");
            assert_ne!(editable["glue"], high["glue"], "{case}");
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn gcc_keeps_the_other_flags_after_the_mark() {
    // Each of them changes the code of these functions, so that a lost one is seen.
    let text = "extern void other(char *);\nint glue(int x) { return x + 100 < x; }\n\
         int stack(void) { char room[8192]; other(room); return room[3]; }\n\
         int leaf(int x) { other(0); return x; }\n";
    let flags = [
        "-fwrapv",
        "-fno-omit-frame-pointer",
        "-fstack-protector-strong",
        "-fstack-clash-protection",
        "-fcf-protection=full",
        "-fno-plt",
        "-ftrapv",
        "-finstrument-functions",
        "-fsanitize=undefined",
    ];
    let assembly = |words: &[&str], marked: bool| {
        let bench = Workbench::with_real_compilers();
        let pragma = if marked { "#pragma GCC optimize (\"O1\")\n" } else { "" };
        let file = bench.file("x.c", &format!("{pragma}{text}"));
        let done = std::process::Command::new("gcc")
            .args(["-S", "-o", "-", "-fPIC", "-xc", "-"])
            .args(words)
            .stdin(fs::File::open(file).unwrap())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let whole = String::from_utf8(done.stdout).unwrap();
        let is_code = |line: &&str| line.starts_with('\t') && !line.starts_with("\t.");
        let without_label = |line: &str| line.split(".L").next().unwrap().to_owned();
        let code: Vec<String> = whole.lines().filter(is_code).map(without_label).collect();
        code.join("\n")
    };
    let plain = assembly(&["-O3"], true);
    for flag in flags {
        let marked = assembly(&["-O3", flag], true);
        assert_eq!(marked, assembly(&["-O1", flag], false), "{flag}");
        assert_ne!(marked, plain, "{flag} changes nothing here");
    }
}
