//! Finds the text that a Python module assigns to a name, without running the module.
//!
//! Enough of Python's lexical grammar to tell statements, brackets, strings and comments apart
//! (<https://docs.python.org/3/reference/lexical_analysis.html>), and no more.

use std::ops::Range;

use crate::model::Spanned;

/// What a module's top level does with a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Assigned {
    /// Nothing that we can see.
    Nowhere,
    /// It is set to this string; the bytes are those between the quotes.
    Text(Spanned<String>),
    /// It is set to something that has to be computed.
    Otherwise(Range<usize>),
}

/// The last top-level assignment to a name.
pub(super) fn string_constant(module: &str, name: &str) -> Assigned {
    let mut last = Assigned::Nowhere;
    for statement in statements(module) {
        let assigned = assignment(module, &statement, name);
        if assigned != Assigned::Nowhere {
            last = assigned;
        }
    }
    last
}

/// A module without its comments.
pub fn without_comments(module: &str) -> String {
    let mut lexer = Lexer { module, at: 0 };
    let mut code = String::new();
    while let Some(letter) = lexer.peek() {
        let start = lexer.at;
        if letter == '#' {
            lexer.skip_while(|c| c != '\n');
        } else {
            lexer.token(letter, start);
            code.push_str(&module[start..lexer.at]);
        }
    }
    code
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(Range<usize>),
    /// A plain string without escapes: the bytes between its quotes.
    Text(Range<usize>),
    /// A string that has to be computed (bytes, formatted, with escapes), or a number.
    Value(Range<usize>),
    Symbol(char, usize),
}

impl Token {
    fn span(&self) -> Range<usize> {
        match self {
            Token::Name(span) | Token::Text(span) | Token::Value(span) => span.clone(),
            Token::Symbol(symbol, at) => *at..at + symbol.len_utf8(),
        }
    }
}

/// `name = value`, `a = name = value`, `name: annotation = value`, `name += value`.
fn assignment(module: &str, tokens: &[Token], name: &str) -> Assigned {
    let is_equals = |token: &Token| matches!(token, Token::Symbol('=', _));
    let sets = |token: &Token| matches!(token, Token::Name(at) if &module[at.clone()] == name);
    let mut rest = tokens;
    let mut is_target = false;
    match tokens {
        [target, Token::Symbol(':', _), ..] if sets(target) => {
            let Some(equals) = tokens.iter().position(is_equals) else { return Assigned::Nowhere };
            is_target = true;
            rest = &tokens[equals + 1..];
        }
        [target, Token::Symbol(_, at), equals, ..]
            if sets(target) && is_equals(equals) && !is_equals(&tokens[1]) =>
        {
            return Assigned::Otherwise(target.span().start..*at);
        }
        _ => {
            while let [target @ Token::Name(_), equals, after @ ..] = rest {
                if !is_equals(equals) {
                    break;
                }
                is_target |= sets(target);
                rest = after;
            }
        }
    }
    match (is_target, rest) {
        (false, _) => Assigned::Nowhere,
        (true, [Token::Text(at)]) => {
            Assigned::Text(Spanned::new(module[at.clone()].to_owned(), at.clone()))
        }
        (true, rest) => {
            let place = if rest.is_empty() { tokens } else { rest };
            let start = place.first().map_or(0, |token| token.span().start);
            let span = start..place.last().map_or(start, |token| token.span().end);
            match text_of(module, rest) {
                Some(text) => Assigned::Text(Spanned::new(text, span)),
                None => Assigned::Otherwise(span),
            }
        }
    }
}

/// What an expression of plain literals is as a text: strings beside each other are one, and the items of
/// a tuple or a list are joined by dots, as setuptools does with them.
fn text_of(module: &str, tokens: &[Token]) -> Option<String> {
    let (inside, is_list) = match tokens {
        [Token::Symbol('(', _), inside @ .., Token::Symbol(')', _)] => (inside, false),
        [Token::Symbol('[', _), inside @ .., Token::Symbol(']', _)] => (inside, true),
        _ => (tokens, false),
    };
    let comma = |token: &Token| matches!(token, Token::Symbol(',', _));
    if !is_list && !inside.iter().any(comma) {
        return strings(module, inside);
    }
    let inside = match inside {
        [items @ .., last] if comma(last) => items,
        _ => inside,
    };
    let items: Option<Vec<String>> =
        inside.split(comma).map(|item| item_of(module, item)).collect();
    items.map(|items| items.join("."))
}

fn strings(module: &str, tokens: &[Token]) -> Option<String> {
    let text = |token: &Token| match token {
        Token::Text(at) => Some(&module[at.clone()]),
        _ => None,
    };
    (!tokens.is_empty()).then(|| tokens.iter().map(text).collect())?
}

fn item_of(module: &str, tokens: &[Token]) -> Option<String> {
    match tokens {
        [Token::Value(at)] => {
            let number = &module[at.clone()];
            number.bytes().all(|c| c.is_ascii_digit()).then(|| number.to_owned())
        }
        _ => strings(module, tokens),
    }
}

/// The statements that begin at the left edge, as tokens.
fn statements(module: &str) -> Vec<Vec<Token>> {
    let mut lexer = Lexer { module, at: 0 };
    let mut statements = Vec::new();
    let mut statement = Vec::new();
    let mut depth = 0_usize;
    let mut at_left_edge = true;
    while let Some(letter) = lexer.peek() {
        let start = lexer.at;
        match letter {
            '\n' | ';' if depth == 0 => {
                lexer.at += 1;
                let finished = std::mem::take(&mut statement);
                if at_left_edge && !finished.is_empty() {
                    statements.push(finished);
                }
                if letter == '\n' {
                    at_left_edge = !lexer.peek().is_some_and(|c| matches!(c, ' ' | '\t'));
                }
            }
            '#' => lexer.skip_while(|c| c != '\n'),
            '\\' => {
                lexer.at += 1;
                lexer.skip_line_end();
            }
            c if c.is_whitespace() || c == '\u{feff}' => lexer.at += c.len_utf8(),
            c => {
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                statement.push(lexer.token(c, start));
            }
        }
    }
    if at_left_edge {
        statements.push(statement);
    }
    statements
}

/// Invariant: `at` is on a character boundary of `module`.
struct Lexer<'a> {
    module: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.module[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        self.at += self.rest().find(|c| !wanted(c)).unwrap_or(self.rest().len());
    }

    fn skip_line_end(&mut self) {
        let end = ["\r\n", "\n"].into_iter().find(|end| self.rest().starts_with(end));
        self.at += end.map_or(0, str::len);
    }

    fn token(&mut self, first: char, start: usize) -> Token {
        if matches!(first, '"' | '\'') {
            return self.string("");
        }
        if first == '_' || first.is_alphanumeric() {
            self.skip_while(|c| c == '_' || c.is_alphanumeric());
            let word = self.module[start..self.at].to_ascii_lowercase();
            let is_prefix = word.len() <= 2 && word.chars().all(|c| "rbuft".contains(c));
            if is_prefix && matches!(self.peek(), Some('"' | '\'')) {
                return self.string(&word);
            }
            let span = start..self.at;
            return if first.is_numeric() { Token::Value(span) } else { Token::Name(span) };
        }
        self.at += first.len_utf8();
        // `==` compares; it must not look like an assignment.
        if first == '=' && self.peek() == Some('=') {
            self.at += 1;
            return Token::Value(start..self.at);
        }
        Token::Symbol(first, start)
    }

    /// A string from its opening quote on; one that never ends goes to the end of its line or file.
    fn string(&mut self, prefix: &str) -> Token {
        let quote = if self.rest().starts_with('"') { "\"" } else { "'" };
        let triple = quote.repeat(3);
        let is_triple = self.rest().starts_with(&triple);
        let end = if is_triple { triple.as_str() } else { quote };
        self.at += end.len();
        let start = self.at;
        let mut has_escapes = false;
        while let Some(letter) = self.peek() {
            if self.rest().starts_with(end) || (letter == '\n' && !is_triple) {
                break;
            }
            self.at += letter.len_utf8();
            if letter == '\\' {
                has_escapes = true;
                self.at += self.peek().map_or(0, char::len_utf8);
            }
        }
        let span = start..self.at;
        self.at += if self.rest().starts_with(end) { end.len() } else { 0 };
        match prefix {
            "" | "u" if !has_escapes => Token::Text(span),
            "r" => Token::Text(span),
            _ => Token::Value(span),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(module: &str) -> Option<String> {
        match string_constant(module, "__version__") {
            Assigned::Text(text) => {
                assert_eq!(&module[text.span], text.value, "the span is the text");
                Some(text.value)
            }
            Assigned::Otherwise(_) => Some("?".to_owned()),
            Assigned::Nowhere => None,
        }
    }

    #[test]
    fn a_plain_string_at_the_top_level_is_read() {
        for module in [
            "__version__ = '1.2'",
            "__version__=\"1.2\"  # comment\n",
            "__version__: str = '1.2'\n",
            "__version__: dict[str, '='] = '1.2'\n",
            "__version__ = version = '1.2'\n",
            "version = __version__ = '1.2'\n",
            "__version__ = '''1.2'''\n",
            "__version__ = u'1.2'\n",
            "__version__ = r\"1.2\"\n",
            "__version__ = \\\n    '1.2'\n",
            "import os; __version__ = '1.2'\n",
            "\u{feff}__version__ = '1.2'\r\nx = 1\r\n",
            "\"\"\"Doc.\n__version__ = '9'\n\"\"\"\n# __version__ = '8'\nx = [\n__version__ == '7',\n]\n__version__ = '1.2'\n",
            "__version__ = '0'\n__version__ = '1.2'\n",
            "s = 'it\\'s'\n__version__ = '1.2'\ndef f():\n    __version__ = '3'\n",
            "if x:\n    y = 1\n__version__ = '1.2'\n",
        ] {
            assert_eq!(read(module).as_deref(), Some("1.2"), "{module}");
        }
    }

    #[test]
    fn literals_are_joined() {
        for module in [
            "__version__ = (1, 2, 'rc1')",
            "__version__ = 1, 2, \"rc1\"\n",
            "__version__ = [1, '2', 'rc' '1']",
            "__version__: tuple = (\n    1,  # major\n    2,\n    'rc1',\n)\n",
            "VERSION = __version__ = ('1.2', 'rc1')",
            "__version__ = '1.2.' 'rc1'",
            "__version__: Final[str] = ('1.' \"2.\"\n    r'rc1')",
            "__version__ = ('1.2.rc1')",
            "__version__ = '1.2.rc1',",
        ] {
            let Assigned::Text(text) = string_constant(module, "__version__") else {
                panic!("{module}")
            };
            assert_eq!(text.value, "1.2.rc1", "{module}");
            assert!(module.get(text.span).is_some_and(|place| place.contains("rc")), "{module}");
        }
    }

    #[test]
    fn what_has_to_be_computed_is_told_apart() {
        for module in [
            "__version__ = f'{x}'",
            "__version__ = b'1'",
            "__version__ = '1' + '2'",
            "__version__ = '.'.join(x)",
            "__version__ = (1, 2.5)",
            "__version__ = (1, x)",
            "__version__ = (1,, 2)",
            "__version__ = (1, (2, 3))",
            "__version__ = ()",
            "__version__ = []",
            "__version__ = ('1') ('2')",
            "__version__ = (1, 2)[0]",
            "__version__ = 1.2",
            "__version__ = 1",
            "__version__ = {1, 2}",
            "__version__ = '1\\x2e2'",
            "__version__ = get()",
            "__version__ = '1'\n__version__ += 'dev'",
            "__version__ =",
        ] {
            assert_eq!(read(module).as_deref(), Some("?"), "{module}");
        }
    }

    #[test]
    fn what_is_not_at_the_top_level_is_not_seen() {
        for module in [
            "",
            "def f():\n    __version__ = '1'\n",
            "if x: __version__ = '1'\n",
            "from .v import __version__\n",
            "x.__version__ = '1'\n",
            "f(__version__='1')\n",
            "f(\n__version__='1')\n",
            "__version__ == '1'\n",
            "__version__: str\n",
            "'unfinished\n'''unfinished __version__ = '1'",
        ] {
            assert_eq!(read(module), None, "{module}");
        }
    }
}
