//! Writing to the terminal: colours, and one write for each message.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::report::escape::lines;
use crate::report::progress;

pub(super) const DONE: Style = AnsiColor::Green.on_default().bold();
pub(super) const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const ALARM: Style = AnsiColor::Red.on_default().bold();
pub(super) const REMARK: Style = AnsiColor::Cyan.on_default().bold();
pub(super) const QUIET: Style = Style::new().dimmed();

/// What a command answers, on stdout: for pipes as well as for people, so whoever reads it may stop
/// reading at any time. Its lines stay, and commands to a terminal do not.
pub fn out(text: &str) {
    let stdout = anstream::AutoStream::auto(std::io::stdout());
    let _ = stdout.lock().write_all(lines(text).as_bytes());
}

/// Writes a line.
pub(super) fn line(text: &str) {
    write(&format!("{text}\n"));
}

/// One write per message, so that messages of parallel steps do not mix.
pub(super) fn write(text: &str) {
    progress::above(|| {
        let stderr = anstream::AutoStream::auto(std::io::stderr());
        // Nobody is left to tell when stderr itself is gone.
        let _ = stderr.lock().write_all(text.as_bytes());
    });
}
