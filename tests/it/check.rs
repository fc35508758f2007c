//! Extensions that link and cannot be imported are refused; those that can be are not.
//! Real compilers, real interpreters: this needs `cc`, `c++` and `python3`.
#![allow(clippy::unwrap_used)] // in the tests' own functions too

use std::path::{Path, PathBuf};
use std::process::Command;

use officina::binary::{InitFunction, LibraryCache, LinkCheck, LinkCheckRequest, check_link};
use officina::error::{Error, Parts};
use officina::model::{
    Abi, Environment, ExtensionSpec, Interpreter, ModuleName, SymbolPattern, Sysconfig, Target,
};

use crate::programs::{are_there, skip};

/// A project folder with one module in it, `_foo`.
struct Project {
    folder: tempfile::TempDir,
    spec: ExtensionSpec,
    objects: Vec<(PathBuf, PathBuf)>,
    environment: Environment,
    /// Most of these are no modules: a few functions say what is to be said.
    init: InitFunction,
    allow_undefined: Vec<SymbolPattern>,
}

const EXTENSION: &str = "_foo.so";

impl Project {
    /// Its builder script is `foo_build.py`, with `cdef` in it; cffi's part of the module is
    /// played by `generated`, plain C.
    fn new(cdef: &str, generated: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let script = format!("from cffi import FFI\nffi = FFI()\nffi.cdef(\"{cdef}\")\n");
        std::fs::write(root.join("foo_build.py"), script).unwrap();
        let spec = ExtensionSpec {
            generated_source: Some(root.join("build/_foo.c")),
            ..ExtensionSpec::new(ModuleName::new("_foo").unwrap(), "foo_build.py", Abi::Version)
        };
        let mut environment = std::env::vars_os().collect::<Environment>();
        environment.0.remove(std::ffi::OsStr::new("LD_LIBRARY_PATH"));
        let init = InitFunction::Optional;
        let (objects, allow_undefined) = (Vec::new(), Vec::new());
        let mut project = Project { folder, spec, objects, environment, init, allow_undefined };
        project.compile("build/_foo.c", generated, &[]);
        project
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn compile(&mut self, source: &str, text: &str, flags: &[&str]) {
        self.write(source, text);
        let object = format!("{source}.o");
        let mut arguments = vec!["-fPIC", "-w", "-c", source, "-o", &object];
        arguments.extend(flags);
        self.run(if source.ends_with(".cpp") { "c++" } else { "cc" }, &arguments);
        if source != "build/_foo.c" {
            self.spec.sources.push(source.into());
        }
        self.objects.push((object.into(), source.into()));
    }

    /// Makes a shared library beside the module: the text is C.
    fn library(&self, file: &str, text: &str, flags: &[&str]) {
        let source = format!("{file}.c");
        self.write(&source, text);
        let mut arguments = vec!["-shared", "-fPIC", &source, "-o", file];
        arguments.extend(flags);
        self.run("cc", &arguments);
    }

    fn link(&self, flags: &[&str]) {
        let objects: Vec<&str> = self.objects.iter().filter_map(|(o, _)| o.to_str()).collect();
        let mut arguments = vec!["-shared", "-o", EXTENSION];
        arguments.extend(objects);
        arguments.extend(flags);
        self.run("cc", &arguments);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = Command::new(program).args(arguments).current_dir(self.root()).output();
        let output = output.unwrap_or_else(|e| panic!("this test needs `{program}`: {e}"));
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {words}");
    }

    fn check(&self, python: &Python) -> LinkCheck {
        check_link(&LinkCheckRequest {
            extension: &self.root().join(EXTENSION),
            own_libraries: &[],
            crates: &[],
            objects: &self.objects,
            spec: &self.spec,
            target: Target { interpreter: &python.interpreter, sysconfig: &python.sysconfig },
            environment: &self.environment,
            root: self.root(),
            init: self.init,
            allow_undefined: &self.allow_undefined,
            bundling: None,
            libraries: &LibraryCache::default(),
        })
    }

    /// Warnings, or why it is refused.
    fn verify(&self, python: &Python) -> Result<Vec<String>, Error> {
        self.check(python).verdict
    }

    #[track_caller]
    fn refused(&self, python: &Python) -> Parts {
        self.verify(python).expect_err("a broken module passed").parts().clone()
    }
}

struct Python {
    interpreter: Interpreter,
    sysconfig: Sysconfig,
}

impl Python {
    /// Asks an interpreter about itself; `None` if there is no such program.
    fn named(program: &str) -> Option<Self> {
        const ASK: &str = "\
import json, sys, sysconfig
var = sysconfig.get_config_var
print(json.dumps([
    dict(executable=sys.executable, implementation=sys.implementation.name,
         version=sys.version_info[:2], pypy_version=None, free_threaded=bool(var('Py_GIL_DISABLED')),
         debug=False, pointer_bits=64, platform=sysconfig.get_platform()),
    dict(ext_suffix=var('EXT_SUFFIX'), libdir=var('LIBDIR'), instsoname=var('INSTSONAME'), ldlibrary=var('LDLIBRARY'),
         enable_shared=bool(var('Py_ENABLE_SHARED')),
         include_dirs=[sysconfig.get_path('include'), sysconfig.get_path('platinclude')]),
]))";
        let output = Command::new(program).args(["-c", ASK]).output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (interpreter, sysconfig) = serde_json::from_slice(&output.stdout).unwrap();
        Some(Python { interpreter, sysconfig })
    }

    fn on_path() -> Self {
        Python::named("python3").expect("this test needs `python3`")
    }

    fn imports(&self, project: &Project) -> Result<(), String> {
        let suffix = self.sysconfig.ext_suffix.as_deref().unwrap();
        let root = project.root();
        std::fs::copy(root.join(EXTENSION), root.join(format!("_foo{suffix}"))).unwrap();
        let output = Command::new(&self.interpreter.executable)
            .args(["-c", "import _foo"])
            .current_dir(project.root())
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(words) }
    }

    /// An executable at `path` that is Python as far as its symbols go.
    fn pretended(path: PathBuf) -> Self {
        let mut python = Python::on_path();
        python.interpreter.executable = path;
        python.sysconfig = Sysconfig::default();
        python
    }
}

/// A module that uses Python's API and whatever `body` calls.
fn module(declarations: &str, body: &str) -> String {
    format!(
        "#include <Python.h>\n{declarations}\n\
         static struct PyModuleDef def = {{PyModuleDef_HEAD_INIT, \"_foo\", NULL, -1, NULL}};\n\
         PyMODINIT_FUNC PyInit__foo(void) {{ {body}; return PyModule_Create(&def); }}\n"
    )
}

impl Project {
    fn with_python_h(python: &Python, cdef: &str, declarations: &str, body: &str) -> Self {
        let mut project = Project::new(cdef, "");
        project.init = InitFunction::Required;
        let include = format!("-I{}", python.sysconfig.include_dirs[0].display());
        project.objects.clear();
        project.compile("build/_foo.c", &module(declarations, body), &[&include]);
        project
    }
}

#[test]
fn the_verdict_is_that_of_a_real_import() {
    let mut asked = 0;
    for program in ["python3", "/usr/bin/python3", "pypy3"] {
        let Some(python) = Python::named(program) else {
            skip(program);
            continue;
        };
        if !python.sysconfig.include_dirs[0].join("Python.h").exists() {
            skip(&format!("the Python.h of {program}"));
            continue;
        }
        asked += 1;
        let good = Project::with_python_h(&python, "", "#include <stdlib.h>", "free(malloc(1))");
        good.link(&[]);
        python.imports(&good).unwrap();
        assert_eq!(good.verify(&python), Ok(vec![]), "{program}");

        let bad = Project::with_python_h(&python, "int gone(void);", "int gone(void);", "gone()");
        bad.link(&[]);
        assert!(python.imports(&bad).unwrap_err().contains("gone"));
        assert!(bad.refused(&python).message.ends_with("`gone`"), "{program}");
    }
    assert!(asked > 0, "this test needs a python3 with its headers");
}

#[test]
fn a_function_of_the_cdef_that_the_library_does_not_have() {
    let code = "int mine_version(void), mine_versionn(void);\n\
                int f(void) { return mine_version() + mine_versionn(); }";
    let mut project = Project::new("int mine_versionn(void);", code);
    project.library(
        "libmine.so.1",
        "int mine_version(void) { return 1; }",
        &["-Wl,-soname,libmine.so.1"],
    );
    project.run("ln", &["-s", "libmine.so.1", "libmine.so"]);
    project.spec.libraries.push("mine".into());
    project.spec.library_dirs.push(".".into());
    project.link(&["-L.", "-lmine", "-Wl,-rpath,$ORIGIN"]);
    let parts = project.refused(&Python::on_path());
    assert_eq!(
        parts.message,
        "`_foo` would fail to import: nothing that it links defines `mine_versionn`"
    );
    let place = parts.location.unwrap();
    assert_eq!(&place.source.text[place.span], "mine_versionn");
    assert_eq!(place.source.name, "foo_build.py");
    assert_eq!(
        parts.notes[0],
        "`mine_versionn` is used by the C that cffi generated from the cdef"
    );
    assert!(parts.notes[1].starts_with("looked in `libmine.so.1`"), "{:?}", parts.notes);
    assert!(parts.hints[0].contains("this version of `libmine.so.1`"), "{:?}", parts.hints);
    assert!(parts.hints[0].contains("`mine_version`"), "{:?}", parts.hints);
}

#[test]
fn what_is_undefined_on_purpose_is_only_warned_about() {
    let cases: [(&[&str], &[&str], bool); 14] = [
        (&[], &["host_a", "other"], true),
        (&[], &["host_*", "o*r"], true),
        (&[], &["*"], true),
        (&[], &["host_*"], false),
        (&[], &["host_", "other"], false),
        (&["-Wl,--unresolved-symbols=ignore-all"], &[], true),
        (&["-Wl,--unresolved-symbols,ignore-in-object-files"], &[], true),
        (&["-Wl,-O1,--warn-unresolved-symbols"], &[], true),
        (&["-Xlinker", "--unresolved-symbols=ignore-all"], &[], true),
        (&["-Wl,-z,undefs"], &[], true),
        (&["-z", "undefs"], &[], true),
        (&["-undefined", "dynamic_lookup"], &[], true),
        (&["-Wl,-undefined,dynamic_lookup"], &[], true),
        (&["-Wl,--unresolved-symbols=report-all", "-Wl,-z,lazy"], &[], false),
    ];
    let code = "int host_a(void), other(void); int f(void) { return host_a() + other(); }";
    let mut project = Project::new("int f(void);", code);
    project.link(&[]);
    let python = Python::on_path();
    for (words, allowed, is_allowed) in cases {
        project.spec.extra_link_args = words.iter().map(ToString::to_string).collect();
        project.allow_undefined =
            allowed.iter().map(|text| SymbolPattern::new(text).unwrap()).collect();
        match project.verify(&python) {
            Ok(warnings) => {
                assert!(is_allowed && warnings.len() == 1, "{words:?} {allowed:?} {warnings:?}");
                assert!(warnings[0].starts_with("`_foo` leaves `host_a`, `other` open"));
            }
            Err(error) => {
                assert!(!is_allowed, "{words:?} {allowed:?} {error}");
                let hints = &error.parts().hints;
                assert!(hints.iter().any(|hint| hint.contains("allow-undefined")), "{hints:?}");
            }
        }
    }
}

#[test]
fn a_source_file_that_sources_leave_out() {
    let mut project = Project::new("int f(int);", "int f(int); int g(void) { return f(1); }");
    project.compile("src/f.c", "int deep(int);\nint f(int x) {\n    return deep(x);\n}\n", &[]);
    project.write("src/deep.c", "int deep(int x)\n{\n    return x;\n}\n");
    project.write("src/other.c", "int deep(int x);\nint other(void) {\n    return deep(1);\n}\n");
    project.link(&[]);
    let parts = project.refused(&Python::on_path());
    assert_eq!(parts.notes[0], "`deep` is used by `src/f.c`");
    assert_eq!(parts.hints, ["`src/deep.c` seems to define `deep`: add it to `sources=`"]);
    let place = parts.location.expect("the builder does not name `deep`, a source does");
    assert_eq!((place.source.name.as_str(), place.span), ("src/f.c", 4..8));
}

#[test]
fn cxx_without_extern_c_in_either_direction() {
    if !are_there(&["c++"]) {
        return;
    }
    let mut project =
        Project::new("int add(int, int);", "int add(int, int);\nint f(void) { return add(1, 2); }");
    project.compile("add.cpp", "int add(int a, int b) { return a + b; }", &[]);
    project.link(&[]);
    let hints = project.refused(&Python::on_path()).hints;
    assert_eq!(hints.len(), 1);
    assert!(
        hints[0].starts_with("`add.cpp` defines `add` as a C++ function (`_Z3addii`)"),
        "{hints:?}"
    );
    assert!(hints[0].contains("extern \"C\""), "{hints:?}");

    let mut project = Project::new("", "int sub(int a) { return a; }");
    project.compile("user.cpp", "int sub(int);\nint user() { return sub(1); }", &[]);
    project.link(&[]);
    let parts = project.refused(&Python::on_path());
    assert_eq!(parts.notes[0], "`_Z3subi` (C++ `sub`) is used by `user.cpp`");
    assert!(
        parts.hints[0].starts_with("`build/_foo.c` defines `sub` as a C function"),
        "{parts:?}"
    );
}

#[test]
fn cxx_linked_as_c() {
    if !are_there(&["c++"]) {
        return;
    }
    let mut project = Project::new("", "int make(void);\nint f(void) { return make(); }");
    let code = "extern \"C\" int make() { int *p = new int(1); int r = *p; delete p; return r; }";
    project.compile("make.cpp", code, &["-O0"]);
    project.link(&[]);
    let parts = project.refused(&Python::on_path());
    assert_eq!(parts.hints.len(), 1, "{parts:?}");
    assert!(parts.hints[0].contains("C++ runtime"), "{parts:?}");
}

#[test]
fn a_forgotten_library_that_is_well_known() {
    let code = "void sodium_init(void);\nvoid f(void) { sodium_init(); }";
    let project = Project::new("void sodium_init(void);", code);
    project.link(&[]);
    let hints = project.refused(&Python::on_path()).hints;
    assert_eq!(hints, ["`sodium_init` belongs to libsodium: add \"sodium\" to `libraries=`"]);
}

#[test]
fn a_function_that_this_python_does_not_have() {
    let code = "void PyObject_FromTheFuture(void);\nvoid f(void) { PyObject_FromTheFuture(); }";
    let project = Project::new("", code);
    project.link(&[]);
    let hints = project.refused(&Python::on_path()).hints;
    assert!(hints[0].contains("has no `PyObject_FromTheFuture`"), "{hints:?}");
}

#[test]
fn a_static_library_that_stands_too_early_is_told_as_that() {
    if !cfg!(target_os = "linux") {
        return; // linkers of other systems look into each library as often as is needed
    }
    let mut project = Project::new("int f(int);", "int f(int); int use_it(int x) { return f(x); }");
    project.write("low.c", "int g(int x) { return x; }");
    project.write("high.c", "int g(int); int f(int x) { return g(x); }");
    project.run("cc", &["-fPIC", "-c", "low.c", "high.c"]);
    project.run("ar", &["rcs", "libg.a", "low.o"]);
    project.run("ar", &["rcs", "libhigh.a", "high.o"]);
    project.write("foo_build.py", "ffi.set_source('_foo', '', libraries=['g', 'high'])");
    project.spec.libraries = ["g", "high"].map(String::from).into();
    project.spec.library_dirs = vec![".".into()];
    project.link(&["-fuse-ld=bfd", "-L.", "-lg", "-lhigh"]);
    let parts = project.refused(&Python::on_path());
    assert!(parts.message.ends_with("in an order in which nothing defines `g`"), "{parts:?}");
    assert!(parts.hints[0].ends_with("write `libraries=[\"high\", \"g\"]`"), "{parts:?}");
    assert!(parts.hints.len() == 1 && parts.location.is_none(), "{parts:?}");
}

#[test]
fn many_missing_symbols_make_one_short_error() {
    let names: Vec<String> = (0..40).map(|n| format!("gone_{n:02}")).collect();
    let declared: String = names.iter().map(|name| format!("void {name}(void);")).collect();
    let called: String = names.iter().map(|name| format!("{name}();")).collect();
    let project = Project::new("", &format!("{declared} void f(void) {{ {called} }}"));
    project.link(&[]);
    let parts = project.refused(&Python::on_path());
    assert!(parts.message.ends_with("`gone_00`, `gone_01`, `gone_02` and 37 more"), "{parts:?}");
    assert!(parts.notes.len() < 12 && parts.hints.len() <= 4, "{parts:?}");
}

#[test]
fn a_cdef_in_a_file_beside_the_builder_is_found() {
    let code = "int gone_one(void);\nint gone_two(void);\n\
                int f(void) { return gone_one() + gone_two(); }";
    let mut project = Project::new("", code);
    project.spec.declared_in = "tools/foo_build.py".into();
    project.write("tools/foo_build.py", "from parts import CDEF");
    project.write("tools/a_use.py", "value = gone_one()\nprint(lib.gone_one, gone_one)\n");
    project.write("tools/parts/__init__.py", "CDEF = \"\"\"\nint gone_one(void);\n\"\"\"\n");
    project.link(&[]);
    let parts = project.refused(&Python::on_path());
    let location = parts.location.as_ref().unwrap();
    assert_eq!(location.source.name, "tools/parts/__init__.py", "{parts:?}");
    let expected = "`gone_one`, `gone_two` are declared in the cdef, but not in this version of \
                    the library; or `sources=` or `libraries=` leave out what defines them";
    assert_eq!(parts.hints[0], expected);
    assert!(parts.hints[1].contains("`allow-undefined`"), "{:?}", parts.hints);
}

#[test]
fn weak_symbols_tls_and_dlopen_are_fine() {
    let code = "#include <dlfcn.h>\n#include <stdio.h>\n#include <errno.h>\n\
                extern __thread int shared; __thread int mine;\n\
                void maybe(void) __attribute__((weak));\n\
                void *f(void) { if (maybe) maybe(); errno = mine = shared; puts(stdin ? \"a\" : \"b\");\n\
                return dlopen(\"libm.so.6\", RTLD_NOW); }";
    let project = Project::new("", code);
    project.library("libtls.so", "__thread int shared;", &[]);
    project.link(&["-L.", "-ltls", "-ldl", "-Wl,-rpath,$ORIGIN", "-Wl,--no-as-needed"]);
    assert_eq!(project.verify(&Python::on_path()), Ok(vec![]));
}

#[test]
fn libraries_are_followed_by_their_own_runpath() {
    // The module finds `a`, and `a` alone knows where `b` is.
    let project = Project::new("", "int b(void);\nint a(void);\nint f(void) { return a() + b(); }");
    project.write("one/two/.keep", "");
    project.library("one/two/libb.so", "int b(void) { return 2; }", &["-Wl,-soname,libb.so"]);
    let flags =
        ["-Lone/two", "-lb", "-Wl,--no-as-needed", "-Wl,-rpath,$ORIGIN/two", "-Wl,-soname,liba.so"];
    project.library("one/liba.so", "int b(void);\nint a(void) { return b(); }", &flags);
    project.link(&[
        "-Lone",
        "-la",
        "-Wl,-rpath,$ORIGIN/one",
        "-Wl,--unresolved-symbols=ignore-all",
    ]);
    assert_eq!(project.verify(&Python::on_path()), Ok(vec![]));
}

#[test]
fn a_library_that_only_the_linker_knows_is_a_warning() {
    let mut project = Project::new("", "int a(void);\nint f(void) { return a(); }");
    project.write("lib/.keep", "");
    project.library("lib/liba.so", "int a(void) { return 1; }", &["-Wl,-soname,liba.so"]);
    project.link(&["-Llib", "-la"]);
    project.spec.library_dirs.push("lib".into());
    let python = Python::on_path();
    let warnings = project.verify(&python).unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("`liba.so`") && warnings[0].contains("`lib`"), "{warnings:?}");

    let lib = project.root().join("lib");
    project.environment.0.insert("LD_LIBRARY_PATH".into(), lib.into());
    assert_eq!(project.verify(&python), Ok(vec![]));
}

#[test]
fn a_check_says_what_it_read_and_what_it_looked_for_in_vain() {
    let project = Project::new("", "int a(void);\nint f(void) { return a(); }");
    project.write("lib/.keep", "");
    project.library("lib/liba.so", "int a(void) { return 1; }", &["-Wl,-soname,liba.so"]);
    project.link(&["-Llib", "-la", "-Wl,-rpath,$ORIGIN/first:$ORIGIN/lib"]);
    let python = Python::on_path();
    let LinkCheck { verdict, python_names, reads, absent } = project.check(&python);
    assert_eq!((verdict, python_names), (Ok(vec![]), vec![]));
    let executable = std::fs::canonicalize(&python.interpreter.executable).unwrap();
    assert_eq!(reads[0], executable);
    let library = project.root().join("lib/liba.so");
    assert!(reads.contains(&library) && !reads.contains(&project.root().join(EXTENSION)));
    assert!(absent.contains(&project.root().join("first/liba.so")), "{absent:?}");
    assert!(reads.iter().all(|path| path.exists()), "{reads:?}");
    assert!(!absent.iter().any(|path| path.exists()), "{absent:?}");
}

#[test]
fn a_library_that_is_nowhere_leaves_its_symbols_undecided() {
    let project = Project::new("", "int a(void);\nint f(void) { return a(); }");
    project.library("liba.so", "int a(void) { return 1; }", &["-Wl,-soname,liba.so"]);
    project.link(&["-L.", "-la"]);
    std::fs::remove_file(project.root().join("liba.so")).unwrap();
    let warnings = project.verify(&Python::on_path()).unwrap();
    assert_eq!(
        warnings,
        ["`_foo` needs `liba.so`, which was not found on this machine; whether it defines `a` is \
          unknown"]
    );
}

#[test]
fn musls_c_library_is_refused_where_python_runs_on_glibc() {
    let python = Python::on_path();
    let project = Project::with_python_h(&python, "", "int a(void);", "a()");
    project.write("lib/.keep", "");
    for (name, expected) in [("libc.so", true), ("libc.musl-x86_64.so.1", true), ("liba.so", false)]
    {
        let soname = format!("-Wl,-soname,{name}");
        project.library("lib/liba.so", "int a(void) { return 1; }", &[&soname]);
        project.link(&["-Llib", "-la", "-Wl,-rpath,$ORIGIN/lib"]);
        let told = project.verify(&python).err().map(|error| error.parts().message.clone());
        let refused = told.is_some_and(|message| message.contains("musl"));
        assert_eq!(refused, expected, "{name}");
        assert_eq!(python.imports(&project).is_err(), expected, "{name}");
    }
}

#[test]
fn a_symbol_that_python_happens_to_have_loaded_is_a_warning() {
    let project = Project::new("", "int helper(void);\nint f(void) { return helper(); }");
    project.library("libhelper.so.1", "int helper(void) { return 1; }", &[]);
    project.write(
        "python.c",
        "int PyErr_SetString, helper(void); int main(void) { return helper(); }",
    );
    project.run(
        "cc",
        &[
            "-w",
            "-rdynamic",
            "python.c",
            "-L.",
            "-l:libhelper.so.1",
            "-o",
            "python",
            "-Wl,-rpath,$ORIGIN",
        ],
    );
    project.link(&[]);
    let python = Python::pretended(project.root().join("python"));
    let warnings = project.verify(&python).unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("uses `helper` of `"), "{warnings:?}");
    assert!(warnings[0].ends_with("add \"helper\" to `libraries=`"), "{warnings:?}");
}

#[test]
fn static_and_shared_pythons_export_their_api() {
    let code = "void PyErr_SetString(void), PyFoo_Bar(void);\n\
                void f(void) { PyErr_SetString(); PyFoo_Bar(); }";
    let api = "void PyErr_SetString(void) {} void PyFoo_Bar(void) {}";
    let project = Project::new("", code);
    project.link(&[]);

    project.write("static.c", &format!("{api} int main(void) {{ return 0; }}"));
    project.run("cc", &["-rdynamic", "static.c", "-o", "static"]);
    let python = Python::pretended(project.root().join("static"));
    assert_eq!(project.verify(&python), Ok(vec![]));

    project.write("lib/.keep", "");
    project.library("lib/libpython9.9.so.1.0", api, &["-Wl,-soname,libpython9.9.so.1.0"]);
    project.write("shared.c", "void PyErr_SetString(void); int main(void) { PyErr_SetString(); }");
    project.write("bin/.keep", "");
    let library = "lib/libpython9.9.so.1.0";
    project.run("cc", &["shared.c", library, "-Wl,-rpath,$ORIGIN/../lib", "-o", "bin/shared"]);
    project.run("ln", &["-s", "bin/shared", "venv-python"]);
    let python = Python::pretended(project.root().join("venv-python"));
    assert_eq!(project.verify(&python), Ok(vec![]));

    // Known to be without the second function.
    project.write("old.c", "void PyErr_SetString(void) {} int main(void) { return 0; }");
    project.run("cc", &["-rdynamic", "old.c", "-o", "old"]);
    let python = Python::pretended(project.root().join("old"));
    assert!(project.refused(&python).message.ends_with("`PyFoo_Bar`"));

    // Nothing to read: the names have to do, and only names like Python's.
    let python = Python::pretended(project.root().join("foo_build.py"));
    assert_eq!(project.verify(&python), Ok(vec![]));
}

#[test]
fn an_embedding_library_finds_the_libpython_that_runs() {
    // Linked without the build machine's rpath: Python itself has the library loaded.
    let mut named = ["python3", "/usr/bin/python3"].into_iter().filter_map(Python::named);
    let Some(python) = named.find(|python| python.sysconfig.enable_shared) else {
        skip("a Python with a shared libpython");
        return;
    };
    let code = "void Py_InitializeEx(int);\nvoid f(void) { Py_InitializeEx(0); }";
    let project = Project::new("", code);
    let sysconfig = &python.sysconfig;
    let folder = sysconfig.libdir.as_ref().unwrap();
    let library = folder.join(sysconfig.instsoname.as_ref().unwrap());
    project.link(&[library.to_str().unwrap()]);
    assert_eq!(project.verify(&python), Ok(vec![]));
}

#[test]
fn a_sanitizer_is_a_warning() {
    let mut project = Project::new("", "");
    project.objects.clear();
    let code = "void __asan_init(void);\nvoid __ubsan_handle_add_overflow(void);\n\
                void f(void) { __asan_init(); __ubsan_handle_add_overflow(); }";
    project.compile("build/_foo.c", code, &[]);
    project.link(&[]);
    let warnings = project.verify(&Python::on_path()).unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("sanitizer") && warnings[0].contains("LD_PRELOAD"),
        "{warnings:?}"
    );
}

#[test]
fn clang_leaves_sanitizers_to_the_executable() {
    let project = Project::new("", "int *p;\nint f(int i) { return p[i] + i; }");
    let source = ["-fPIC", "-shared", "build/_foo.c", "-o", EXTENSION];
    let sanitized = [&source[..], &["-fsanitize=address,undefined"]].concat();
    if !are_there(&["clang"]) {
        return;
    }
    // Its sanitizers come in a package of their own (Debian's libclang-rt-dev).
    let tried = Command::new("clang").args(&sanitized).current_dir(project.root()).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        skip("the sanitizers of clang");
        return;
    }
    project.run("clang", &source);
    assert_eq!(project.verify(&Python::on_path()), Ok(vec![]));
    project.run("clang", &sanitized);
    let warnings = project.verify(&Python::on_path()).unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("sanitizer"), "{warnings:?}");
}

#[test]
fn a_static_library_is_searched_for_users() {
    let mut project = Project::new("", "int inner(void);\nint f(void) { return inner(); }");
    project.write("inner.c", "int lost(void);\nint inner(void) { return lost(); }");
    project.run("cc", &["-fPIC", "-c", "inner.c", "-o", "inner.o"]);
    project.run("ar", &["rcs", "libinner.a", "inner.o"]);
    project.spec.extra_objects.push("libinner.a".into());
    project.link(&["libinner.a"]);
    let parts = project.refused(&Python::on_path());
    assert_eq!(parts.notes[0], "`lost` is used by `libinner.a`");
}

#[test]
fn a_file_that_is_cut_short_is_called_damaged() {
    let project = Project::new("", "int x;");
    project.link(&[]);
    let path = project.root().join(EXTENSION);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(project.refused(&Python::on_path()).message.contains("damaged"));
    std::fs::remove_file(&path).unwrap();
    assert!(project.refused(&Python::on_path()).message.starts_with("cannot read"));
}

#[test]
fn a_file_that_python_cannot_start_is_refused() {
    let own = "void *PyInit__foo(void) { return 0; }";
    let table: [(&str, &str, &[&str], &str); 5] = [
        ("_foo", "void *PyInit__bar(void) { return 0; }", &[], "exports `PyInit__bar`"),
        ("_foo", "int f(void) { return 0; }", &[], "no source defines it"),
        ("_foo", own, &["-Wl,--version-script=hide.map"], "--version-script"),
        (
            "_foo",
            "__attribute__((visibility(\"hidden\"))) void *PyInit__foo(void) { return 0; }",
            &[],
            "-fvisibility=hidden",
        ),
        ("pkg._f\u{e9}", own, &[], "exports `PyInit__foo`"),
    ];
    for (name, code, flags, cause) in table {
        let mut project = Project::new("", code);
        project.init = InitFunction::Required;
        project.spec.name = ModuleName::new(name).unwrap();
        project.write("hide.map", "{ local: *; };");
        project.link(flags);
        let parts = project.refused(&Python::on_path());
        let wanted = if name.is_ascii() { "`PyInit__foo`" } else { "`PyInitU_...`" };
        assert!(parts.message.contains(&format!("`{name}`")), "{parts:?}");
        assert!(parts.message.contains(wanted), "{parts:?}");
        let said = format!("{:?} {:?}", parts.notes, parts.hints);
        assert!(said.contains(cause), "{said}");
    }
}

#[test]
fn what_starts_a_module() {
    let table = [
        ("_foo", "PyInit__foo", "cpython"),
        ("pkg._foo", "PyInit__foo", "cpython"),
        ("_foo", "_cffi_pypyinit__foo", "pypy"),
        ("_foo", "PyInit__foo", "pypy"),
        ("_f\u{e9}", "PyInitU__f_dma", "cpython"),
    ];
    for (name, function, implementation) in table {
        let mut project = Project::new("", &format!("void *{function}(void) {{ return 0; }}"));
        project.init = InitFunction::Required;
        project.spec.name = ModuleName::new(name).unwrap();
        project.link(&[]);
        let mut python = Python::on_path();
        python.interpreter.implementation = implementation.into();
        assert_eq!(project.verify(&python), Ok(vec![]), "{name} {function}");
    }
}

#[test]
fn a_file_for_another_machine_is_refused() {
    let python = Python::on_path();
    if !python.interpreter.platform.starts_with("linux-") {
        skip("a Python on Linux");
        return;
    }
    // The numbers of machines in ELF: 8 is MIPS, 22 s390x, 243 RISC-V.
    for (number, name) in [(8_u16, "machine 8"), (22, "s390x"), (243, "RISC-V")] {
        let project = Project::new("", "int x;");
        project.link(&[]);
        let path = project.root().join(EXTENSION);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[18..20].copy_from_slice(&number.to_ne_bytes());
        std::fs::write(&path, bytes).unwrap();
        let parts = project.refused(&python);
        assert!(parts.message.contains("`_foo`") && parts.message.contains(name), "{parts:?}");
        assert!(parts.message.contains("this Python for "), "{parts:?}");
        // Where the platform is that machine, the executable only stands in for another Python.
        let mut cross = Python::named("python3").unwrap();
        cross.interpreter.platform = "linux-s390x".into();
        assert_eq!(project.verify(&cross).is_ok(), number == 22);
    }
}
