//! Declarations at the outermost level of a header, one by one. Pure.

use std::ops::Range;

use crate::steps::header::strip::{group_end, stripped};
use crate::steps::header::tokens::{CToken, CTokenKind};

/// A declaration: without the body of a function, and without the values of variables.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its tokens, the `;` at its end among them.
    pub tokens: Vec<CToken>,
    /// What it declares.
    pub kind: ItemKind,
    /// The names of the types, functions or variables that it declares.
    pub names: Vec<String>,
    /// `struct x`, `union x` or `enum x`, where it begins with that.
    pub tag: Option<String>,
    /// The `{ ... }` of that.
    pub body: Option<Range<usize>>,
    /// Where what it declares begins: after the type.
    pub declarators: usize,
    /// Whether nobody outside the header's own C sees it.
    pub is_static: bool,
}

/// What an item declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// Other names for a type.
    Typedef,
    /// A function.
    Function,
    /// A variable.
    Variable,
    /// A `struct`, a `union` or an `enum`, and nothing more.
    Tag,
}

impl Item {
    /// Whether it begins with this keyword: `enum`.
    pub fn is_of(&self, keyword: &str) -> bool {
        let specifier = &self.tokens[..self.body.as_ref().map_or(self.declarators, |b| b.start)];
        specifier.iter().any(|token| token.is(keyword))
    }

    /// The names of the constants of an `enum`, each with its tokens after `=`.
    pub fn enumerators(&self) -> Vec<(&CToken, &[CToken])> {
        match &self.body {
            Some(body) if self.is_of("enum") => enumerators(&self.tokens[body.clone()]),
            _ => Vec::new(),
        }
    }
}

/// The constants in the `{ ... }` of an `enum`.
pub fn enumerators(body: &[CToken]) -> Vec<(&CToken, &[CToken])> {
    let inside = &body[1..body.len().max(2) - 1];
    let parts = split(inside, ",").into_iter().map(|part| &inside[part]);
    let constants = parts.filter_map(|part| {
        let (name, rest) = part.split_first()?;
        Some((name, rest.get(1..).unwrap_or_default()))
    });
    constants.collect()
}

/// Parts a text into its declarations.
pub fn items(tokens: Vec<CToken>) -> Vec<Item> {
    let tokens = stripped(tokens);
    let mut items = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (own, next) = one(&tokens, at);
        items.extend(item(own));
        at = next;
    }
    items
}

/// The tokens of the declaration that begins here, and where the next one does.
fn one(tokens: &[CToken], begin: usize) -> (Vec<CToken>, usize) {
    let mut own: Vec<CToken> = Vec::new();
    let mut at = begin;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            ";" => {
                own.push(token.clone());
                return (own, at + 1);
            }
            "{" if own.last().is_some_and(|before| before.is(")")) => {
                let place = own.last().map_or(token.place, |before| before.place);
                own.push(CToken::made(CTokenKind::Sign, ";", place));
                return (own, group_end(tokens, at));
            }
            "(" | "[" | "{" => {
                let end = group_end(tokens, at);
                own.extend_from_slice(&tokens[at..end]);
                at = end;
            }
            "=" => at = value_end(tokens, at),
            _ => {
                own.push(token.clone());
                at += 1;
            }
        }
    }
    (own, at)
}

/// The position after the value of a variable.
fn value_end(tokens: &[CToken], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            ";" | "," => return at,
            "(" | "[" | "{" => at = group_end(tokens, at),
            _ => at += 1,
        }
    }
    at
}

/// Words that are types, or parts of one.
pub const TYPE_WORDS: [&str; 12] = [
    "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool",
    "_Complex", "__int128",
];

/// `None` for what declares nothing: a lone `;`, what no C is.
fn item(tokens: Vec<CToken>) -> Option<Item> {
    if tokens.len() < 2 || !tokens.last()?.is(";") {
        return None;
    }
    let specifier = Specifier::of(&tokens);
    let end = tokens.len() - 1;
    let declarators: Vec<Range<usize>> = split(&tokens[specifier.end..end], ",")
        .into_iter()
        .map(|part| part.start + specifier.end..part.end + specifier.end)
        .collect();
    let named: Vec<(&str, bool)> =
        declarators.iter().filter_map(|range| name_in(&tokens[range.clone()])).collect();
    let kind = match named.first() {
        _ if specifier.is_typedef => ItemKind::Typedef,
        Some((_, true)) => ItemKind::Function,
        Some((_, false)) => ItemKind::Variable,
        None if specifier.tag.is_some() || specifier.body.is_some() => ItemKind::Tag,
        None => return None,
    };
    Some(Item {
        kind,
        names: named.into_iter().map(|(name, _)| name.to_owned()).collect(),
        tag: specifier.tag,
        body: specifier.body,
        declarators: specifier.end,
        is_static: specifier.is_static,
        tokens,
    })
}

/// What a declaration begins with: its type.
struct Specifier {
    is_typedef: bool,
    is_static: bool,
    tag: Option<String>,
    body: Option<Range<usize>>,
    end: usize,
}

impl Specifier {
    fn of(tokens: &[CToken]) -> Self {
        let mut found =
            Specifier { is_typedef: false, is_static: false, tag: None, body: None, end: 0 };
        let mut has_type = false;
        while let Some(token) = tokens.get(found.end).filter(|token| token.is_word()) {
            match token.text.as_str() {
                "typedef" => found.is_typedef = true,
                "static" => found.is_static = true,
                "extern" | "auto" | "const" | "volatile" => {}
                keyword @ ("struct" | "union" | "enum") => {
                    has_type = true;
                    found.tagged(keyword, tokens);
                    continue;
                }
                word if TYPE_WORDS.contains(&word) => has_type = true,
                _ if !has_type => has_type = true,
                _ => break,
            }
            found.end += 1;
        }
        found
    }

    fn tagged(&mut self, keyword: &str, tokens: &[CToken]) {
        self.end += 1;
        if let Some(tag) = tokens.get(self.end).filter(|token| token.is_word()) {
            self.tag = Some(format!("{keyword} {}", tag.text));
            self.end += 1;
        }
        if tokens.get(self.end).is_some_and(|token| token.is("{")) {
            let end = group_end(tokens, self.end);
            self.body = Some(self.end..end);
            self.end = end;
        }
    }
}

/// The parts between separators that are in no parentheses.
pub fn split(tokens: &[CToken], separator: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "(" | "[" | "{" => at = group_end(tokens, at),
            text if text == separator => {
                parts.push(begin..at);
                at += 1;
                begin = at;
            }
            _ => at += 1,
        }
    }
    if begin < at {
        parts.push(begin..at);
    }
    parts
}

/// What a declarator declares, and whether that is a function: `*f(int)`, `(*pointer)(int)`, `a[3]`.
fn name_in(declarator: &[CToken]) -> Option<(&str, bool)> {
    const OTHERS: [&str; 6] = ["const", "volatile", "__cdecl", "__stdcall", "__fastcall", "WINAPI"];
    let is_name = |token: &CToken| token.is_word() && !OTHERS.contains(&token.text.as_str());
    let at = declarator.iter().position(is_name)?;
    let is = |index: Option<usize>, text: &str| {
        index.and_then(|index| declarator.get(index)).is_some_and(|token| token.is(text))
    };
    let is_wrapped = is(at.checked_sub(1), "(") && is(Some(at + 1), ")");
    let follows = if is_wrapped { at + 2 } else { at + 1 };
    Some((&declarator[at].text, is(Some(follows), "(")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::header::tokens::read;

    #[test]
    fn each_declaration_is_told_apart() {
        for (text, kind, names, spelled) in [
            ("int f(int x);", ItemKind::Function, "f", "int f ( int x ) ;"),
            (
                "static inline int g(void) { if (1) { } return 2; }",
                ItemKind::Function,
                "g",
                "static int g ( void ) ;",
            ),
            (
                "extern const char *(*h(int))(void);",
                ItemKind::Function,
                "h",
                "extern const char * ( * h ( int ) ) ( void ) ;",
            ),
            ("int (k)(void);", ItemKind::Function, "k", "int ( k ) ( void ) ;"),
            ("int (*p)(int), q[3];", ItemKind::Variable, "p q", "int ( * p ) ( int ) , q [ 3 ] ;"),
            (
                "static const int x = f(1, 2) + 3, y[] = { 1, 2 };",
                ItemKind::Variable,
                "x y",
                "static const int x , y [ ] ;",
            ),
            (
                "typedef struct s { int a; } t, *u;",
                ItemKind::Typedef,
                "t u",
                "typedef struct s { int a ; } t , * u ;",
            ),
            (
                "typedef unsigned long size;",
                ItemKind::Typedef,
                "size",
                "typedef unsigned long size ;",
            ),
            ("struct s { enum { A } e; };", ItemKind::Tag, "", "struct s { enum { A } e ; } ;"),
            ("enum { ONE = 1 << 0, TWO };", ItemKind::Tag, "", "enum { ONE = 1 << 0 , TWO } ;"),
            ("struct s f2(struct s);", ItemKind::Function, "f2", "struct s f2 ( struct s ) ;"),
        ] {
            let found = items(read(text).tokens);
            let [item] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert_eq!((item.kind, item.names.join(" ").as_str()), (kind, names), "{text}");
            let words: Vec<&str> = item.tokens.iter().map(|token| token.text.as_str()).collect();
            assert_eq!(words.join(" "), spelled, "{text}");
        }
    }

    #[test]
    fn one_follows_on_the_other() {
        let text = ";;int a;\nvoid f(void) { }\nint b;\n struct s;\n int unfinished";
        let found = items(read(text).tokens);
        let names: Vec<String> = found.iter().map(|item| item.names.join(" ")).collect();
        assert_eq!(names, ["a", "f", "b", ""]);
        assert_eq!(found[3].tag.as_deref(), Some("struct s"));
    }
}
