//! The Python hooks, with an executable that only records and answers.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // test code, in functions that clippy does not see as tests

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rustix::process::Signal;

fn python() -> String {
    std::env::var("OFFICINA_TEST_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// A copy of the package beside a shell script in place of the executable; `$2` is the control
/// folder, `$HERE` a folder of the test's own.
fn package(script: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("officina");
    std::fs::create_dir_all(folder.path().join("tmp")).unwrap();
    std::fs::create_dir(&package).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build_backend/officina");
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|suffix| suffix == "py") {
            std::fs::copy(&path, package.join(path.file_name().unwrap())).unwrap();
        }
    }
    if let Some(script) = script {
        let path = executable(&folder);
        let here = folder.path().display();
        std::fs::write(&path, format!("#!/bin/sh\nHERE={here}\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

fn executable(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("officina/officina")
}

fn call(folder: &tempfile::TempDir, expression: &str) -> Output {
    command(folder, &format!("import officina; print(officina.{expression})")).output().unwrap()
}

fn command(folder: &tempfile::TempDir, code: &str) -> Command {
    let mut command = Command::new(python());
    command
        .args(["-B", "-c", code])
        .current_dir(folder.path())
        .env("PYTHONPATH", folder.path())
        .env("TMPDIR", folder.path().join("tmp"));
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn left_behind(folder: &tempfile::TempDir) -> usize {
    std::fs::read_dir(folder.path().join("tmp")).unwrap().count()
}

const ANSWER: &str = r#"cp "$2/request.json" "$HERE"; echo '{"protocol": 1, "result": "a.whl"}' > "$2/response.json""#;

#[test]
fn a_request_says_everything_and_stdout_stays_clean() {
    let folder = package(Some(ANSWER));
    let output = call(&folder, "build_wheel('dist', {'jobs': '2'}, None)");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "a.whl\n", "{}", stderr(&output));
    assert_eq!(left_behind(&folder), 0);
    let control = folder.path();
    let request =
        officina::cli::protocol::read_request(control, &officina::model::Environment::default())
            .unwrap();
    let root = std::fs::canonicalize(folder.path()).unwrap();
    assert_eq!(std::fs::canonicalize(&request.source_tree).unwrap(), root);
    let officina::model::Hook::BuildWheel {
        kind: officina::model::WheelKind::Standard,
        wheel_directory,
        metadata_directory,
        sysconfig,
        host,
    } = request.hook
    else {
        panic!("{:?}", request.hook)
    };
    assert!(wheel_directory.is_absolute() && wheel_directory.ends_with("dist"));
    assert_eq!(metadata_directory, None);
    assert!(sysconfig.ext_suffix.is_some_and(|suffix| suffix.ends_with(".so")));
    assert!(host.python_package.join("_run_builder.py").is_file(), "{host:?}");
    assert!(host.sys_path.iter().all(|path| Path::new(path).is_absolute()));
}

#[test]
fn the_other_hooks_read_back() {
    use officina::model::{Hook, WheelKind};
    let environment = officina::model::Environment::default();
    let folder = package(Some(ANSWER));
    for (name, kind) in [("wheel", WheelKind::Standard), ("editable", WheelKind::Editable)] {
        call(&folder, &format!("get_requires_for_build_{name}()"));
        let request = officina::cli::protocol::read_request(folder.path(), &environment).unwrap();
        assert_eq!(request.hook, Hook::GetRequiresForBuildWheel { kind });
        call(&folder, &format!("prepare_metadata_for_build_{name}(metadata_directory='/m')"));
        let request = officina::cli::protocol::read_request(folder.path(), &environment).unwrap();
        let metadata_directory = "/m".into();
        assert_eq!(request.hook, Hook::PrepareMetadataForBuildWheel { kind, metadata_directory });
    }
}

/// What an editable install keeps of itself, beside the package that stands for its rebuild folder.
const INSTALL: &str = r#"{"source_tree": "/p r", "config_settings": {"jobs": ["2"]},
    "environment": {"SEEN": "then", "UNSEEN": null}, "asked": ["MINE"], "modules": ["m.so"], "shape": "s"}"#;

fn rebuild(folder: &tempfile::TempDir) -> Output {
    std::fs::write(folder.path().join("officina/install.json"), INSTALL).unwrap();
    let code = "from officina import _rebuild; _rebuild.run('/modules', 'm')";
    command(folder, code).env("SEEN", "now").env("UNSEEN", "now").output().unwrap()
}

#[test]
fn a_rebuild_asks_for_what_the_install_was() {
    let folder =
        package(Some(&format!("echo \"$SEEN ${{UNSEEN-none}}\" > \"$HERE/env\"; {ANSWER}")));
    let output = rebuild(&folder);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(folder.path().join("env")).unwrap(), "then none\n");
    let environment = officina::model::Environment::default();
    let request = officina::cli::protocol::read_request(folder.path(), &environment).unwrap();
    assert_eq!(request.source_tree, Path::new("/p r"));
    assert_eq!(request.config.choices.jobs, Some(2));
    let officina::model::Hook::Rebuild { install, host, .. } = request.hook else {
        panic!("{:?}", request.hook)
    };
    assert_eq!((install.folder, install.modules), ("/modules".into(), vec!["m.so".to_owned()]));
    assert_eq!(install.asked, ["MINE"]);
    assert!(install.rebuild_folder.ends_with("officina"), "{:?}", install.rebuild_folder);
    assert_eq!(host.python_package, install.rebuild_folder);
}

#[test]
fn a_rebuild_that_fails_is_an_import_error_of_one_line() {
    let told = r#"echo '{"protocol": 1, "error": "no `x`"}' > "$2/response.json"; exit 1"#;
    let advice = "(mend it and import again, or run: python -m pip install -e '/p r')";
    for (script, end) in [
        (told, format!("ImportError: `m` cannot be rebuilt: no `x` {advice}\n")),
        ("kill -9 $$", format!("ImportError: `m` cannot be rebuilt: see above {advice}\n")),
        ("exit 130", "KeyboardInterrupt\n".into()),
    ] {
        let folder = package(Some(script));
        let output = rebuild(&folder);
        assert!(stderr(&output).ends_with(&end), "{}", stderr(&output));
        assert!(!output.status.success());
        assert_eq!(left_behind(&folder), 0);
    }
}

#[test]
fn the_executables_failure_ends_the_hook_without_a_traceback() {
    let folder = package(Some("echo 'error: mine' >&2; exit 7"));
    let output = call(&folder, "build_wheel('dist')");
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(7), "error: mine\n"));
    assert_eq!(left_behind(&folder), 0);
    let crashing = package(Some("kill -SEGV $$"));
    let output = call(&crashing, "build_wheel('dist')");
    assert_eq!(output.status.code(), Some(128 + 11));
    assert_eq!(stderr(&output), "error: the officina executable was ended by signal 11\n");
}

#[test]
fn an_installation_that_does_not_fit_says_how_to_mend_it() {
    let answer = |text: &str| format!("echo '{text}' > \"$2/response.json\"");
    let not_a_program = package(Some("exit 0"));
    std::fs::set_permissions(executable(&not_a_program), std::fs::Permissions::from_mode(0o644))
        .unwrap();
    let table = [
        (package(None), "error: the officina executable is missing: `"),
        (not_a_program, "error: cannot run the officina executable `"),
        (package(Some("exit 0")), "error: the officina executable ended without an answer"),
        (
            package(Some(&answer(r#"{"protocol": 9, "result": ""}"#))),
            "error: the Python files of officina speak protocol 1, its executable protocol 9",
        ),
    ];
    for (folder, message) in table {
        let output = call(&folder, "build_wheel('dist')");
        let text = stderr(&output);
        assert!(text.starts_with(message), "{text}");
        assert!(text.ends_with("pip install --force-reinstall officina\n"), "{text}");
        assert_eq!((output.status.code(), left_behind(&folder)), (Some(1), 0), "{text}");
    }
}

#[test]
fn another_protocol_is_refused_with_both_numbers() {
    let folder = package(Some(ANSWER));
    call(&folder, "get_requires_for_build_wheel()");
    let path = folder.path().join("request.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"protocol\": 1", "\"protocol\": 2")).unwrap();
    let environment = officina::model::Environment::default();
    let error = officina::cli::protocol::read_request(folder.path(), &environment).unwrap_err();
    let wanted = "the Python files of officina speak protocol 2, its executable protocol 1";
    assert_eq!(error.to_string(), wanted);
}

#[test]
fn ctrl_c_waits_for_the_executable_to_clean_up() {
    let script = "trap 'sleep 0.3; touch \"$HERE/clean\"; exit 130' INT\n\
                  touch \"$HERE/started\"; while :; do sleep 0.05; done";
    let folder = package(Some(script));
    // Who starts the tests in the background may ignore the signal, and children inherit that.
    let code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n\
                import officina; officina.build_wheel('dist')";
    let mut child = command(&folder, code).stderr(std::process::Stdio::piped()).spawn().unwrap();
    while !folder.path().join("started").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(folder.path().join("clean").exists());
    assert_eq!(left_behind(&folder), 0);
}

#[test]
fn the_command_becomes_the_executable() {
    let folder = package(Some("echo \"$@\"; exit 5"));
    let code =
        "import sys, officina._core as core; sys.argv[1:] = ['--version', 'a b']; core.main()";
    let output = command(&folder, code).output().unwrap();
    assert_eq!(output.stdout, b"--version a b\n");
    assert_eq!(output.status.code(), Some(5));
}
