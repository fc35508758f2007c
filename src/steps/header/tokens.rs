//! The tokens of a preprocessed C text, each with its place in the header that it came from. Pure.

use std::collections::HashMap;

/// What a preprocessor made of a text.
#[derive(Debug, Default)]
pub struct Preprocessed {
    /// The files that it came from, as the preprocessor calls them, each once.
    pub files: Vec<String>,
    /// The tokens that are left.
    pub tokens: Vec<CToken>,
    /// The macros that are defined at the end, in the order of their definitions.
    pub macros: Vec<CMacro>,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CToken {
    /// What kind it is of.
    pub kind: CTokenKind,
    /// How it is spelled.
    pub text: String,
    /// Where it stands.
    pub place: HeaderPlace,
    /// Whether what cffi does not read decides there how a type lies in memory: `#pragma pack`, or an
    /// attribute beside it.
    pub is_laid_out: bool,
}

/// A line of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderPlace {
    /// The position of the file in [`Preprocessed::files`].
    pub file: usize,
    /// Counted from one.
    pub line: usize,
}

/// The kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CTokenKind {
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// A string or a character.
    Quoted,
    /// Everything else: `(`, `<<`.
    Sign,
}

impl CToken {
    /// Whether it is spelled so.
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it is a name or a keyword.
    pub fn is_word(&self) -> bool {
        self.kind == CTokenKind::Word
    }

    /// A token that no header holds.
    pub fn made(kind: CTokenKind, text: impl Into<String>, place: HeaderPlace) -> Self {
        CToken { kind, text: text.into(), place, is_laid_out: false }
    }
}

/// A macro without parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CMacro {
    /// Its name.
    pub name: String,
    /// Where it is defined.
    pub place: HeaderPlace,
}

/// Reads what a preprocessor wrote, with line markers and definitions of macros in it.
pub fn read(text: &str) -> Preprocessed {
    let mut reader = TokenReader::default();
    for line in text.lines() {
        match line.trim_start().strip_prefix('#') {
            Some(directive) => reader.directive(directive.trim_start()),
            None => reader.line(line),
        }
        reader.place.line += 1;
    }
    let mut macros: Vec<CMacro> = reader.macros.into_values().flatten().collect();
    macros.sort_by_key(|one| reader.order[&one.name]);
    Preprocessed { files: reader.files, tokens: reader.tokens, macros }
}

/// What `#pragma pack` has said so far.
#[derive(Default)]
struct PackPragmas {
    is_packed: bool,
    before: Vec<bool>,
}

impl PackPragmas {
    fn pragma(&mut self, pragma: &str) {
        let words = pragma.strip_prefix("pack").map(str::trim_start);
        let Some(words) = words.and_then(|words| words.strip_prefix('(')) else { return };
        let words: Vec<&str> = words.trim_end_matches(')').split(',').map(str::trim).collect();
        let is_number = words.iter().any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        match words[0] {
            "push" => {
                self.before.push(self.is_packed);
                self.is_packed |= is_number;
            }
            "pop" => self.is_packed = self.before.pop().unwrap_or_default(),
            _ => self.is_packed = is_number,
        }
    }
}

struct TokenReader {
    packing: PackPragmas,
    files: Vec<String>,
    known: HashMap<String, usize>,
    place: HeaderPlace,
    tokens: Vec<CToken>,
    /// `None` for one with parameters or without a value.
    macros: HashMap<String, Option<CMacro>>,
    order: HashMap<String, usize>,
    defined: usize,
}

impl Default for TokenReader {
    fn default() -> Self {
        TokenReader {
            packing: PackPragmas::default(),
            files: vec![String::new()],
            known: HashMap::new(),
            place: HeaderPlace { file: 0, line: 1 },
            tokens: Vec::new(),
            macros: HashMap::new(),
            order: HashMap::new(),
            defined: 0,
        }
    }
}

impl TokenReader {
    fn directive(&mut self, directive: &str) {
        if let Some(definition) = directive.strip_prefix("define ") {
            self.define(definition);
        } else if let Some(name) = directive.strip_prefix("undef ") {
            self.macros.remove(name.trim());
        } else if let Some(pragma) = directive.strip_prefix("pragma ") {
            self.packing.pragma(pragma.trim());
        } else {
            self.marker(directive.strip_prefix("line ").unwrap_or(directive));
        }
    }

    /// `12 "a.h" 1 3`: the next line is line 12 of `a.h`.
    fn marker(&mut self, marker: &str) {
        let end = marker.find(|c: char| !c.is_ascii_digit()).unwrap_or(marker.len());
        let Ok(line) = marker[..end].parse::<usize>() else { return };
        if let Some(name) = marker[end..].trim_start().strip_prefix('"') {
            let name = unescaped(name);
            let next = self.files.len();
            self.place.file = *self.known.entry(name.clone()).or_insert(next);
            if self.place.file == next {
                self.files.push(name);
            }
        }
        // The end of the marker's own line counts too.
        self.place.line = line.saturating_sub(1);
    }

    fn define(&mut self, definition: &str) {
        let is_name = |c: char| c == '_' || c == '$' || c.is_alphanumeric();
        let end = definition.find(|c| !is_name(c)).unwrap_or(definition.len());
        let (name, value) = definition.split_at(end);
        let has_value = !value.starts_with('(') && !value.trim().is_empty();
        let found = has_value.then(|| CMacro { name: name.to_owned(), place: self.place });
        self.defined += 1;
        self.order.insert(name.to_owned(), self.defined);
        self.macros.insert(name.to_owned(), found);
    }

    fn line(&mut self, line: &str) {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let (kind, length) = token(rest, first);
            let (text, after) = rest.split_at(length);
            let is_laid_out = self.packing.is_packed;
            self.tokens.push(CToken {
                kind,
                text: text.to_owned(),
                place: self.place,
                is_laid_out,
            });
            rest = after.trim_start();
        }
    }
}

/// The kind and the length of the token that a text begins with, whose first letter is `first`.
pub fn token(text: &str, first: char) -> (CTokenKind, usize) {
    const LONG_SIGNS: [&str; 13] =
        ["...", "<<=", ">>=", "<<", ">>", "&&", "||", "==", "!=", "<=", ">=", "->", "##"];
    let is_name = |c: char| c == '_' || c == '$' || c.is_alphanumeric();
    let second = text[first.len_utf8()..].chars().next().unwrap_or(' ');
    if let Some(quote) = quote(text) {
        return (CTokenKind::Quoted, quote + quoted_length(&text[quote..]));
    }
    if first.is_ascii_digit() || (first == '.' && second.is_ascii_digit()) {
        return (CTokenKind::Number, number_length(text));
    }
    if is_name(first) {
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        return (CTokenKind::Word, end);
    }
    let long = LONG_SIGNS.iter().find(|sign| text.starts_with(**sign));
    (CTokenKind::Sign, long.map_or(first.len_utf8(), |sign| sign.len()))
}

/// Where the quote of a string or a character is: `"`, `L'`, `u8"`.
fn quote(text: &str) -> Option<usize> {
    let prefixes = ["", "L", "u8", "u", "U"];
    let begins = |prefix: &&str| {
        text.strip_prefix(*prefix).is_some_and(|rest| rest.starts_with(['"', '\'']))
    };
    prefixes.iter().find(|prefix| begins(prefix)).map(|prefix| prefix.len())
}

fn quoted_length(text: &str) -> usize {
    let mut letters = text.char_indices();
    let quote = letters.next().map(|(_, quote)| quote);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            _ if Some(letter) == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A number goes on as long as a preprocessor takes it for one: `0x1p-3`, `1.5e+10`, `10UL`.
fn number_length(text: &str) -> usize {
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        let is_exponent = matches!(letter, '+' | '-') && matches!(before, 'e' | 'E' | 'p' | 'P');
        // An `e` of a hexadecimal number is a digit.
        let is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
        let is_sign = is_exponent && !(is_hexadecimal && matches!(before, 'e' | 'E'));
        if !(letter.is_alphanumeric() || letter == '.' || letter == '_' || is_sign) {
            return at;
        }
        before = letter;
    }
    text.len()
}

/// The name in a line marker, up to its closing quote.
fn unescaped(text: &str) -> String {
    let mut name = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => name.extend(letters.next()),
            _ => name.push(letter),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_know_where_they_came_from() {
        let text = "# 1 \"probe.c\"\n# 1 \"C:\\\\x\\\\a.h\" 1\nint f(int x);\n#define N 3\n\n\
                    # 40 \"/usr/include/b.h\" 1 3 4\n  char *s = \"a\\\"b\";\n\
                    #line 7 \"probe.c\"\n#pragma once\ndouble d;\n";
        let read = read(text);
        assert_eq!(read.files, ["", "probe.c", "C:\\x\\a.h", "/usr/include/b.h"]);
        let at = |text: &str| {
            let token = read.tokens.iter().find(|token| token.is(text)).unwrap();
            (token.place.file, token.place.line)
        };
        assert_eq!((at("f"), at("s"), at("d")), ((2, 1), (3, 40), (1, 8)));
        assert_eq!(at("\"a\\\"b\""), (3, 40));
        let place = HeaderPlace { file: 2, line: 2 };
        assert_eq!(read.macros, [CMacro { name: "N".into(), place }]);
    }

    #[test]
    fn what_a_token_is() {
        for (text, tokens) in [
            ("a<<=b->c...", "a|<<=|b|->|c|..."),
            ("0x1e+1 1.5e+10 10UL .5f 0x1p-3", "0x1e|+|1|1.5e+10|10UL|.5f|0x1p-3"),
            ("L'a' u8\"b c\" '\\''", "L'a'|u8\"b c\"|'\\''"),
            ("\u{fc}n\u{ef}t $x", "\u{fc}n\u{ef}t|$x"),
        ] {
            let found: Vec<String> = read(text).tokens.into_iter().map(|t| t.text).collect();
            assert_eq!(found.join("|"), tokens);
        }
    }

    #[test]
    fn of_a_macro_the_last_definition_counts() {
        let text = "#define A 1\n#define B 2\n#undef A\n#define C(x) x\n#define D\n#define B 3\n\
                    #define E 4\n";
        let names: Vec<String> = read(text).macros.into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["B", "E"]);
    }
}
