//! How a program ended, in words.

use std::process::ExitStatus;

/// A status in words: `exit code 2`, `signal 11 (SIGSEGV)`, `exit code 0xc0000005 (access violation)`.
pub fn describe_status(status: ExitStatus) -> String {
    match (status.code(), signal(status)) {
        (Some(code), _) => describe_code(code),
        (None, Some(signal)) => format!("signal {signal}{}", signal_name(signal)),
        (None, None) => "an unknown status".into(),
    }
}

/// Windows has no signals: there the system ends a program with a code of its own (an `NTSTATUS`).
/// Those have their highest bits set, and are written in hexadecimal wherever they are explained.
fn describe_code(code: i32) -> String {
    if code >= 0 {
        return format!("exit code {code}");
    }
    let number = code.cast_unsigned();
    format!("exit code {number:#010x}{}", status_name(number))
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

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

fn status_name(status: u32) -> &'static str {
    match status {
        0xc000_0005 => " (access violation)",
        0xc000_0017 => " (no memory)",
        0xc000_001d => " (illegal instruction)",
        0xc000_0094 => " (division by zero)",
        0xc000_00fd => " (stack overflow)",
        0xc000_0135 => " (a DLL is missing)",
        0xc000_0139 => " (a DLL lacks a function)",
        0xc000_013a => " (Ctrl-C)",
        0xc000_0142 => " (a DLL failed as it was loaded)",
        0xc000_0374 => " (heap corruption)",
        0xc000_0409 => " (aborted)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_codes_are_numbers_and_those_of_windows_have_names() {
        for (code, expected) in [
            (0, "exit code 0"),
            (2, "exit code 2"),
            (255, "exit code 255"),
            (0xc000_0005_u32.cast_signed(), "exit code 0xc0000005 (access violation)"),
            (0xc000_0135_u32.cast_signed(), "exit code 0xc0000135 (a DLL is missing)"),
            (0xc000_0409_u32.cast_signed(), "exit code 0xc0000409 (aborted)"),
            (-1, "exit code 0xffffffff"),
        ] {
            assert_eq!(describe_code(code), expected);
        }
    }

    #[test]
    #[cfg(unix)]
    fn signals_have_names() {
        use std::os::unix::process::ExitStatusExt;
        for (raw, expected) in [
            (0, "exit code 0"),
            (3 << 8, "exit code 3"),
            (11, "signal 11 (SIGSEGV)"),
            (128 + 6, "signal 6 (SIGABRT)"),
            (40, "signal 40"),
        ] {
            assert_eq!(describe_status(ExitStatus::from_raw(raw)), expected);
        }
    }
}
