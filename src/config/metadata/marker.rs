//! Environment markers: the grammar of the [dependency specifiers specification], kept as a tree.
//!
//! The tree keeps what the user compared. Solving it (`python_version` into
//! `python_full_version`, say) changes what it means on pre-releases of Python.
//!
//! [dependency specifiers specification]: https://packaging.python.org/en/latest/specifications/dependency-specifiers/

use crate::config::metadata::cursor::{Cursor, ParseError};
use crate::error::nearest;
use crate::model::{Marker, normalize_name};

const VARIABLES: [&str; 12] = [
    "python_version",
    "python_full_version",
    "os_name",
    "sys_platform",
    "platform_release",
    "platform_system",
    "platform_version",
    "platform_machine",
    "platform_python_implementation",
    "implementation_name",
    "implementation_version",
    "extra",
];

/// Spellings from before PEP 508.
const OLD_NAMES: [(&str, &str); 6] = [
    ("os.name", "os_name"),
    ("sys.platform", "sys_platform"),
    ("platform.version", "platform_version"),
    ("platform.machine", "platform_machine"),
    ("platform.python_implementation", "platform_python_implementation"),
    ("python_implementation", "platform_python_implementation"),
];

/// `marker_or` of the grammar.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Marker, ParseError> {
    chain(cursor, "or", Marker::Any, |cursor| chain(cursor, "and", Marker::All, atom))
}

fn chain(
    cursor: &mut Cursor<'_>,
    word: &str,
    join: fn(Vec<Marker>) -> Marker,
    part: fn(&mut Cursor<'_>) -> Result<Marker, ParseError>,
) -> Result<Marker, ParseError> {
    let first = part(cursor)?;
    let mut parts = vec![first];
    while cursor.eat_word(word) {
        parts.push(part(cursor)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { join(parts) })
}

fn atom(cursor: &mut Cursor<'_>) -> Result<Marker, ParseError> {
    cursor.skip_blanks();
    if cursor.eat("(") {
        let inside = parse(cursor)?;
        cursor.skip_blanks();
        return match cursor.eat(")") {
            true => Ok(inside),
            false => Err(cursor.error("expected `)`")),
        };
    }
    let left = operand(cursor)?;
    let operator = operator(cursor)?;
    let right = operand(cursor)?;
    let (left, right) = with_normal_extra(left, right);
    Ok(Marker::Comparison(format!("{} {operator} {}", left.written(), right.written())))
}

enum Operand {
    Variable(&'static str),
    Literal(String),
}

impl Operand {
    fn written(&self) -> String {
        match self {
            Operand::Variable(name) => (*name).to_owned(),
            Operand::Literal(text) if text.contains('"') => format!("'{text}'"),
            Operand::Literal(text) => format!("\"{text}\""),
        }
    }
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, ParseError> {
    cursor.skip_blanks();
    for quote in ["'", "\""] {
        if cursor.eat(quote) {
            let text = cursor.take_while(|c| !quote.contains(c)).to_owned();
            return match cursor.eat(quote) {
                true => Ok(Operand::Literal(text)),
                false => Err(cursor.error("expected a closing quote")),
            };
        }
    }
    let start = cursor.position();
    let word = cursor.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).to_owned();
    let name = OLD_NAMES.iter().find(|(old, _)| *old == word).map_or(word.as_str(), |(_, new)| new);
    match VARIABLES.iter().find(|variable| **variable == name) {
        Some(variable) => Ok(Operand::Variable(variable)),
        None if word.is_empty() => Err(cursor.error("expected a marker variable or a quoted text")),
        None => {
            let near = nearest(name, VARIABLES)
                .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            Err(ParseError {
                reason: format!("`{word}` is not a marker variable{near}"),
                at: start,
            })
        }
    }
}

fn operator(cursor: &mut Cursor<'_>) -> Result<&'static str, ParseError> {
    cursor.skip_blanks();
    for symbol in ["===", "==", "~=", "!=", "<=", ">=", "<", ">"] {
        if cursor.eat(symbol) {
            return Ok(symbol);
        }
    }
    if cursor.eat_word("in") {
        return Ok("in");
    }
    if cursor.eat_word("not") && cursor.eat_word("in") {
        return Ok("not in");
    }
    Err(cursor
        .error("expected one of `<=`, `<`, `!=`, `==`, `>=`, `>`, `~=`, `===`, `in`, `not in`"))
}

/// PEP 685: names of extras are written in their normal form.
fn with_normal_extra(left: Operand, right: Operand) -> (Operand, Operand) {
    use Operand::{Literal, Variable};
    match (left, right) {
        (Variable("extra"), Literal(name)) => (Variable("extra"), Literal(normalize_name(&name))),
        (Literal(name), Variable("extra")) => (Literal(normalize_name(&name)), Variable("extra")),
        others => others,
    }
}
