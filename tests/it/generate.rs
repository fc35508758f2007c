//! Builders, run for real. `OFFICINA_TEST_PYTHON` names an interpreter that has cffi.
#![allow(clippy::unwrap_used)] // test code, in functions that clippy does not see as tests

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use officina::engine::cache::ActionCache;
use officina::engine::jobserver::Jobs;
use officina::error::Error;
use officina::model::{
    Abi, Builder, BuilderEntry, BuilderWork, Detail, Environment, ExtensionSpec, Host, Interpreter,
    LimitedApi, Macro, Module, ModuleId, SourceText,
};
use officina::report::{self, Console};
use officina::steps::builder::spec::Rules;
use officina::steps::builder::{self, BuilderContext};

const PYTHON_PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/build_backend/officina");

fn python() -> String {
    std::env::var("OFFICINA_TEST_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// What `_interpreter.py` says about the interpreter of these tests.
fn interpreter() -> Interpreter {
    let code = "import json, sys; sys.path.insert(0, sys.argv[1]); \
                from officina import _interpreter; print(json.dumps(_interpreter.identity()))";
    let package = concat!(env!("CARGO_MANIFEST_DIR"), "/build_backend");
    let output = Command::new(python()).args(["-B", "-c", code, package]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"))
}

/// A project with builder scripts, and the entries of its `cffi_modules`.
struct Project {
    root: tempfile::TempDir,
    pyproject: Arc<SourceText>,
    builders: Vec<Builder>,
    ext_package: Option<String>,
    jobs: Option<usize>,
    makeflags: String,
}

impl Project {
    /// Files as `(path, text)`; entries as `script:object`, each on a line of its own.
    fn new(files: &[(&str, &str)], entries: &[&str]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let lines: String = entries.iter().map(|entry| format!("  \"{entry}\",\n")).collect();
        let text = format!("[tool.officina]\ncffi_modules = [\n{lines}]\n");
        let pyproject = Arc::new(SourceText { name: "pyproject.toml".into(), text });
        let mut builders: Vec<Builder> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let quoted = format!("\"{entry}\"");
            let start = pyproject.text.find(&quoted).unwrap();
            let (script, object) = entry.split_once(':').unwrap();
            let entry = BuilderEntry {
                module: ModuleId(index),
                object: object.to_owned(),
                optional: false,
                source: Arc::clone(&pyproject),
                span: start..start + quoted.len(),
            };
            match builders.iter_mut().find(|builder| builder.script() == Some(Path::new(script))) {
                Some(builder) => builder.entries.push(entry),
                None => builders.push(Builder {
                    work: BuilderWork::Script(script.into()),
                    entries: vec![entry],
                }),
            }
        }
        Project {
            root,
            pyproject,
            builders,
            ext_package: None,
            jobs: Some(1),
            makeflags: String::new(),
        }
    }

    fn output(&self) -> PathBuf {
        self.root.path().join("generated")
    }

    fn run(&self) -> Result<Vec<Module>, Error> {
        let interpreter = interpreter();
        let host = Host {
            executable: interpreter.executable.clone(),
            python_package: PYTHON_PACKAGE.into(),
            sys_path: Vec::new(),
        };
        let environment = std::env::vars_os().collect::<Environment>().with(&BTreeMap::from([
            ("OFFICINA_CHANGED".to_owned(), Some("before".to_owned())),
            ("OFFICINA_REMOVED".to_owned(), Some("before".to_owned())),
            ("MAKEFLAGS".to_owned(), Some(self.makeflags.clone())),
        ]));
        let context = BuilderContext {
            root: self.root.path(),
            source_root: &self.root.path().join("src"),
            pyproject: &self.pyproject,
            rules: Rules {
                interpreter: &interpreter,
                limited_api: LimitedApi::FromRequiresPython,
                ext_package: self.ext_package.as_deref(),
            },
            host: &host,
            environment: &environment,
            output: self.output(),
            jobs: &Jobs::new(self.jobs, &environment),
            cache: &ActionCache::default(),
            console: Console { detail: Detail::Steps },
            literals: None,
            target: None,
        };
        Ok(builder::run_all(&self.builders, &context)?.modules)
    }

    fn names(&self) -> Vec<String> {
        self.run().unwrap().iter().map(|module| module.name().to_string()).collect()
    }

    /// The text of the error, without colours.
    fn error(&self) -> String {
        anstream::adapter::strip_str(&report::render(&self.run().unwrap_err())).to_string()
    }
}

/// A project of one script `b.py` with one entry.
fn single(script: &str, object: &str) -> Project {
    Project::new(&[("b.py", script)], &[&format!("b.py:{object}")])
}

fn extension(module: &Module) -> &ExtensionSpec {
    match module {
        Module::Extension(extension) => extension,
        Module::Python(module) => panic!("{module:?} is no extension"),
    }
}

const SIMPLE: &str = "import cffi\nffi = cffi.FFI()\nffi.cdef('int f(int);')\n";

fn simple(name: &str) -> String {
    format!("{SIMPLE}ffi.set_source('{name}', 'static int f(int x) {{ return x; }}')\n")
}

#[test]
fn an_ffi_becomes_an_extension_with_its_arguments() {
    let script = format!(
        "{SIMPLE}macros = [('A', 1)]\nffi.set_source('pkg._foo', '/* \\u00e9 */ int f(int);', sources=('a.c', '../b.c'), \
         libraries=None, define_macros=macros, undef_macros=['U'], include_dirs='inc')\n\
         ffi.set_unicode(True)\nassert macros == [('A', 1)]\n"
    );
    let project = single(&script, "ffi");
    let modules = project.run().unwrap();
    let spec = extension(&modules[0]);
    assert_eq!(spec.name.as_str(), "pkg._foo");
    assert_eq!(spec.generated_source, Some(project.output().join("pkg._foo.c")));
    assert_eq!(spec.sources, ["a.c", "../b.c"].map(PathBuf::from));
    assert_eq!(spec.include_dirs, [PathBuf::from("inc")]);
    let define = |name: &str| Macro::Define(name.into(), Some("1".into()));
    let unicode = [define("A"), define("UNICODE"), define("_UNICODE")];
    assert_eq!(spec.macros[..3], unicode);
    assert_eq!(spec.macros.last(), Some(&Macro::Undefine("U".into())));
    let text = std::fs::read_to_string(spec.generated_source.as_ref().unwrap()).unwrap();
    assert!(text.contains("/* é */") && !text.contains('\r'));
    let interpreter = interpreter();
    if interpreter.is_cpython() && !interpreter.free_threaded && !interpreter.debug {
        assert_eq!(spec.abi, Abi::Limited { minimum: None });
    }
}

#[test]
fn a_script_runs_once_for_all_its_entries_which_keep_their_order() {
    let counted = "open('runs', 'a').write('x')\nimport cffi\ndef make(name):\n    ffi = cffi.FFI()\n    \
         ffi.cdef('int x;')\n    ffi.set_source(name, None)\n    return ffi\n\
         one = make('one')\ndef three(): return make('three')\n";
    let project = Project::new(
        &[("a.py", counted), ("b.py", &simple("two"))],
        &["a.py:one", "b.py:ffi", "a.py:three"],
    );
    assert_eq!(project.names(), ["one", "two", "three"]);
    assert_eq!(std::fs::read_to_string(project.root.path().join("runs")).unwrap(), "x");
}

#[test]
fn abi_mode_makes_a_python_file_and_bare_names_get_the_package() {
    let script = "import cffi\nffi = cffi.FFI()\nffi.cdef('int x;')\nffi.set_source('_m', None)\n";
    let mut project =
        Project::new(&[("a.py", script), ("b.py", &simple("p._x"))], &["a.py:ffi", "b.py:ffi"]);
    project.ext_package = Some("pkg".into());
    let modules = project.run().unwrap();
    let Module::Python(module) = &modules[0] else { panic!("{modules:?}") };
    assert_eq!(module.name.as_str(), "pkg._m");
    assert_eq!(module.path, project.output().join("_m.py"));
    assert_eq!(modules[1].name().as_str(), "p._x");
}

#[test]
fn builders_find_siblings_and_their_project_and_are_not_imported() {
    let script = "import sibling, top, json\nassert json.__file__ != 'x'\n\
                  assert __name__ == '__cffi__', __name__\n\
                  assert __file__ == 'tools/b.py', __file__\n\
                  import os\nassert os.path.exists('top.py')\n\
                  import sys\nassert not any(p.endswith('officina') for p in sys.path)\n";
    let project = Project::new(
        &[
            ("tools/b.py", &format!("{script}{}", simple("m"))),
            ("tools/sibling.py", "import inside"),
            ("tools/json.py", "raise RuntimeError('shadowed')"),
            ("tools/pycparser.py", "raise RuntimeError('shadowed')"),
            ("top.py", ""),
            ("src/inside.py", ""),
        ],
        &["tools/b.py:ffi"],
    );
    assert_eq!(project.names(), ["m"]);
    assert!(!project.root.path().join("__pycache__").exists());
    assert!(!project.root.path().join("tools/__pycache__").exists());
}

#[test]
fn classes_of_a_builder_find_their_module() {
    let script = "from __future__ import annotations\nimport dataclasses, pickle\n\
                  @dataclasses.dataclass\nclass Part:\n    header: str\n\
                  assert pickle.loads(pickle.dumps(Part('x.h'))) == Part('x.h')\n";
    let project = Project::new(&[("b.py", &format!("{script}{}", simple("m")))], &["b.py:ffi"]);
    assert_eq!(project.names(), ["m"]);
}

#[test]
fn what_a_builder_does_to_the_environment_stays_with_its_modules() {
    let changing = format!(
        "import os\nos.environ['CC'] = 'my cc'\nos.environ['OFFICINA_CHANGED'] = 'after'\n\
         del os.environ['OFFICINA_REMOVED']\n{}",
        simple("a")
    );
    let project =
        Project::new(&[("a.py", &changing), ("b.py", &simple("b"))], &["a.py:ffi", "b.py:ffi"]);
    let modules = project.run().unwrap();
    let some = |text: &str| Some(text.to_owned());
    let expected = BTreeMap::from([
        ("CC".to_owned(), some("my cc")),
        ("OFFICINA_CHANGED".to_owned(), some("after")),
        ("OFFICINA_REMOVED".to_owned(), None),
    ]);
    assert_eq!(extension(&modules[0]).environment, expected);
    assert_eq!(extension(&modules[1]).environment, BTreeMap::new());
}

#[test]
fn several_builders_run_side_by_side_whatever_they_print() {
    let noisy = |name: &str, other: &str| {
        format!(
            "import os, sys, time\nopen('{name}', 'w').close()\n\
             for _ in range(1000):\n    if os.path.exists('{other}'): break\n    time.sleep(0.01)\n\
             else: raise SystemExit('alone')\nsys.stdout.write('x' * 300000 + '\\n')\n{}",
            simple(name)
        )
    };
    let mut project = Project::new(
        &[("a.py", &noisy("a", "b")), ("b.py", &noisy("b", "a"))],
        &["a.py:ffi", "b.py:ffi"],
    );
    project.jobs = Some(2);
    assert_eq!(project.names(), ["a", "b"]);
}

#[cfg(unix)]
#[test]
fn builders_take_turns_where_make_has_one_job_only() {
    let alone = |name: &str| {
        format!(
            "import os, time\nos.close(os.open('running', os.O_CREAT | os.O_EXCL))\n\
             time.sleep(0.1)\nos.remove('running')\n{}",
            simple(name)
        )
    };
    let files = [("a.py", &*alone("a")), ("b.py", &alone("b"))];
    let mut project = Project::new(&files, &["a.py:ffi", "b.py:ffi"]);
    let server = project.root.path().join("server");
    rustix::fs::mkfifoat(rustix::fs::CWD, &server, 0o600.into()).unwrap();
    project.makeflags = format!("-j1 --jobserver-auth=fifo:{}", server.display());
    project.jobs = None;
    assert_eq!(project.names(), ["a", "b"]);
}

#[test]
fn embedding_brings_libpython() {
    let script = "import cffi\nffi = cffi.FFI()\nffi.embedding_api('int f(int);')\n\
                  ffi.embedding_init_code('pass')\nffi.set_source('_e', '')\n";
    let modules = single(script, "ffi").run().unwrap();
    let spec = extension(&modules[0]);
    assert_eq!(spec.abi, Abi::Embedding);
    assert!(spec.libraries.iter().any(|name| name.starts_with("py")), "{:?}", spec.libraries);
}

/// The message, and the column of the entry.
fn assert_error(script: &str, object: &str, wanted: &[&str]) {
    assert_error_at("pyproject.toml:3:3", script, object, wanted);
}

/// The message, and where it points.
fn assert_error_at(place: &str, script: &str, object: &str, wanted: &[&str]) {
    let error = single(script, object).error();
    for part in wanted.iter().chain(&[place]) {
        assert!(error.contains(part), "{part:?} is not in:\n{error}");
    }
}

#[test]
fn wrong_entries_are_named_with_what_is_near() {
    assert_error(&simple("m"), "ff", &["error: no object `ff` in `b.py`", "mean `ffi`?"]);
    assert_error(&simple("m"), "builder", &["its FFI objects are: `ffi`"]);
    assert_error("x = 3", "x", &["`x` in `b.py` is of type `int`, not an `FFI`"]);
    assert_error("def x(): pass", "x", &["`x()` in `b.py` returned a `NoneType`", "return ffi"]);
    assert_error(SIMPLE, "ffi", &["`ffi` in `b.py` makes no module", "`set_source()` was not"]);
    assert_error(&simple("my-mod"), "ffi", &["`my-mod`", "is not the name of a module"]);
}

#[test]
fn whatever_ends_a_builder_is_named() {
    let (raises, undeclared) =
        ("def f():\n  {}['k']\n", "import cffi\nffi = cffi.FFI()\nffi.cdef('foo_t f();')\n");
    let parsing = ["the builder `b.py` failed: cffi.CDefError: cannot parse"];
    let missing = ["No module named 'nothing_here'", "requires"];
    assert_error_at("b.py:1:1", "1/0", "ffi", &["the builder `b.py` failed: ZeroDivisionError"]);
    assert_error_at("b.py:2:3", raises, "f", &["`f()` in `b.py` failed: KeyError: 'k'"]);
    assert_error_at("b.py:1:1", "if :", "ffi", &["`b.py` is not valid Python: SyntaxError"]);
    assert_error_at("b.py:1:1", "import nothing_here", "ffi", &missing);
    assert_error_at("b.py:3:11", undeclared, "ffi", &parsing);
    let silent = ["called `sys.exit(0)` before", "__main__"];
    assert_error_at("b.py:1:1", "import sys; sys.exit(0)", "ffi", &silent);
    assert_error_at(
        "b.py:1:1",
        "import sys; sys.exit('no')",
        "ffi",
        &["called `sys.exit()` before"],
    );
    assert_error("import os; os._exit(3)", "ffi", &["ended its process", "exit code 3"]);
}

#[test]
fn of_several_failures_the_first_is_the_error_and_the_others_are_noted() {
    let wrong = |name: &str| format!("{SIMPLE}ffi.set_source('{name}', '', libraries=3)\n");
    let files = [("a.py", simple("a")), ("b.py", wrong("b")), ("c.py", wrong("c"))];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
    let error = Project::new(&files, &["a.py:ffi", "b.py:ffi", "c.py:ffi"]).error();
    let (first, notes) = error.split_once("note: also, ").unwrap();
    assert!(first.contains("`b.py`") && first.contains("pyproject.toml:4:3"), "{error}");
    assert!(notes.contains("`libraries` of `c`") && !notes.contains("also, "), "{error}");
}

#[cfg(unix)]
#[test]
fn a_crash_is_named_by_its_signal() {
    let crash = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)";
    assert_error(crash, "ffi", &["the builder `b.py` crashed: signal 11 (SIGSEGV)"]);
    let late = format!(
        "{}import atexit, os, signal\natexit.register(os.kill, os.getpid(), signal.SIGABRT)",
        simple("m")
    );
    assert_error(&late, "ffi", &["made its modules, but its process failed: signal 6"]);
}

#[test]
fn a_script_that_is_not_utf8_or_cannot_be_read() {
    let project = single("", "ffi");
    std::fs::write(project.root.path().join("b.py"), b"x = '\xff'\n").unwrap();
    let error = project.error();
    assert!(error.contains("`b.py` is not valid Python: SyntaxError"), "{error}");
    std::fs::remove_file(project.root.path().join("b.py")).unwrap();
    std::fs::create_dir(project.root.path().join("b.py")).unwrap();
    let error = project.error();
    assert!(error.contains("cannot read the builder `b.py`: "), "{error}");
}

#[test]
fn two_entries_with_one_module_are_both_named() {
    let project =
        Project::new(&[("a.py", &simple("m")), ("b.py", &simple("m"))], &["a.py:ffi", "b.py:ffi"]);
    let error = project.error();
    let wanted = "error: two entries make the module `m`: `a.py:ffi` and `b.py:ffi`";
    assert!(error.contains(wanted) && error.contains("pyproject.toml:4:3"), "{error}");
}

#[test]
fn a_traceback_shows_the_users_frames_alone() {
    let script = "def inner():\n    raise ValueError('boom')\ndef make():\n    inner()\n";
    let project = single(script, "make");
    let (output, _) = run_builder(&project, "make", false);
    let stderr = String::from_utf8_lossy(&output.stderr).replace("\r\n", "\n");
    let first = "Traceback (most recent call last):\n  File \"b.py\", line 4, in make\n";
    assert!(stderr.starts_with(first), "{stderr}");
    assert!(stderr.trim_end().ends_with("ValueError: boom"), "{stderr}");
    assert!(!stderr.contains("_run_builder"), "{stderr}");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
}

#[test]
fn what_the_project_asks_of_this_machine_is_told_and_not_what_installed_packages_ask() {
    let script = "import os, platform, sys, sysconfig\n\
                  lib = os.path.join(sys.path[0], '.venv/lib')\n\
                  sys.path += [lib + '/python3.11/site-packages', lib + '/python3/dist-packages']\n\
                  import installed, packaged, vendored, _questions, _seen\n\
                  platform.machine()\n\
                  for name in ('CC', 'CC'): sysconfig.get_config_var(name=name)\n\
                  platform.python_version()\n\
                  assert _questions.MINE and _seen.MINE\n";
    let asks = "import platform, sysconfig\nplatform.machine()\nsysconfig.get_config_vars()\n";
    let project = Project::new(
        &[
            ("b.py", &format!("{script}{}", simple("m"))),
            (".venv/lib/python3.11/site-packages/installed/__init__.py", asks),
            (".venv/lib/python3/dist-packages/packaged.py", asks),
            ("vendored.py", asks),
            ("_questions.py", "MINE = True\n"),
            ("_seen.py", "MINE = True\n"),
        ],
        &["b.py:ffi"],
    );
    let told = |is_cross| {
        let (output, answer) = run_builder(&project, "ffi", is_cross);
        assert!(output.status.success(), "{output:?}");
        let asked = answer["done"]["inputs"]["asked_of_host"].as_array().unwrap().clone();
        asked.iter().map(|said| said.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let expected = [
        "platform.machine() in vendored.py, line 2",
        "sysconfig.get_config_vars() in vendored.py, line 3",
        "platform.machine() in b.py, line 5",
        "sysconfig.get_config_var() in b.py, line 6",
    ];
    assert_eq!(told(true), expected);
    assert!(told(false).is_empty());
}

/// What `b.py` says in a Python of its own, and the answer.
fn run_builder(project: &Project, object: &str, is_cross: bool) -> (Output, serde_json::Value) {
    let (root, control) = (project.root.path(), tempfile::tempdir().unwrap());
    let question = serde_json::json!({
        "protocol": builder::answer::PROTOCOL, "root": root, "script": "b.py", "objects": [object],
        "sys_path": [], "paths": [root], "output": root, "kept": root.join("kept"), "is_cross": is_cross,
    });
    std::fs::write(control.path().join("builder.json"), question.to_string()).unwrap();
    let file = Path::new(PYTHON_PACKAGE).join("_run_builder.py");
    let command = [Path::new("-u"), Path::new("-B"), &file, control.path()];
    let output = Command::new(python()).args(command).current_dir(root).output().unwrap();
    let answer = std::fs::read(control.path().join("modules.json")).unwrap();
    (output, serde_json::from_slice(&answer).unwrap())
}
