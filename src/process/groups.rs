//! Process groups: a program with all that it started.

/// How a process group is ended.
#[derive(Clone, Copy)]
pub(super) enum Force {
    /// It may clean up first.
    Ask,
    /// At once.
    Kill,
}

/// Ends a process group.
#[cfg(unix)]
pub(super) fn end_group(group: u32, force: Force) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = match force {
        Force::Ask => Signal::TERM,
        Force::Kill => Signal::KILL,
    };
    if let Some(pid) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(pid, signal); // it may just have ended by itself
    }
}

/// Ends a process and what it started.
#[cfg(not(unix))]
pub(super) fn end_group(group: u32, force: Force) {
    // A console's Ctrl-C reaches the children by itself; only the stubborn need more.
    if matches!(force, Force::Kill) {
        let _ = std::process::Command::new("taskkill")
            .args(["/F", "/T", "/PID", &group.to_string()])
            .status();
    }
}
