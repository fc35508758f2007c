//! A builder that runs for somebody else's program. `OFFICINA_TEST_PYTHON` names an interpreter
//! that has cffi.
#![allow(clippy::unwrap_used)] // test code, in functions that clippy does not see as tests

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use officina::error::Result;
use officina::model::{
    Builder, BuilderEntry, BuilderWork, Environment, LimitedApi, ModuleId, PythonVersion,
    SourceText,
};
use officina::steps::builder::guest::{self, GuestAnswer, GuestRequest};

fn python() -> OsString {
    std::env::var_os("OFFICINA_TEST_PYTHON").unwrap_or_else(|| "python3".into())
}

fn run(folder: &Path, script: &str) -> Result<GuestAnswer> {
    let folder = folder.canonicalize().unwrap();
    std::fs::write(folder.join("build_x.py"), script).unwrap();
    let declared_in = Arc::new(SourceText { name: "a test".into(), text: "build_x.py:ffi".into() });
    let entry = BuilderEntry {
        module: ModuleId(0),
        object: "ffi".into(),
        optional: false,
        source: Arc::clone(&declared_in),
        span: 0..0,
    };
    let work = BuilderWork::Script("build_x.py".into());
    let python = python();
    let environment: Environment = std::env::vars_os().collect();
    guest::run(&GuestRequest {
        python: &python,
        builder: &Builder { work, entries: vec![entry] },
        declared_in: &declared_in,
        root: &folder,
        folder: &folder.join("out"),
        environment: &environment,
        no_python: "name another one",
    })
}

/// A builder that prints its name on both streams, reads a file beside it and makes `_x`.
fn script(name: &str) -> String {
    format!(
        "import os, sys, cffi\n\
         print('{name}, on stdout')\n\
         print('{name}, on stderr', file=sys.stderr)\n\
         open('data.txt').close()\n\
         os.environ.get('FLAVOUR')\n\
         ffi = cffi.FFI()\n\
         ffi.cdef('int f(void);')\n\
         ffi.set_source('pkg._x', 'static int f(void) {{ return 1; }}', libraries=['m'])\n"
    )
}

#[test]
fn a_guest_gets_all_as_values() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.txt"), "").unwrap();
    let answer = run(folder.path(), &script("one")).unwrap();
    assert_eq!(answer.said, "one, on stdout\none, on stderr\n");
    assert!(answer.interpreter.version >= PythonVersion(3, 9));
    assert!(answer.sysconfig.include_dirs.iter().any(|folder| folder.join("Python.h").is_file()));
    assert!(answer.prefixes.iter().all(|prefix| prefix.is_dir()) && !answer.prefixes.is_empty());
    let root = folder.path().canonicalize().unwrap();
    for file in ["build_x.py", "data.txt"] {
        assert!(answer.inputs().files.contains(&root.join(file)), "{:?}", answer.inputs().files);
    }
    assert!(answer.inputs().environment.contains("FLAVOUR"));
    let own = root.join("out");
    assert!(!answer.inputs().files.iter().any(|file| file.starts_with(&own)));
    let (modules, warnings) = answer.modules(&answer.interpreter, LimitedApi::Off).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    let spec = modules[0].extension().unwrap();
    assert_eq!((spec.name.as_str(), &spec.libraries), ("pkg._x", &vec!["m".to_owned()]));
    assert!(spec.generated_source.as_ref().unwrap().is_file());
    assert!(!own.join("control").exists());
}

#[test]
fn guests_know_nothing_of_each_other() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    std::thread::scope(|scope| {
        let runs: Vec<_> = folders
            .iter()
            .enumerate()
            .map(|(number, folder)| {
                std::fs::write(folder.path().join("data.txt"), "").unwrap();
                scope.spawn(move || run(folder.path(), &script(&number.to_string())))
            })
            .collect();
        for (number, run) in runs.into_iter().enumerate() {
            let said = run.join().unwrap().unwrap().said;
            assert_eq!(said, format!("{number}, on stdout\n{number}, on stderr\n"));
        }
    });
}

#[test]
fn a_failure_holds_all_that_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let error = run(folder.path(), &script("one")).unwrap_err(); // there is no data.txt
    let said = error.parts().output.clone().unwrap();
    assert!(said.starts_with("one, on stdout\none, on stderr\nTraceback"), "{said}");
    assert!(said.contains("open('data.txt').close()"), "{said}");
    assert!(error.to_string().starts_with("the builder `build_x.py` failed: FileNotFoundError"));
}

#[test]
fn what_a_builder_leaves_behind_does_not_hold_up_its_guest() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.txt"), "").unwrap();
    // Its folder goes with its process, which therefore stays until this one ends.
    let text = script("one").replace("libraries=", "include_dirs=[kept.name], libraries=");
    let text = text.replace(
        "ffi = cffi",
        "import tempfile\nkept = tempfile.TemporaryDirectory()\n\
         open(os.path.join(kept.name, 'own.h'), 'w').close()\nffi = cffi",
    );
    let answer = run(folder.path(), &text).unwrap();
    let (modules, _) = answer.modules(&answer.interpreter, LimitedApi::Off).unwrap();
    let includes = &modules[0].extension().unwrap().include_dirs;
    let header = includes[0].join("own.h");
    assert!(header.is_file() || cfg!(windows), "{}", header.display());
}

#[test]
fn an_editable_package_that_a_builder_imports_is_not_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.txt"), "").unwrap();
    let finder = concat!(env!("CARGO_MANIFEST_DIR"), "/build_backend/officina/_editable.py");
    for (path, text) in [
        ("_officina_editable_x.py", std::fs::read_to_string(finder).unwrap().as_str()),
        ("_officina_editable_x/built.py", "LIBRARY = 'z'\n"),
        ("_officina_rebuild_x/inputs", "no such line\n"), // something has changed
        ("_officina_rebuild_x/_rebuild.py", "def run(*_):\n    open('rebuilt', 'w').close()\n"),
    ] {
        let path = folder.path().join("site").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let import = "import sys\nsys.path.insert(0, 'site')\nimport _officina_editable_x, built\n";
    let text = script("one").replace("['m']", "[built.LIBRARY]");
    let answer = run(folder.path(), &(import.to_owned() + &text)).unwrap();
    let (modules, _) = answer.modules(&answer.interpreter, LimitedApi::Off).unwrap();
    assert_eq!(modules[0].extension().unwrap().libraries, ["z"]);
    let rebuilt = folder.path().join("rebuilt");
    assert!(!rebuilt.exists());

    let mut elsewhere = Command::new(python());
    elsewhere.args(["-B", "-c", import]).current_dir(folder.path());
    elsewhere.env_remove("OFFICINA_EDITABLE_REBUILD");
    assert!(elsewhere.status().unwrap().success() && rebuilt.exists());
}

#[test]
fn a_python_that_is_too_old_or_no_python_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let ask = |python: OsString| {
        let environment = Environment::default();
        let error = guest::run(&GuestRequest {
            python: &python,
            builder: &Builder { work: BuilderWork::Script("b.py".into()), entries: Vec::new() },
            declared_in: &Arc::new(SourceText { name: "a test".into(), text: String::new() }),
            root: &root,
            folder: &root.join("out"),
            environment: &environment,
            no_python: "name another one",
        })
        .map(drop)
        .unwrap_err();
        (error.to_string(), error.parts().hints.clone())
    };
    let hints = vec!["name another one".to_owned()];
    let missing = ask("/nowhere/python".into());
    assert!(missing.0.starts_with("cannot start `/nowhere/python`"), "{missing:?}");
    assert_eq!(missing.1, hints);
    if cfg!(unix) {
        let message = "`/bin/true` cannot say what it is: exit code 0".to_owned();
        assert_eq!(ask("/bin/true".into()), (message, hints.clone()));
    }
    let (message, others) = ask(python()); // the builder is not there
    assert!(!others.contains(&hints[0]), "{message} {others:?}");
}
