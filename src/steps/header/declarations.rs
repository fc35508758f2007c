//! All that a header and those that it includes declare, and what each name stands for. Pure.

use std::collections::HashMap;

use crate::steps::header::constants::{self, Constant, ConstantScope, IntegerKind};
use crate::steps::header::items::{Item, ItemKind, enumerators, items};
use crate::steps::header::strip::group_end;
use crate::steps::header::tokens::CToken;

/// How wide the target's integers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntegerWidths {
    /// `long`
    pub long: u32,
    /// A pointer.
    pub pointer: u32,
}

/// Everything that is declared, in order.
pub struct Declarations {
    /// The declarations.
    pub items: Vec<Item>,
    /// Which of them makes a name for a type.
    pub typedefs: HashMap<String, usize>,
    /// Which of them says what is in `struct x`.
    pub tags: HashMap<String, usize>,
    enumerators: HashMap<String, Constant>,
    widths: IntegerWidths,
}

/// Names for types may stand for each other, not for ever.
const DEEPEST: usize = 64;

impl Declarations {
    /// Reads the declarations of a preprocessed text.
    pub fn of(tokens: Vec<CToken>, widths: IntegerWidths) -> Self {
        let mut found = Declarations {
            items: Vec::new(),
            typedefs: HashMap::new(),
            tags: HashMap::new(),
            enumerators: HashMap::new(),
            widths,
        };
        for item in items(tokens) {
            found.add(item);
        }
        found
    }

    fn add(&mut self, item: Item) {
        let index = self.items.len();
        if item.kind == ItemKind::Typedef {
            for name in &item.names {
                self.typedefs.entry(name.clone()).or_insert(index);
            }
        }
        if let (Some(tag), Some(_)) = (&item.tag, &item.body) {
            self.tags.entry(tag.clone()).or_insert(index);
        }
        self.count_enumerators(&item.tokens);
        self.items.push(item);
    }

    /// The constants of each `enum`, also of those within a `struct`.
    fn count_enumerators(&mut self, tokens: &[CToken]) {
        for at in 0..tokens.len() {
            let is_tagged = tokens.get(at + 1).is_some_and(CToken::is_word);
            let body = at + if is_tagged { 2 } else { 1 };
            let is_enum = tokens[at].is("enum") && tokens.get(body).is_some_and(|t| t.is("{"));
            if !is_enum {
                continue;
            }
            let mut next = Some(0);
            for (name, value) in enumerators(&tokens[body..group_end(tokens, body)]) {
                let found = match value {
                    [] => Some(Constant { value: next, kind: IntegerKind::INT }),
                    value => self.constant(value),
                };
                next = found.and_then(|found| found.value).map(|value| value + 1);
                let unknown = Constant { value: None, kind: IntegerKind::INT };
                self.enumerators.insert(name.text.clone(), found.unwrap_or(unknown));
            }
        }
    }

    /// Whether this is a constant of an `enum`.
    pub fn is_enumerator(&self, name: &str) -> bool {
        self.enumerators.contains_key(name)
    }

    /// What an expression comes to, if it is an integer constant.
    pub fn constant(&self, tokens: &[CToken]) -> Option<Constant> {
        let scope = ConstantScope {
            enumerators: &self.enumerators,
            integer_type: &|words| self.integer_type(words, 0),
            long_bits: self.widths.long,
            pointer_bits: self.widths.pointer,
        };
        constants::evaluated(tokens, &scope)
    }

    fn integer_type(&self, words: &[CToken], depth: usize) -> Option<IntegerKind> {
        let spelled: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        if let Some(found) = constants::of_words(&spelled, self.widths.long) {
            return Some(found);
        }
        let word = words.iter().find(|word| !matches!(&*word.text, "const" | "volatile"))?;
        if word.is("enum") {
            return Some(IntegerKind::INT);
        }
        let item = &self.items[*self.typedefs.get(&word.text)?];
        let (name, end) =
            (item.tokens.get(item.declarators)?, item.tokens.get(item.declarators + 1)?);
        let is_plain = name.is(&word.text) && end.is(";");
        let named = item.tokens.get(1..item.declarators)?;
        (is_plain && depth < DEEPEST).then(|| self.integer_type(named, depth + 1)).flatten()
    }

    /// Whether a word leads to the compiler's own list of arguments (`va_list`), which no Python
    /// can make.
    pub fn is_argument_list(&self, word: &str) -> bool {
        let mut word = word;
        for _ in 0..DEEPEST {
            if word == "__builtin_va_list" {
                return true;
            }
            let Some(index) = self.typedefs.get(word) else { return false };
            let item = &self.items[*index];
            let mut type_words = item.tokens[1..item.declarators].iter();
            let Some(next) = type_words.rfind(|token| token.is_word()) else { return false };
            word = &next.text;
        }
        false
    }

    /// Whether a name for a type is about such a list.
    pub fn has_argument_list(&self, item: &Item) -> bool {
        let is_one = |token: &CToken| token.is_word() && self.is_argument_list(&token.text);
        item.body.is_none() && item.tokens.iter().any(is_one)
    }

    /// The declarations that the words of an item need: names for types, and what `struct x` holds.
    pub fn needed_by(&self, tokens: &[CToken]) -> Vec<usize> {
        let mut needed = Vec::new();
        for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.is_word()) {
            let tagged = match token.text.as_str() {
                "struct" | "union" | "enum" => tokens.get(at + 1),
                _ => None,
            };
            let found = match tagged {
                Some(tag) => self.tags.get(&format!("{} {}", token.text, tag.text)),
                None => self.typedefs.get(&token.text),
            };
            needed.extend(found.copied());
        }
        needed
    }
}
