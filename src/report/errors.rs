//! An error as text.

use std::ffi::OsStr;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::error::Error;
use crate::model::Location;
use crate::report::escape::{lines, one_line, same_length};
use crate::report::installer::in_words_of;
use crate::report::output::{ALARM, REMARK, write};

/// Shows an error with everything it carries; `uv` is where uv says that it is, to those who use it.
pub fn error(error: &Error, uv: Option<&OsStr>) {
    write(&rendered(error, uv));
}

/// The text of an error: the other program's words, then ours with the user's line, then the facts
/// and the next steps. Colours are ANSI codes; [`error`] drops them where nobody sees colours.
pub fn render(error: &Error) -> String {
    rendered(error, None)
}

fn rendered(error: &Error, uv: Option<&OsStr>) -> String {
    let parts = error.parts();
    let mut text = String::new();
    if let Some(output) = parts.output.as_deref().map(str::trim_end).filter(|o| !o.is_empty()) {
        text.push_str(output);
        text.push('\n');
    }
    match &parts.location {
        Some(location) => text.push_str(&with_source(&one_line(&parts.message), location)),
        None => text.push_str(&format!("{ALARM}error{ALARM:#}: {}\n", one_line(&parts.message))),
    }
    for note in &parts.notes {
        text.push_str(&format!("{REMARK}note{REMARK:#}: {}\n", one_line(note)));
    }
    for hint in &parts.hints {
        let hint = in_words_of(uv, hint);
        text.push_str(&format!("{REMARK}hint{REMARK:#}: {}\n", lines(&hint)));
    }
    text
}

fn with_source(message: &str, location: &Location) -> String {
    let source = &location.source;
    let span = within(&location.span, source.text.len());
    let key = location.key.as_deref().map(one_line);
    let snippet = Snippet::source(same_length(&source.text))
        .path(one_line(&source.name))
        .annotation(AnnotationKind::Primary.span(span).label(key));
    let report = [Group::with_title(Level::ERROR.primary_title(message)).element(snippet)];
    let mut text = Renderer::styled().render(&report).to_string();
    text.push('\n');
    text
}

fn within(span: &Range<usize>, length: usize) -> Range<usize> {
    span.start.min(length)..span.end.min(length)
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
    fn what_others_chose_commands_no_terminal() {
        let text = "names = ['\u{9b}2J\x1b[1m\x7f']\n";
        let source = Arc::new(SourceText { name: "a\x1b[2J\nb.toml".into(), text: text.into() });
        let error =
            Error::new("no `\x1b]0;x\x07`\nerror: forged").note("\x1b[1mA").hint("\u{9b}1m\rB");
        for error in [error.clone(), error.at(&source, 9..18).named(|_| Some("k\x1b[3m".into()))] {
            let text = plain_of_ours(&error);
            assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
            assert!(
                !text.contains("\nerror: forged") && text.contains("\\x1b]0;x\\x07"),
                "{text:?}"
            );
            assert!(text.ends_with("note: \\x1b[1mA\nhint: \\x9b1m\\rB\n"), "{text:?}");
        }
    }

    /// Without the colours of ours, which are no more than these.
    fn plain_of_ours(error: &Error) -> String {
        let mut text = render(error);
        while let Some(start) = text.find("\x1b[") {
            let end = text[start..].find('m').map(|end| start + end).expect("a colour");
            assert!(
                text[start + 2..end].chars().all(|c| c.is_ascii_digit() || c == ';'),
                "{text:?}"
            );
            text.replace_range(start..=end, "");
        }
        text
    }

    #[test]
    fn hints_alone_are_in_the_words_of_uv() {
        let pip = "python -m pip install x";
        let error = Error::new("no").output(pip).note(pip).hint(pip);
        let text = rendered(&error, Some(OsStr::new("/usr/bin/uv")));
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(plain, format!("{pip}\nerror: no\nnote: {pip}\nhint: uv pip install x\n"));
    }

    #[test]
    fn another_programs_words_come_first_and_whole() {
        let error = Error::new("compiling failed").output("foo.c:1:1: error: no\n\n");
        assert_eq!(plain(&error), "foo.c:1:1: error: no\nerror: compiling failed\n");
    }
}
