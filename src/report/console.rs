//! What a build shows while it runs.

use std::time::Duration;

use crate::model::Detail;
use crate::report::escape::one_line;
use crate::report::output::{CAUTION, DONE, QUIET, line, write};
use crate::report::progress;

/// How much is shown. Plain data, copied freely into threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    /// How much is told.
    pub detail: Detail,
}

impl Console {
    /// What is done: `  Compiled pkg._foo (0.42 s)`.
    pub fn done(self, verb: &str, what: &str, took: Duration) {
        if self.detail == Detail::Problems {
            return;
        }
        let (what, seconds) = (one_line(what), took.as_secs_f64());
        line(&format!("{DONE}{verb:>12}{DONE:#} {what} {QUIET}({seconds:.2} s){QUIET:#}"));
    }

    /// Where something lies that was made on the side: `     Timings in build/…/timings.html`.
    pub fn place(self, what: &str, place: &str) {
        line(&format!("{DONE}{what:>12}{DONE:#} in {}", one_line(place)));
    }

    /// A build that stands still: `     Waiting for another build in build/…`.
    pub fn waiting(self, what: &str) {
        line(&format!("{CAUTION}{:>12}{CAUTION:#} for {}", "Waiting", one_line(what)));
    }

    /// What a person should know before something begins.
    pub fn note(self, text: &str) {
        line(&format!("{DONE}note{DONE:#}: {}", one_line(text)));
    }

    /// A warning: the build goes on, but somebody should look.
    pub fn warning(self, text: &str) {
        line(&format!("{CAUTION}warning{CAUTION:#}: {}", one_line(text)));
    }

    /// A warning with a program's words in it, whole; whoever made the text wrote our own parts with
    /// [`one_line`].
    pub fn warning_with_output(self, text: &str) {
        line(&format!("{CAUTION}warning{CAUTION:#}: {text}"));
    }

    /// A program's words while the build goes on (compiler warnings), whole.
    pub fn output(self, text: &str) {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        write(&format!("{text}{end}"));
    }

    /// A program's words from where they were kept, of any length, whole and unmixed. Byte for
    /// byte: they need not be UTF-8, and a program that wrote into a file chose its colours itself.
    pub fn output_from(self, words: &mut dyn std::io::Read) {
        progress::above(|| {
            // Nobody is left to tell when stderr itself is gone.
            let _ = std::io::copy(words, &mut std::io::stderr().lock());
        });
    }

    /// What was decided, and why; shown only with `verbose`.
    pub fn reason(self, verb: &str, what: &str, why: Option<&str>) {
        if self.detail == Detail::Commands {
            let why = why.map(|why| format!(": {}", one_line(why))).unwrap_or_default();
            line(&format!("{QUIET}{verb:>12}{QUIET:#} {}{why}", one_line(what)));
        }
    }

    /// A command that is about to run; shown only with `verbose`.
    pub fn command(self, command_line: &str) {
        if self.detail == Detail::Commands {
            line(&format!("{QUIET}     Running{QUIET:#} {}", one_line(command_line)));
        }
    }
}
