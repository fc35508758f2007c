//! Parts of a line that another program wrote. Pure.

pub fn before<'a>(line: &'a str, end: &str) -> Option<&'a str> {
    line.split_once(end).map(|(start, _)| start)
}

pub fn after<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.split_once(start).map(|(_, rest)| rest)
}

pub fn between<'a>(line: &'a str, start: &str, end: &str) -> Option<&'a str> {
    before(after(line, start)?, end)
}

/// Up to the first space, quote or colon.
pub fn word(text: &str) -> &str {
    text.split([' ', ':', '\'', '"', ',']).next().unwrap_or(text)
}

const QUOTES: [char; 5] = ['\'', '`', '"', '‘', '’'];

/// What stands in quotes at the beginning of a text, whichever quotes the compiler's locale has.
pub fn quoted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix(QUOTES)?;
    inner.split(QUOTES).next().filter(|inner| !inner.is_empty())
}

pub fn quoted_at_end(text: &str) -> Option<&str> {
    let inner = text.strip_suffix(QUOTES)?;
    inner.rsplit(QUOTES).next().filter(|inner| !inner.is_empty())
}
