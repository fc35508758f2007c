//! A panic ends the process and what it runs.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // in the tests' own functions too

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use officina::process::{self, Invocation};

const PANICS: &str = "OFFICINA_TEST_PANICS";

#[test]
fn a_panic_ends_the_programs_that_run() {
    if std::env::var_os(PANICS).is_some() {
        panic_while_a_program_runs();
    }
    let started = Instant::now();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "panics::a_panic_ends_the_programs_that_run", "--nocapture"])
        .env(PANICS, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    // The program has this pipe too, so it ends when both have ended.
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(101), "{said}");
    assert!(said.contains("a mistake of ours"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(20), "the program went on");
}

fn panic_while_a_program_runs() -> ! {
    process::stop_on_panic();
    let (sender, runs) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let file = tempfile::NamedTempFile::new().unwrap();
        let script = format!("echo > '{}'; exec sleep 60", file.path().display());
        sender.send(file.path().to_path_buf()).unwrap();
        let invocation = Invocation {
            program: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            directory: std::env::current_dir().unwrap(),
            environment: std::env::vars_os().collect(),
        };
        process::run(&invocation, process::Output::Inherited)
    });
    let path = runs.recv().unwrap();
    while std::fs::metadata(&path).unwrap().len() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("a mistake of ours");
}
