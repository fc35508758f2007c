//! An error as text.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::error::Error;
use crate::model::Location;
use crate::report::output::{ALARM, REMARK, write};

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
