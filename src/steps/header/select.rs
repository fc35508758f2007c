//! Which declarations of a header cffi is told, and how much of each. Pure.

use std::collections::HashSet;

use globset::GlobSet;

use crate::steps::header::declarations::Declarations;
use crate::steps::header::items::{Item, ItemKind};

/// How a module reaches the functions of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderUse {
    /// A compiler sees the header too, and fills in what is left open (API mode).
    Compiled,
    /// A library is opened, so that all must be exact (ABI mode).
    Opened,
}

/// What is wanted of a header.
pub struct Wish<'a> {
    /// Whether a file is one of those that are imported, by its position in the preprocessed text.
    pub is_own: &'a dyn Fn(usize) -> bool,
    /// Patterns of the names that are wanted; `None`: all.
    pub only: Option<&'a GlobSet>,
    /// Patterns of the names that are not.
    pub except: &'a GlobSet,
    /// What for.
    pub header_use: HeaderUse,
}

impl Wish<'_> {
    /// Whether a name is wanted for itself.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_none_or(|only| only.is_match(name)) && !self.except.is_match(name)
    }
}

/// How much of a declaration is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All.
    Whole,
    /// What a `struct` holds is left to the compiler, or to nobody.
    WithoutBody,
    /// That there is such a type, and nothing more.
    NameOnly,
}

/// Names for types that cffi knows by itself.
const KNOWN: [&str; 37] = [
    "FILE",
    "bool",
    "char16_t",
    "char32_t",
    "int16_t",
    "int32_t",
    "int64_t",
    "int8_t",
    "int_fast16_t",
    "int_fast32_t",
    "int_fast64_t",
    "int_fast8_t",
    "int_least16_t",
    "int_least32_t",
    "int_least64_t",
    "int_least8_t",
    "intmax_t",
    "intptr_t",
    "ptrdiff_t",
    "size_t",
    "ssize_t",
    "uint16_t",
    "uint32_t",
    "uint64_t",
    "uint8_t",
    "uint_fast16_t",
    "uint_fast32_t",
    "uint_fast64_t",
    "uint_fast8_t",
    "uint_least16_t",
    "uint_least32_t",
    "uint_least64_t",
    "uint_least8_t",
    "uintmax_t",
    "uintptr_t",
    "wchar_t",
    "_Bool",
];

/// Every name by which a pattern may mean a declaration.
pub fn names(item: &Item) -> impl Iterator<Item = &str> {
    let tag = item.tag.as_deref().and_then(|tag| tag.split(' ').nth(1));
    let is_tagless = item.names.is_empty() && tag.is_none();
    let constants = item.enumerators().into_iter().filter(move |_| is_tagless);
    let constants = constants.map(|(name, _)| name.text.as_str());
    item.names.iter().map(String::as_str).chain(tag).chain(constants)
}

/// Chooses; for each declaration, how much of it is told, if anything.
pub fn chosen(declared: &Declarations, wish: &Wish) -> Vec<Option<Extent>> {
    let mut details: Vec<Option<Extent>> = vec![None; declared.items.len()];
    let mut waiting = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for (index, item) in declared.items.iter().enumerate() {
        let is_first = || item.names.iter().any(|name| !seen.contains(name.as_str()));
        let is_wanted = is_own(item, wish)
            && !is_excluded(item, wish)
            && wish.only.is_none_or(|only| names(item).any(|name| only.is_match(name)))
            && is_callable(item, declared, wish)
            && (item.names.is_empty() || is_first());
        if is_wanted {
            details[index] = Some(Extent::Whole);
            waiting.push(index);
            seen.extend(item.names.iter().map(String::as_str));
        }
    }
    while let Some(index) = waiting.pop() {
        let item = &declared.items[index];
        // What stands in the body is not told.
        let tokens = match (details[index], &item.body) {
            (Some(Extent::NameOnly), _) => &[],
            _ if item.kind == ItemKind::Typedef && declared.has_argument_list(item) => &[],
            (Some(Extent::WithoutBody), Some(_)) if !item.is_of("enum") => &[],
            _ => item.tokens.as_slice(),
        };
        for needed in declared.needed_by(tokens) {
            if details[needed].is_none() && needed != index {
                details[needed] = detail_of(&declared.items[needed], wish);
                waiting.extend(details[needed].map(|_| needed));
            }
        }
    }
    details
}

/// How much is told of what another declaration needs; `None` for what cffi knows.
fn detail_of(item: &Item, wish: &Wish) -> Option<Extent> {
    let is_known = |name: &String| KNOWN.contains(&name.as_str());
    if is_own(item, wish) {
        return Some(match is_excluded(item, wish) {
            false => Extent::Whole,
            true if item.body.is_some() => Extent::WithoutBody,
            true => Extent::NameOnly,
        });
    }
    let is_type = item.kind == ItemKind::Typedef;
    if is_type && item.names.iter().all(is_known) {
        return None;
    }
    Some(Extent::WithoutBody)
}

fn is_own(item: &Item, wish: &Wish) -> bool {
    item.tokens.first().is_some_and(|token| (wish.is_own)(token.place.file))
}

fn is_excluded(item: &Item, wish: &Wish) -> bool {
    names(item).any(|name| wish.except.is_match(name))
}

/// No Python can make a `va_list`, and a library does not hold what is `static`.
fn is_callable(item: &Item, declared: &Declarations, wish: &Wish) -> bool {
    let is_reachable = match (item.kind, wish.header_use) {
        (ItemKind::Function | ItemKind::Variable, HeaderUse::Opened) => !item.is_static,
        _ => true,
    };
    let takes_list = item.kind == ItemKind::Function
        && item
            .tokens
            .iter()
            .any(|token| token.is_word() && declared.is_argument_list(&token.text));
    is_reachable && !takes_list
}
