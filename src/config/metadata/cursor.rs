//! A place in a text that is being parsed.

/// Why a text cannot be parsed, and the byte at which that shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The reason, in words.
    pub reason: String,
    /// Offset into the text.
    pub at: usize,
}

/// A place in a text that is being read. Invariant: `position` is on a character boundary.
pub(super) struct Cursor<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Cursor<'a> {
    /// The start of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Cursor { text, position: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t'));
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.position += length;
        &rest[..length]
    }

    pub(super) fn eat(&mut self, symbol: &str) -> bool {
        let found = self.rest().starts_with(symbol);
        if found {
            self.position += symbol.len();
        }
        found
    }

    /// Eats a whole word, with the blanks before it.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let follows = self.rest().strip_prefix(word).map(|rest| rest.chars().next());
        let whole =
            follows.is_some_and(|next| !next.is_some_and(|c| c == '_' || c.is_alphanumeric()));
        whole && self.eat(word)
    }

    pub(super) fn error(&self, reason: &str) -> ParseError {
        let found = match self.rest().chars().next() {
            Some(c) => format!("`{}`", c.escape_debug()),
            None => "the end".to_owned(),
        };
        ParseError { reason: format!("{reason}, found {found}"), at: self.position }
    }
}
