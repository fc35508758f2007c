//! How a program ended, in words.

use std::process::ExitStatus;

/// A status in words: `exit code 2`, `signal 11 (SIGSEGV)`.
#[cfg(unix)]
pub fn describe_status(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}{}", signal_name(signal)),
        (None, None) => "an unknown status".into(),
    }
}

/// A status in words: `exit code 2`, `signal 11 (SIGSEGV)`.
#[cfg(not(unix))]
pub fn describe_status(status: ExitStatus) -> String {
    status.code().map_or_else(|| "an unknown status".into(), |code| format!("exit code {code:#x}"))
}

#[cfg(unix)]
fn signal_name(signal: i32) -> &'static str {
    match signal {
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL: often the system ran out of memory)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    }
}
