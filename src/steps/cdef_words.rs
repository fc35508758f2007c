//! The words of a cdef, without comments and directives. Pure.

use std::ops::Range;

use crate::steps::header::tokens;

/// A word or a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CdefWord<'a> {
    /// How it is spelled.
    pub text: &'a str,
    /// Where it begins in the cdef, in bytes.
    pub start: usize,
}

/// What declarations of C begin with, besides names.
const TYPE_WORDS: [&str; 12] = [
    "char", "double", "enum", "float", "int", "long", "short", "signed", "struct", "union",
    "unsigned", "void",
];
const QUALIFIERS: [&str; 6] = ["const", "extern", "inline", "register", "static", "volatile"];
const OTHER_KEYWORDS: [&str; 18] = [
    "_Bool", "_Complex", "auto", "break", "case", "continue", "default", "do", "else", "for",
    "goto", "if", "restrict", "return", "sizeof", "switch", "typedef", "while",
];

impl CdefWord<'_> {
    /// Whether it is a name, and no keyword.
    pub fn is_name(&self) -> bool {
        let is_word = self.text.starts_with(|c: char| c == '_' || c.is_alphabetic());
        is_word && ![&TYPE_WORDS[..], &QUALIFIERS, &OTHER_KEYWORDS].concat().contains(&self.text)
    }

    /// `int`, `unsigned`, `struct`
    pub fn is_type_word(&self) -> bool {
        TYPE_WORDS.contains(&self.text)
    }

    /// `const`, `static`
    pub fn is_qualifier(&self) -> bool {
        QUALIFIERS.contains(&self.text)
    }

    /// `struct`, `union` or `enum`
    pub fn is_tag(&self) -> bool {
        ["struct", "union", "enum"].contains(&self.text)
    }

    /// Its line, counted from one, and its bytes in that line.
    pub fn place(&self, text: &str) -> (usize, Range<usize>) {
        let before = &text[..self.start];
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = self.start - begin;
        (before.matches('\n').count() + 1, column..column + self.text.len())
    }
}

/// Reads the words of a cdef.
pub fn words_of(text: &str) -> Vec<CdefWord<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    let mut is_first = true;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let long = |end: Option<usize>| end.unwrap_or(rest.len());
        let length = match letter {
            '\n' => {
                is_first = true;
                at += 1;
                continue;
            }
            _ if letter.is_whitespace() => {
                at += letter.len_utf8();
                continue;
            }
            '#' if is_first => {
                at += long(rest.find('\n'));
                continue;
            }
            _ if rest.starts_with("//") => {
                at += long(rest.find('\n'));
                continue;
            }
            _ if rest.starts_with("/*") => {
                at += long(rest[2..].find("*/").map(|end| end + 4));
                continue;
            }
            _ => tokens::token(rest, letter).1,
        };
        words.push(CdefWord { text: &rest[..length], start: at });
        is_first = false;
        at += length;
    }
    words
}

/// The innermost bracket that is open before a word.
pub fn enclosing<'a>(words: &'a [CdefWord<'a>], at: usize) -> Option<&'a CdefWord<'a>> {
    let mut closed = 0_usize;
    for word in words[..at].iter().rev() {
        match word.text {
            ")" | "]" | "}" => closed += 1,
            "(" | "[" | "{" if closed == 0 => return Some(word),
            "(" | "[" | "{" => closed -= 1,
            _ => {}
        }
    }
    None
}

/// The `)` of the `(` at this place.
pub fn closing(words: &[CdefWord], open: usize) -> Option<usize> {
    if words.get(open)?.text != "(" {
        return None;
    }
    let mut depth = 0_usize;
    (open..words.len()).find(|index| {
        match words[*index].text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// The words from the beginning of the declaration that a word stands in, up to it.
pub fn statement<'a>(words: &'a [CdefWord<'a>], at: usize) -> &'a [CdefWord<'a>] {
    let mut depth = 0_usize;
    for index in (0..at).rev() {
        match words[index].text {
            "}" => depth += 1,
            "{" if depth > 0 => depth -= 1,
            ";" | "{" if depth == 0 => return &words[index + 1..at],
            _ => {}
        }
    }
    &words[..at]
}
