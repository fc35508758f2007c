//! What cffi is told of a header: its declarations in the words that cffi reads. Pure.

use std::collections::HashSet;

use crate::steps::header::declarations::Declarations;
use crate::steps::header::items::{Item, ItemKind, enumerators};
use crate::steps::header::select::{Extent, HeaderUse, Wish, chosen, names as names_of};
use crate::steps::header::strip::group_end;
use crate::steps::header::tokens::{CMacro, CToken, CTokenKind, HeaderPlace};

/// A line for cffi.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CdefLine {
    /// The line.
    pub text: String,
    /// The line of a header that it comes from.
    pub place: HeaderPlace,
    /// What it declares.
    pub name: String,
}

/// Writes down the declarations that are wanted and what they need, in the order of the headers,
/// then the macros that are integers. `macros` come with what is left of them when all is expanded.
pub fn lines(
    declared: &Declarations,
    macros: &[(&CMacro, Vec<CToken>)],
    wish: &Wish,
) -> Vec<CdefLine> {
    let mut lines = Vec::new();
    for (item, detail) in declared.items.iter().zip(chosen(declared, wish)) {
        if let Some(detail) = detail {
            let name = names_of(item).next().unwrap_or_default();
            add_lines(&told(item, detail, declared, wish.header_use), name, &mut lines);
        }
    }
    // A macro may stand for a function or a variable of its name.
    let names: HashSet<&str> =
        declared.items.iter().flat_map(|item| &item.names).map(String::as_str).collect();
    for (one, expanded) in macros {
        let is_other = declared.is_enumerator(&one.name) || names.contains(one.name.as_str());
        if !(wish.is_own)(one.place.file) || !wish.wants(&one.name) || is_other {
            continue;
        }
        let value = declared.constant(expanded).and_then(|found| match wish.header_use {
            HeaderUse::Compiled => Some("...".to_owned()),
            HeaderUse::Opened => found.value.map(|value| value.to_string()),
        });
        lines.extend(value.map(|value| CdefLine {
            text: format!("#define {} {value}", one.name),
            place: one.place,
            name: one.name.clone(),
        }));
    }
    lines
}

fn told(
    item: &Item,
    detail: Extent,
    declared: &Declarations,
    header_use: HeaderUse,
) -> Vec<CToken> {
    match (item.kind, detail) {
        (ItemKind::Typedef, Extent::NameOnly) => name_only(item, "..."),
        (_, Extent::NameOnly) => Vec::new(),
        (_, Extent::WithoutBody) if item.body.is_some() && !item.is_of("enum") => {
            without_body(item, header_use)
        }
        _ if is_laid_out(item) => match with_open_body(item, header_use) {
            Some(open) => with_values(&open, declared, header_use, ArrayPlace::Member),
            None => without_body(item, header_use),
        },
        (ItemKind::Typedef, _) if declared.has_argument_list(item) => {
            let is_function = item.tokens.iter().any(|token| token.is("("));
            name_only(item, if is_function { "void *" } else { "..." })
        }
        (ItemKind::Typedef, Extent::WithoutBody) if is_beyond_cffi(item) => name_only(item, "..."),
        (ItemKind::Function, _) => {
            let tokens = item.tokens.iter().enumerate();
            let is_kept = |(at, token): &(usize, &CToken)| {
                *at >= item.declarators || !matches!(&*token.text, "static" | "extern")
            };
            let kept: Vec<CToken> =
                tokens.filter(is_kept).map(|(_, token)| token.clone()).collect();
            with_values(&kept, declared, header_use, ArrayPlace::Parameter)
        }
        (ItemKind::Variable, _) => {
            let mut tokens = item.tokens.clone();
            if !item.tokens.iter().any(|token| token.is("extern") || token.is("static")) {
                tokens.insert(0, word("extern", item));
            }
            with_values(&tokens, declared, header_use, ArrayPlace::Member)
        }
        _ => with_values(&item.tokens, declared, header_use, ArrayPlace::Member),
    }
}

/// Whether it is a `struct` or a `union` whose layout cffi would get wrong.
fn is_laid_out(item: &Item) -> bool {
    item.body.is_some() && !item.is_of("enum") && item.tokens.iter().any(|token| token.is_laid_out)
}

/// `struct x { int a; ...; };`: the compiler says how its members lie. `None` where cffi takes no `...`
/// (bits, and types within), or where there is no compiler.
fn with_open_body(item: &Item, header_use: HeaderUse) -> Option<Vec<CToken>> {
    let body = item.body.clone().filter(|_| header_use == HeaderUse::Compiled)?;
    let is_closed = |token: &CToken| token.is(":") || token.is("{");
    if item.tokens[body.start + 1..body.end].iter().any(is_closed) {
        return None;
    }
    let mut tokens = item.tokens.clone();
    let place = tokens[body.end - 1].place;
    tokens.splice(body.end - 1..body.end - 1, [sign("...", place), sign(";", place)]);
    Some(tokens)
}

fn is_beyond_cffi(item: &Item) -> bool {
    let is_beyond = |word: &str| {
        word.starts_with("_Float")
            || word.starts_with("__builtin_")
            || matches!(word, "__int128" | "typeof" | "__typeof__" | "__typeof" | "_Decimal64")
    };
    item.tokens.iter().any(|token| token.is_word() && is_beyond(&token.text))
}

fn word(text: &str, item: &Item) -> CToken {
    CToken::made(CTokenKind::Word, text, item.tokens[0].place)
}

fn sign(text: &str, place: HeaderPlace) -> CToken {
    CToken::made(CTokenKind::Sign, text, place)
}

/// `typedef ... name;`
fn name_only(item: &Item, kind: &str) -> Vec<CToken> {
    let each = item.names.iter().flat_map(|name| {
        let place = item.tokens[0].place;
        [word("typedef", item), word(kind, item), word(name, item), sign(";", place)]
    });
    each.collect()
}

/// `struct x { ...; };`: the compiler knows what is in it. Nobody else does.
fn without_body(item: &Item, header_use: HeaderUse) -> Vec<CToken> {
    let Some(body) = &item.body else { return Vec::new() };
    let place = item.tokens[0].place;
    let is_storage = |token: &&CToken| {
        item.kind != ItemKind::Typedef && matches!(&*token.text, "extern" | "static")
    };
    let before = item.tokens[..body.start].iter().filter(|token| !is_storage(token)).cloned();
    let body_told = vec![word("{ ...; }", item)];
    let middle: Vec<CToken> = match (header_use, &item.tag) {
        (HeaderUse::Compiled, _) => before.chain(body_told).collect(),
        (HeaderUse::Opened, Some(_)) => before.collect(),
        (HeaderUse::Opened, None) if item.kind == ItemKind::Typedef => {
            vec![word("typedef", item), word("...", item)]
        }
        (HeaderUse::Opened, None) => return Vec::new(),
    };
    let after = match item.kind {
        ItemKind::Typedef => item.tokens[item.declarators..].to_vec(),
        _ => vec![sign(";", place)],
    };
    let told = [middle, after].concat().into_iter();
    told.map(|token| CToken { place, ..token }).collect()
}

/// Where an array stands whose length nobody but the compiler knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ArrayPlace {
    /// In a parameter, where the length means nothing.
    Parameter,
    /// Elsewhere.
    Member,
}

/// The tokens with the lengths of arrays and the constants of an `enum` worked out: cffi reads
/// only simple ones.
fn with_values(
    tokens: &[CToken],
    declared: &Declarations,
    header_use: HeaderUse,
    place: ArrayPlace,
) -> Vec<CToken> {
    let mut told = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.is("[") {
            let end = group_end(tokens, at);
            let length = &tokens[at + 1..end.max(at + 2) - 1];
            told.push(token.clone());
            told.extend(match (is_simple(length), declared.constant(length), place) {
                (true, ..) => length.to_vec(),
                (false, Some(found), _) if found.value.is_some() => number(found.value, token),
                (_, _, ArrayPlace::Parameter) => Vec::new(),
                _ if header_use == HeaderUse::Compiled => vec![sign("...", token.place)],
                _ => length.to_vec(),
            });
            told.extend(tokens.get(end - 1).cloned());
            at = end;
            continue;
        }
        told.push(token.clone());
        at += 1;
        if token.is("enum") {
            while tokens.get(at).is_some_and(CToken::is_word) && !tokens[at].is("enum") {
                told.push(tokens[at].clone());
                at += 1;
            }
            if tokens.get(at).is_some_and(|token| token.is("{")) {
                let end = group_end(tokens, at);
                told.extend(enum_body(&tokens[at..end], declared, header_use));
                at = end;
            }
        }
    }
    told
}

fn enum_body(body: &[CToken], declared: &Declarations, header_use: HeaderUse) -> Vec<CToken> {
    let mut told = vec![body[0].clone()];
    for (index, (name, value)) in enumerators(body).into_iter().enumerate() {
        if index > 0 {
            told.push(sign(",", name.place));
        }
        told.push(name.clone());
        if value.is_empty() {
            continue;
        }
        told.push(sign("=", name.place));
        told.extend(match declared.constant(value) {
            _ if is_simple(value) => value.to_vec(),
            Some(found) if found.value.is_some() => number(found.value, name),
            _ if header_use == HeaderUse::Compiled => vec![sign("...", name.place)],
            _ => value.to_vec(),
        });
    }
    told.extend(body.last().cloned());
    told
}

/// What cffi reads as well as we do.
fn is_simple(value: &[CToken]) -> bool {
    match value {
        [] => true,
        [one] => one.kind == CTokenKind::Number,
        [sign, one] => sign.is("-") && one.kind == CTokenKind::Number,
        _ => false,
    }
}

fn number(value: Option<i128>, near: &CToken) -> Vec<CToken> {
    let made = |value: i128| CToken::made(CTokenKind::Number, value.to_string(), near.place);
    value.map(made).into_iter().collect()
}

/// Writes tokens down, with the line breaks of the header.
fn add_lines(tokens: &[CToken], name: &str, lines: &mut Vec<CdefLine>) {
    let mut before: Option<&CToken> = None;
    for (at, token) in tokens.iter().enumerate() {
        let is_pointer = tokens.get(at + 1).is_some_and(|next| next.is("*"));
        match (before, lines.last_mut()) {
            (Some(before), Some(line)) if line.place == token.place => {
                if has_space(before, token) || is_pointer && token.is("(") && before.is_word() {
                    line.text.push(' ');
                }
                line.text.push_str(&token.text);
            }
            _ => lines.push(CdefLine {
                text: token.text.clone(),
                place: token.place,
                name: name.to_owned(),
            }),
        }
        before = Some(token);
    }
}

/// Whether a space stands between two tokens, as people write it.
fn has_space(before: &CToken, token: &CToken) -> bool {
    let is_tight_before = matches!(&*before.text, "(" | "[" | "~" | "!" | "-");
    let is_tight = matches!(&*token.text, ")" | "]" | "[" | "," | ";");
    let is_call = token.is("(") && (before.is_word() || before.is(")"));
    let is_pointer = before.is("*") && !matches!(&*token.text, "const" | "volatile");
    !(is_tight_before || is_tight || is_call || is_pointer)
}

#[cfg(test)]
mod tests;
