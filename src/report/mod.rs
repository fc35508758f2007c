//! Every line that a person sees: one per step on stderr while a build runs, the errors, and what
//! commands answer on stdout.

pub mod advice;
mod progress;
mod steps;

use std::io::Write;
use std::ops::Range;
use std::time::Duration;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use crate::error::Error;
use crate::model::Location;

pub use progress::while_shown as with_progress;
pub use steps::{Step, begin, begin_aloud, did, expect, is_recording, recorded};

/// How much is shown. Plain data, copied freely into threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    /// Show the full command of every program that is run.
    pub verbose: bool,
}

const DONE: Style = AnsiColor::Green.on_default().bold();
const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
const ALARM: Style = AnsiColor::Red.on_default().bold();
const REMARK: Style = AnsiColor::Cyan.on_default().bold();
const QUIET: Style = Style::new().dimmed();

impl Console {
    /// One finished step: `  Compiled pkg._foo (0.42 s)`.
    pub fn step(self, verb: &str, what: &str, took: Duration) {
        let seconds = took.as_secs_f64();
        line(&format!("{DONE}{verb:>12}{DONE:#} {what} {QUIET}({seconds:.2} s){QUIET:#}"));
    }

    /// Where something lies that was made on the side: `     Timings in build/…/timings.html`.
    pub fn place(self, what: &str, place: &str) {
        line(&format!("{DONE}{what:>12}{DONE:#} in {place}"));
    }

    /// A build that stands still: `     Waiting for another build in build/…`.
    pub fn waiting(self, what: &str) {
        line(&format!("{CAUTION}{:>12}{CAUTION:#} for {what}", "Waiting"));
    }

    /// A warning: the build goes on, but somebody should look.
    pub fn warning(self, text: &str) {
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

    /// A command that is about to run; shown only with `verbose`.
    pub fn command(self, command_line: &str) {
        if self.verbose {
            line(&format!("{QUIET}     Running{QUIET:#} {command_line}"));
        }
    }
}

/// What a command answers, on stdout: for pipes as well as for people, so whoever reads it may stop
/// reading at any time.
pub fn out(text: &str) {
    let stdout = anstream::AutoStream::auto(std::io::stdout());
    let _ = stdout.lock().write_all(text.as_bytes());
}

/// Shows an error with everything it carries.
pub fn error(error: &Error) {
    write(&render(error));
}

/// The text of an error: the other program's words, then ours with the user's line, then the facts
/// and the next steps. Colours are ANSI codes; [`error`] drops them where nobody sees colours.
pub fn render(error: &Error) -> String {
    let parts = error.parts();
    let mut text = String::new();
    if let Some(output) = parts.output.as_deref().map(str::trim_end).filter(|o| !o.is_empty()) {
        text.push_str(output);
        text.push('\n');
    }
    match &parts.location {
        Some(location) => text.push_str(&with_source(&parts.message, location)),
        None => text.push_str(&format!("{ALARM}error{ALARM:#}: {}\n", parts.message)),
    }
    for note in &parts.notes {
        text.push_str(&format!("{REMARK}note{REMARK:#}: {note}\n"));
    }
    for hint in &parts.hints {
        text.push_str(&format!("{REMARK}hint{REMARK:#}: {hint}\n"));
    }
    text
}

fn with_source(message: &str, location: &Location) -> String {
    let source = &location.source;
    let span = within(&location.span, source.text.len());
    let snippet = Snippet::source(source.text.as_str())
        .path(source.name.as_str())
        .annotation(AnnotationKind::Primary.span(span).label(location.key.as_deref()));
    let report = [Group::with_title(Level::ERROR.primary_title(message)).element(snippet)];
    let mut text = Renderer::styled().render(&report).to_string();
    text.push('\n');
    text
}

fn within(span: &Range<usize>, length: usize) -> Range<usize> {
    span.start.min(length)..span.end.min(length)
}

fn line(text: &str) {
    write(&format!("{text}\n"));
}

/// One write per message, so that messages of parallel steps do not mix.
fn write(text: &str) {
    progress::above(|| {
        let stderr = anstream::AutoStream::auto(std::io::stderr());
        // Nobody is left to tell when stderr itself is gone.
        let _ = stderr.lock().write_all(text.as_bytes());
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceText;
    use std::sync::Arc;

    fn plain(error: &Error) -> String {
        anstream::adapter::strip_str(&render(error)).to_string()
    }

    #[test]
    fn an_error_shows_file_line_column_and_the_next_step() {
        let source = Arc::new(SourceText {
            name: "pyproject.toml".into(),
            text: "[tool.officina]\ncffi_modules = [\"foo_build\"]\n".into(),
        });
        let error = Error::new("`foo_build` names no object")
            .at(&source, 32..43)
            .hint("cffi_modules entries are `script:object`");
        let text = plain(&error);
        assert!(text.contains("pyproject.toml:2:17"), "{text}");
        assert!(text.contains("^^^^^^^^^^^"), "{text}");
        assert!(text.ends_with("hint: cffi_modules entries are `script:object`\n"), "{text}");
    }

    #[test]
    fn another_programs_words_come_first_and_whole() {
        let error = Error::new("compiling failed").output("foo.c:1:1: error: no\n\n");
        assert_eq!(plain(&error), "foo.c:1:1: error: no\nerror: compiling failed\n");
    }
}
