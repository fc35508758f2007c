//! Command lines for systems that this machine is not: macOS, and Windows with MSVC and MinGW.

use officina::model::{Abi, ExtensionSpec, Macro, Profile, Sanitizer};

use crate::bench::{MAPS, Variables, Workbench, mac, windows};

#[test]
fn macos_builds_bundles_for_the_interpreters_systems_and_architectures() {
    let made = "SCRATCH/objects/_x/_made/generated/__x.c.o";
    let both = "-arch arm64 -arch x86_64";
    let bundle = "-bundle -undefined dynamic_lookup";
    let cases: &[(Variables, &[&str], &str, &str)] = &[
        (&[], &[], "{10.13} clang -O3 BOTH", "{10.13} clang BUNDLE BOTH"),
        (
            &[("ARCHFLAGS", "-arch arm64")],
            &[],
            "{10.13} clang -O3 -arch arm64",
            "{10.13} clang BUNDLE -arch arm64",
        ),
        (
            &[("MACOSX_DEPLOYMENT_TARGET", "11.0")],
            &[],
            "{11.0} clang -O3 BOTH",
            "{11.0} clang BUNDLE BOTH",
        ),
        (
            &[("ARCHFLAGS", "-arch arm64")],
            &["-arch", "x86_64"],
            "{10.13} clang -O3",
            "{10.13} clang BUNDLE",
        ),
        (&[("CC", "gcc")], &[], "{10.13} gcc -O3 BOTH", "{10.13} gcc BUNDLE BOTH"),
    ];
    for (variables, own, compile, link) in cases {
        let (interpreter, sysconfig) = mac();
        let mut bench = Workbench::new(interpreter, sysconfig);
        bench.recorder("clang");
        bench.recorder("gcc");
        for (name, value) in *variables {
            bench.environment.insert(name, (*value).into());
        }
        let own: Vec<String> = own.iter().map(|&word| word.into()).collect();
        let spec = ExtensionSpec {
            abi: Abi::Limited { minimum: None },
            extra_compile_args: own.clone(),
            extra_link_args: own.clone(),
            ..bench.spec("_x", ".c", "")
        };
        let expand = |line: &str| {
            // The recorder prints the variable behind its own name.
            let (target, rest) = line.split_once(' ').unwrap();
            let (name, flags) = rest.split_once(' ').unwrap();
            format!("{name} {target} {flags}")
                .replace("BOTH", both)
                .replace("BUNDLE", bundle)
                .replace("-O3", "-DNDEBUG -O3")
        };
        let after = own.iter().fold(String::new(), |text, word| text + " " + word);
        let expected = [
            format!(
                "{} {MAPS} -IINCLUDE -c SCRATCH/generated/_x.c -o {made}{after}",
                expand(compile)
            ),
            format!("{} {made} -o SCRATCH/linked/_x.abi3.so{after}", expand(link)),
        ];
        assert_eq!(bench.recorded(&[&spec]), expected, "{variables:?}");
    }
}

#[test]
fn embedding_links_libpython_and_makes_a_library() {
    let (interpreter, sysconfig) = mac();
    let mac = Workbench::new(interpreter, sysconfig);
    mac.recorder("clang");
    let linux = Workbench::with_recorders(&["gcc"]);
    let (interpreter, sysconfig) = windows("win-amd64");
    let msvc = Workbench::new(interpreter, sysconfig).set("CC", "BIN/cl.exe");
    msvc.recorder("cl.exe");
    msvc.recorder("link.exe");
    let cases = [
        (
            mac,
            "-dynamiclib -undefined dynamic_lookup -arch arm64 -arch x86_64 -install_name @rpath/_x.dylib OBJECT -lpython3.12 -o SCRATCH/linked/_x.dylib",
        ),
        (
            linux,
            "-pthread -shared OBJECT -L/pyenv/lib -Wl,-rpath,/pyenv/lib -lpython3.11 -o SCRATCH/linked/_x.so",
        ),
        (
            msvc,
            "/nologo /INCREMENTAL:NO /LTCG /DLL /MANIFEST:EMBED,ID=2 /MANIFESTUAC:NO /Brepro /LIBPATH:/python/libs python312.lib OBJECTbj /OUT:SCRATCH/linked/_x.dll /IMPLIB:SCRATCH/objects/_x/_x.lib",
        ),
    ];
    for (bench, expected) in cases {
        let spec = ExtensionSpec { abi: Abi::Embedding, ..bench.spec("_x", ".c", "") };
        let link = bench.recorded(&[&spec]).pop().unwrap();
        let link = link.replace("SCRATCH/objects/_x/_made/generated/__x.c.o", "OBJECT");
        assert!(link.ends_with(expected), "{link}");
    }
}

#[test]
fn microsofts_compiler_gets_its_own_language() {
    let made = "SCRATCH/objects/pkg._foo";
    let manifest = "/DLL /MANIFEST:EMBED,ID=2 /MANIFESTUAC:NO /Brepro /LIBPATH:lib /LIBPATH:/python/libs z.lib";
    let end = format!(
        "/EXPORT:more /EXPORT:PyInit__foo {made}/_made/generated/pkg._foo.c.obj {made}/src/b.cpp.obj own.lib /OUT:SCRATCH/linked/pkg/_foo.pyd /IMPLIB:{made}/_foo.lib /last"
    );
    let middle = "-DA=1 -UB -Iinc -IINCLUDE /c";
    let c =
        format!("/TcSCRATCH/generated/pkg._foo.c /Fo{made}/_made/generated/pkg._foo.c.obj /own");
    let cxx = format!("/EHsc /Tpsrc/b.cpp /Fo{made}/src/b.cpp.obj /own");
    let cases = [
        (
            ("cl.exe", "link.exe", Profile::Release, false),
            format!("cl.exe /nologo /O2 /W3 /GL /DNDEBUG /MD /Brepro {middle} {c}"),
            format!("cl.exe /nologo /O2 /W3 /GL /DNDEBUG /MD /Brepro {middle} {cxx}"),
            format!("link.exe /nologo /INCREMENTAL:NO /LTCG {manifest} {end}"),
        ),
        (
            ("clang-cl.exe", "lld-link.exe", Profile::Release, false),
            format!("clang-cl.exe /nologo /O2 /W3 /DNDEBUG /MD /Brepro {middle} {c}"),
            format!("clang-cl.exe /nologo /O2 /W3 /DNDEBUG /MD /Brepro {middle} {cxx}"),
            format!("lld-link.exe /nologo /INCREMENTAL:NO {manifest} {end}"),
        ),
        (
            ("cl.exe", "link.exe", Profile::Debug, true),
            format!(
                "cl.exe /nologo /Od /Zi /W3 /MDd /D_DEBUG /Brepro {middle} /Fd{made}/_made/generated/pkg._foo.c.pdb {c}"
            ),
            format!(
                "cl.exe /nologo /Od /Zi /W3 /MDd /D_DEBUG /Brepro {middle} /Fd{made}/src/b.cpp.pdb {cxx}"
            ),
            format!("link.exe /nologo /INCREMENTAL:NO /DEBUG /PDBALTPATH:%_PDB% {manifest} {end}"),
        ),
    ];
    for ((cl, linker, profile, debug), c, cxx, link) in cases {
        let (interpreter, sysconfig) = windows("win-amd64");
        let mut bench = Workbench::new(interpreter, sysconfig).set("CC", &format!("BIN/{cl}"));
        bench.options.profile = profile;
        bench.interpreter.debug = debug;
        bench.recorder(cl);
        bench.recorder(linker);
        bench.file("src/b.cpp", "");
        let spec = ExtensionSpec {
            sources: vec!["src/b.cpp".into()],
            include_dirs: vec!["inc".into()],
            macros: vec![Macro::Define("A".into(), Some("1".into())), Macro::Undefine("B".into())],
            library_dirs: vec!["lib".into()],
            libraries: vec!["z".into()],
            runtime_library_dirs: vec!["$ORIGIN".into()],
            extra_objects: vec!["own.lib".into()],
            extra_compile_args: vec!["/own".into()],
            extra_link_args: vec!["/last".into()],
            export_symbols: vec!["more".into()],
            abi: Abi::Limited { minimum: None },
            ..bench.spec("pkg._foo", ".c", "")
        };
        assert_eq!(bench.recorded(&[&spec]), [c, cxx, link], "{cl} {profile:?}");
    }
}

#[test]
fn microsofts_compiler_has_one_sanitizer() {
    let (interpreter, sysconfig) = windows("win-amd64");
    let mut bench = Workbench::new(interpreter, sysconfig).set("CC", "BIN/cl.exe");
    bench.recorder("cl.exe");
    bench.recorder("link.exe");
    let spec = bench.spec("_x", ".c", "");
    bench.options.sanitizers = vec![Sanitizer::Address];
    let [compile, link] = &bench.recorded(&[&spec])[..] else { panic!("two lines") };
    assert!(compile.contains(" /fsanitize=address /Z7 /Oy- -IINCLUDE "), "{compile}");
    assert!(link.contains(" /DEBUG /PDBALTPATH:%_PDB% ") && !link.contains("sanitize"), "{link}");
    bench.options.sanitizers = vec![Sanitizer::Thread];
    let error = bench.failure(&[&spec]);
    assert_eq!(error.to_string(), "Microsoft's compiler has no sanitizer `thread`");
}

#[test]
fn microsofts_compilers_say_what_they_read_unless_somebody_else_asked() {
    let made = "SCRATCH/objects/_x/_made/generated/__x.c.obj.d";
    let clang = format!("/clang:-MD /clang:-MT /clang:read /clang:-MF{made}");
    let cases = [
        ("cl.exe", "-MD", Some(format!("/sourceDependencies {made}"))),
        ("cl.exe", "/sourceDependenciesown.json", None),
        ("clang-cl.exe", "-MD", Some(clang)),
        ("clang-cl.exe", "/clang:-MD", None),
    ];
    for (name, flag, expected) in cases {
        let (interpreter, sysconfig) = windows("win-amd64");
        let bench = Workbench::new(interpreter, sysconfig).set("CC", &format!("BIN/{name}"));
        for program in [name, "link.exe", "lld-link.exe"] {
            bench.recorder(program);
        }
        let extra_compile_args = vec![flag.to_owned()];
        let spec = ExtensionSpec { extra_compile_args, ..bench.spec("_x", ".c", "") };
        bench.make(&[&spec]).unwrap();
        let log = std::fs::read_to_string(bench.bin().join("log")).unwrap();
        let compile = bench.anonymous(log.lines().next().unwrap());
        match expected {
            Some(words) => assert!(compile.contains(&format!(" {words} ")), "{compile}"),
            None => assert!(!compile.contains(".obj.d"), "{compile}"),
        }
    }
}

#[test]
fn mingw_links_python_and_exports_by_list() {
    let cases = [
        ("win-amd64", Abi::Limited { minimum: None }, "-lpython3"),
        ("win-amd64", Abi::Version, "-lpython312"),
        ("mingw_x86_64", Abi::Limited { minimum: None }, "-lpython3"),
        ("mingw_x86_64", Abi::Version, "-lpython3.12"),
    ];
    for (platform, abi, library) in cases {
        let (interpreter, mut sysconfig) = windows(platform);
        let mut folders = "-L/python/libs".to_owned();
        let mut end = " -static-libgcc -Wl,-Bstatic";
        if platform.starts_with("mingw") {
            sysconfig.cc = Some("gcc".into());
            sysconfig.cflags = Some("-DNDEBUG -O2 -Wall".into());
            sysconfig.ldshared = Some("gcc -shared".into());
            sysconfig.libdir = Some("/python/lib".into());
            sysconfig.ldlibrary = Some("libpython3.12.dll.a".into());
            folders += " -L/python/lib";
            end = "";
        }
        let bench = Workbench::new(interpreter, sysconfig).set("CC", "gcc");
        bench.recorder("gcc");
        let spec = ExtensionSpec { abi, ..bench.spec("_x", ".c", "") };
        let made = "SCRATCH/objects/_x/_made/generated/__x.c.o";
        let suffix = if abi == Abi::Version { ".cp312-win_amd64.pyd" } else { ".pyd" };
        let expected = [
            format!("gcc -DNDEBUG -O2 -Wall {MAPS} -IINCLUDE -c SCRATCH/generated/_x.c -o {made}"),
            format!(
                "gcc -shared -Wl,--no-insert-timestamp -s {made} SCRATCH/objects/_x/_x.def {folders} {library} -o SCRATCH/linked/_x{suffix}{end}"
            ),
        ];
        assert_eq!(bench.recorded(&[&spec]), expected, "{platform} {abi:?}");
        let list = std::fs::read_to_string(bench.scratch().join("objects/_x/_x.def")).unwrap();
        assert_eq!(list, format!("LIBRARY _x{suffix}\nEXPORTS\nPyInit__x\n"));
    }
}

#[test]
fn libraries_of_gcc_itself_become_part_of_a_module_and_those_of_the_project_do_not() {
    let own = " -static-libgcc -Wl,-Bstatic";
    for (compiler, suffix, words, end) in [
        ("gcc", ".c", "-lfoo", format!(" -lfoo{own}")),
        ("gcc", ".cpp", "-lfoo", format!(" -lfoo{own}")),
        ("gcc", ".cpp", "-shared-libgcc", " -shared-libgcc".to_owned()),
        ("gcc", ".c", "-static", " -static".to_owned()),
        ("clang", ".c", "-lfoo", " -lfoo".to_owned()),
    ] {
        let (interpreter, sysconfig) = windows("win-amd64");
        let bench = Workbench::new(interpreter, sysconfig).set("CC", compiler).set("CXX", "g++");
        bench.recorder(compiler);
        bench.recorder("g++");
        let extra_link_args = vec![words.to_owned()];
        let spec = ExtensionSpec { extra_link_args, ..bench.spec("_x", suffix, "") };
        let link = bench.recorded(&[&spec]).pop().unwrap();
        assert!(link.ends_with(&format!(".cp312-win_amd64.pyd{end}")), "{compiler} {link}");
    }
}

#[test]
fn zigs_linker_is_not_told_what_it_does_not_know() {
    let (interpreter, sysconfig) = windows("win-amd64");
    let mut bench = Workbench::new(interpreter, sysconfig).set("CC", "zig cc");
    bench.recorder("zig");
    for (profile, strip) in [(Profile::Release, " -s"), (Profile::Debug, "")] {
        bench.options.profile = profile;
        let link = bench.recorded(&[&bench.spec("_x", ".c", "")]).pop().unwrap();
        let start = format!("zig cc -shared{strip} SCRATCH/");
        assert!(link.starts_with(&start), "{link}");
    }
}
