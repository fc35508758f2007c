//! Programs of this machine that a test, or a case of one, cannot do without.

use std::io::Write;

/// Says who is skipped, and for want of what. CI installs all that tests need, so there it fails.
#[track_caller]
pub fn skip(needs: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let is_ci = std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false");
    assert!(!is_ci, "{test} needs {needs}, which CI should have");
    // Not `eprintln!`: what that says is shown of failed tests only.
    let _ = writeln!(std::io::stderr(), "skipped: {test} needs {needs}");
}

/// Whether all of these programs are there; if not, it is a skip.
#[track_caller]
pub fn are_there(programs: &[&str]) -> bool {
    let missing = |name: &&&str| which::which(name).is_err();
    let missing: Vec<&str> = programs.iter().filter(missing).copied().collect();
    if !missing.is_empty() {
        skip(&missing.join(", "));
    }
    missing.is_empty()
}

/// The same for the words of a compiler's command, and its compiler of C++ where `suffix` is not `.c`.
#[track_caller]
pub fn compiler_is_there(command: &str, suffix: &str) -> bool {
    let mut programs: Vec<&str> = command.split(' ').collect();
    if suffix != ".c" {
        programs.push(if command.ends_with("clang") { "clang++" } else { "g++" });
    }
    are_there(&programs)
}
