//! Integer constant expressions of C, worked out as the target's compiler would. Pure.

use std::collections::HashMap;

use crate::steps::header::items::TYPE_WORDS;
use crate::steps::header::strip::group_end;
use crate::steps::header::tokens::{CToken, CTokenKind};

/// An integer constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Constant {
    /// Its value; `None` where only the compiler knows it (`sizeof`).
    pub value: Option<i128>,
    /// Its type.
    pub kind: IntegerKind,
}

/// An integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntegerKind {
    /// How wide it is.
    pub bits: u32,
    /// Whether it has negative values.
    pub signed: bool,
}

impl IntegerKind {
    /// `int`
    pub const INT: IntegerKind = IntegerKind { bits: 32, signed: true };

    /// The value that a number becomes in this type.
    fn wrap(self, value: i128) -> i128 {
        let low = value & ((1 << self.bits) - 1);
        let is_negative = self.signed && low >> (self.bits - 1) & 1 == 1;
        if is_negative { low - (1 << self.bits) } else { low }
    }

    /// The type in which two values are calculated.
    fn common(self, other: Self) -> Self {
        let (one, other) = (self.promoted(), other.promoted());
        match one.bits.cmp(&other.bits) {
            std::cmp::Ordering::Greater => one,
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Equal => IntegerKind { signed: one.signed && other.signed, ..one },
        }
    }

    fn promoted(self) -> Self {
        if self.bits < 32 { IntegerKind::INT } else { self }
    }
}

/// What the names in an expression mean.
pub struct ConstantScope<'a> {
    /// The constants of `enum`s.
    pub enumerators: &'a HashMap<String, Constant>,
    /// The integer type that a word or a name for a type stands for.
    pub integer_type: &'a dyn Fn(&[CToken]) -> Option<IntegerKind>,
    /// How many bits a `long` has.
    pub long_bits: u32,
    /// How many bits `sizeof` has.
    pub pointer_bits: u32,
}

/// Works out an expression; `None` if it is no integer constant, or beyond us.
pub fn evaluated(tokens: &[CToken], scope: &ConstantScope) -> Option<Constant> {
    let mut parser = ExpressionParser { tokens, at: 0, scope, depth: 0 };
    let found = parser.conditional()?;
    (parser.at == tokens.len()).then_some(found)
}

struct ExpressionParser<'a> {
    tokens: &'a [CToken],
    at: usize,
    scope: &'a ConstantScope<'a>,
    depth: usize,
}

/// Binary operators with how strongly they bind.
const OPERATORS: [(&str, u8); 18] = [
    ("||", 1),
    ("&&", 2),
    ("|", 3),
    ("^", 4),
    ("&", 5),
    ("==", 6),
    ("!=", 6),
    ("<", 7),
    (">", 7),
    ("<=", 7),
    (">=", 7),
    ("<<", 8),
    (">>", 8),
    ("+", 9),
    ("-", 9),
    ("*", 10),
    ("/", 10),
    ("%", 10),
];

/// Deeper parentheses are nothing that a person wrote.
const DEEPEST: usize = 100;

impl ExpressionParser<'_> {
    fn take(&mut self, text: &str) -> bool {
        let is_next = self.tokens.get(self.at).is_some_and(|token| token.is(text));
        self.at += usize::from(is_next);
        is_next
    }

    fn conditional(&mut self) -> Option<Constant> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let condition = self.binary(1)?;
        let found = if self.take("?") {
            let yes = self.conditional()?;
            let no = self.take(":").then(|| self.conditional())??;
            let kind = yes.kind.common(no.kind);
            let chosen =
                condition.value.and_then(|value| if value != 0 { yes.value } else { no.value });
            Constant { value: chosen.map(|value| kind.wrap(value)), kind }
        } else {
            condition
        };
        self.depth -= 1;
        Some(found)
    }

    fn binary(&mut self, least: u8) -> Option<Constant> {
        let mut left = self.unary()?;
        loop {
            let next = self.tokens.get(self.at);
            let operator = next.and_then(|next| {
                OPERATORS.iter().find(|(sign, binds)| next.is(sign) && *binds >= least)
            });
            let Some((sign, binds)) = operator else { return Some(left) };
            self.at += 1;
            let right = self.binary(binds + 1)?;
            left = calculated(sign, left, right)?;
        }
    }

    fn unary(&mut self) -> Option<Constant> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let found = self.signed();
        self.depth -= 1;
        found
    }

    fn signed(&mut self) -> Option<Constant> {
        for sign in ["+", "-", "~", "!"] {
            if !self.take(sign) {
                continue;
            }
            let Constant { value, kind } = self.unary()?;
            let kind = if sign == "!" { IntegerKind::INT } else { kind.promoted() };
            let value = value.map(|value| match sign {
                "-" => kind.wrap(-value),
                "~" => kind.wrap(!value),
                "!" => i128::from(value == 0),
                _ => value,
            });
            return Some(Constant { value, kind });
        }
        if self.take("sizeof") || self.take("_Alignof") || self.take("__alignof__") {
            return self.size();
        }
        if self.tokens.get(self.at)?.is("(") {
            return self.group();
        }
        self.primary()
    }

    fn size(&mut self) -> Option<Constant> {
        if !self.tokens.get(self.at)?.is("(") {
            return None;
        }
        self.at = group_end(self.tokens, self.at);
        let kind = IntegerKind { bits: self.scope.pointer_bits, signed: false };
        Some(Constant { value: None, kind })
    }

    /// `( expression )` or `( type ) expression`
    fn group(&mut self) -> Option<Constant> {
        let end = group_end(self.tokens, self.at);
        let inside = self.tokens.get(self.at + 1..end.checked_sub(1)?)?;
        if let Some(kind) = self.cast(inside) {
            self.at = end;
            let Constant { value, .. } = self.unary()?;
            return Some(Constant { value: value.map(|value| kind.wrap(value)), kind });
        }
        self.at += 1;
        let found = self.conditional()?;
        self.take(")").then_some(found)
    }

    fn cast(&self, inside: &[CToken]) -> Option<IntegerKind> {
        let is_constant = |token: &CToken| self.scope.enumerators.contains_key(&token.text);
        let is_type = !inside.is_empty() && inside.iter().all(|t| t.is_word() && !is_constant(t));
        is_type.then(|| (self.scope.integer_type)(inside)).flatten()
    }

    fn primary(&mut self) -> Option<Constant> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        match token.kind {
            CTokenKind::Number => number(&token.text, self.scope),
            CTokenKind::Quoted => character(&token.text),
            CTokenKind::Word => self.scope.enumerators.get(&token.text).copied(),
            CTokenKind::Sign => None,
        }
    }
}

fn calculated(sign: &str, left: Constant, right: Constant) -> Option<Constant> {
    let is_shift = matches!(sign, "<<" | ">>");
    let is_logic = matches!(sign, "||" | "&&" | "==" | "!=" | "<" | ">" | "<=" | ">=");
    let common = left.kind.common(right.kind);
    let within = if is_shift { left.kind.promoted() } else { common };
    let kind = if is_logic { IntegerKind::INT } else { within };
    let (Some(a), Some(b)) = (left.value, right.value) else {
        return Some(Constant { value: None, kind });
    };
    let (a, b) = if is_shift { (a, b) } else { (common.wrap(a), common.wrap(b)) };
    let shift = u32::try_from(b).ok().filter(|by| *by < within.bits);
    let value = match sign {
        "||" => i128::from(a != 0 || b != 0),
        "&&" => i128::from(a != 0 && b != 0),
        "|" => a | b,
        "^" => a ^ b,
        "&" => a & b,
        "==" => i128::from(a == b),
        "!=" => i128::from(a != b),
        "<" => i128::from(a < b),
        ">" => i128::from(a > b),
        "<=" => i128::from(a <= b),
        ">=" => i128::from(a >= b),
        "<<" => a.checked_shl(shift?)?,
        ">>" => a >> shift?,
        "+" => a + b,
        "-" => a - b,
        "*" => a.checked_mul(b)?,
        "/" => a.checked_div(b)?,
        _ => a.checked_rem(b)?,
    };
    Some(Constant { value: Some(kind.wrap(value)), kind })
}

fn number(text: &str, scope: &ConstantScope) -> Option<Constant> {
    let lower = text.to_lowercase().replace('\'', "");
    let digits = lower.trim_end_matches(['u', 'l']);
    let suffix = &lower[digits.len()..];
    let (digits, radix) = match digits {
        _ if digits.starts_with("0x") => (&digits[2..], 16),
        _ if digits.starts_with("0b") => (&digits[2..], 2),
        _ if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        _ => (digits, 10),
    };
    let value = i128::from_str_radix(digits, radix).ok()?;
    let least = match suffix.matches('l').count() {
        0 => 32,
        1 => scope.long_bits,
        _ => 64,
    };
    let unsigned = suffix.contains('u');
    let kinds = [32, 64].into_iter().filter(|bits| *bits >= least).flat_map(|bits| {
        let signed = (!unsigned).then_some(IntegerKind { bits, signed: true });
        let other = (unsigned || radix != 10).then_some(IntegerKind { bits, signed: false });
        signed.into_iter().chain(other)
    });
    let kind = kinds.into_iter().find(|kind| kind.wrap(value) == value)?;
    Some(Constant { value: Some(value), kind })
}

fn character(text: &str) -> Option<Constant> {
    let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let value = match inside.strip_prefix('\\') {
        None => {
            let mut letters = inside.chars();
            let letter = letters.next().filter(char::is_ascii)?;
            letters.next().is_none().then_some(letter as i128)?
        }
        Some(escape) => match escape {
            "n" => 10,
            "t" => 9,
            "r" => 13,
            "a" => 7,
            "b" => 8,
            "f" => 12,
            "v" => 11,
            "\\" | "'" | "\"" | "?" => i128::from(escape.as_bytes()[0]),
            _ => match escape.strip_prefix('x') {
                Some(digits) => i128::from(u8::from_str_radix(digits, 16).ok()? as i8),
                None => i128::from(u8::from_str_radix(escape, 8).ok()? as i8),
            },
        },
    };
    Some(Constant { value: Some(value), kind: IntegerKind::INT })
}

/// The integer type of words like `unsigned long int`; `None` if they are something else.
pub fn of_words(words: &[&str], long_bits: u32) -> Option<IntegerKind> {
    let count = |word: &str| words.iter().filter(|one| **one == word).count();
    let others =
        ["const", "volatile", "int", "signed", "unsigned", "long", "short", "char", "_Bool"];
    if words.is_empty() || !words.iter().all(|word| others.contains(word)) {
        return None;
    }
    debug_assert!(others[2..].iter().all(|word| TYPE_WORDS.contains(word)));
    let bits = match (count("char"), count("short"), count("long")) {
        _ if count("_Bool") > 0 => return Some(IntegerKind { bits: 8, signed: false }),
        (1.., ..) => 8,
        (_, 1.., _) => 16,
        (.., 0) => 32,
        (.., 1) => long_bits,
        _ => 64,
    };
    Some(IntegerKind { bits, signed: count("unsigned") == 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::header::tokens::read;

    fn value(text: &str, long_bits: u32) -> Option<Option<i128>> {
        let int = |value| Constant { value: Some(value), kind: IntegerKind::INT };
        let enumerators = HashMap::from([("ONE".to_owned(), int(1)), ("TEN".to_owned(), int(10))]);
        let integer_type = |words: &[CToken]| {
            let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            match words.as_slice() {
                ["uint32_t"] => Some(IntegerKind { bits: 32, signed: false }),
                words => of_words(words, long_bits),
            }
        };
        let scope = ConstantScope {
            enumerators: &enumerators,
            integer_type: &integer_type,
            long_bits,
            pointer_bits: 64,
        };
        evaluated(&read(text).tokens, &scope).map(|found| found.value)
    }

    #[test]
    fn what_a_compiler_would_make_of_it() {
        for (text, expected) in [
            ("1", 1),
            ("(0x10UL)", 16),
            ("010 + 0b11", 11),
            ("1 << 4 | 2", 18),
            ("2 + 3 * 4 - 6 / 4 % 5", 13),
            ("-1", -1),
            ("~0U", 0xffff_ffff),
            ("~0ULL", 0xffff_ffff_ffff_ffff),
            ("(unsigned char)-1", 255),
            ("(uint32_t)(-1)", 0xffff_ffff),
            ("-1 < 1u", 0),
            ("0x80000000", 0x8000_0000),
            ("1 << 31", -0x8000_0000),
            ("ONE ? TEN : 3", 10),
            ("(ONE) + TEN", 11),
            ("!TEN || 0 && 1", 0),
            ("'a' + '\\n'", 107),
            ("'\\xff'", -1),
            ("((18446744073709551615UL) < (4UL) ? (1) : (2))", 2),
            ("-9223372036854775807L - 1", i128::from(i64::MIN)),
        ] {
            assert_eq!(value(text, 64), Some(Some(expected)), "{text}");
        }
        assert_eq!(value("0xffffffffL + 1", 32), Some(Some(0)));
        assert_eq!(value("0xffffffffL + 1", 64), Some(Some(0x1_0000_0000)));
        assert_eq!(value("sizeof(void *) * 2", 64), Some(None));
    }

    #[test]
    fn what_is_no_integer_constant() {
        for text in [
            "",
            "\"text\"",
            "1.5",
            "1e3",
            "f(1)",
            "x",
            "((void*)0)",
            "(struct s)1",
            "1 +",
            "1 2",
            "1 / 0",
            "1 << 99",
            "(char *) 1",
            "{ 1 }",
            "0x",
            "sizeof x",
            "int",
        ] {
            assert_eq!(value(text, 64), None, "{text}");
        }
        let deep = "(".repeat(100_000) + "1" + &")".repeat(100_000);
        assert_eq!(value(&deep, 64), None);
        assert_eq!(value(&("-".repeat(100_000) + "1"), 64), None);
    }
}
