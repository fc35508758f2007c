//! Environment markers: the grammar of the [dependency specifiers specification], kept as a tree.
//!
//! The tree keeps what the user compared. Solving it (`python_version` into
//! `python_full_version`, say) changes what it means on pre-releases of Python.
//!
//! [dependency specifiers specification]: https://packaging.python.org/en/latest/specifications/dependency-specifiers/

use std::fmt;

use crate::config::metadata::names::normalize;
use crate::config::metadata::requirement::{Reader, Wrong};

/// A condition on the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// One comparison in normal form: `python_version < "3.8"`.
    Comparison(String),
    /// All of them.
    All(Vec<Marker>),
    /// One of them.
    Any(Vec<Marker>),
}

impl Marker {
    /// The condition `extra == "<name>"`.
    pub fn extra(name: &str) -> Self {
        Marker::Comparison(format!("extra == \"{name}\""))
    }

    /// This condition and another one.
    #[must_use]
    pub fn and(self, other: Marker) -> Self {
        match self {
            Marker::All(mut parts) => {
                parts.push(other);
                Marker::All(parts)
            }
            single => Marker::All(vec![single, other]),
        }
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, word) = match self {
            Marker::Comparison(text) => return f.write_str(text),
            Marker::All(parts) => (parts, " and "),
            Marker::Any(parts) => (parts, " or "),
        };
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                f.write_str(word)?;
            }
            match part {
                Marker::Comparison(_) => write!(f, "{part}")?,
                _ => write!(f, "({part})")?,
            }
        }
        Ok(())
    }
}

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
pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Marker, Wrong> {
    chain(reader, "or", Marker::Any, |reader| chain(reader, "and", Marker::All, atom))
}

fn chain(
    reader: &mut Reader<'_>,
    word: &str,
    join: fn(Vec<Marker>) -> Marker,
    part: fn(&mut Reader<'_>) -> Result<Marker, Wrong>,
) -> Result<Marker, Wrong> {
    let first = part(reader)?;
    let mut parts = vec![first];
    while reader.eat_word(word) {
        parts.push(part(reader)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { join(parts) })
}

fn atom(reader: &mut Reader<'_>) -> Result<Marker, Wrong> {
    reader.skip_blanks();
    if reader.eat("(") {
        let inside = parse(reader)?;
        reader.skip_blanks();
        return match reader.eat(")") {
            true => Ok(inside),
            false => Err(reader.wrong("expected `)`")),
        };
    }
    let left = operand(reader)?;
    let operator = operator(reader)?;
    let right = operand(reader)?;
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

fn operand(reader: &mut Reader<'_>) -> Result<Operand, Wrong> {
    reader.skip_blanks();
    for quote in ["'", "\""] {
        if reader.eat(quote) {
            let text = reader.take_while(|c| !quote.contains(c)).to_owned();
            return match reader.eat(quote) {
                true => Ok(Operand::Literal(text)),
                false => Err(reader.wrong("expected a closing quote")),
            };
        }
    }
    let start = reader.position();
    let word = reader.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).to_owned();
    let name = OLD_NAMES.iter().find(|(old, _)| *old == word).map_or(word.as_str(), |(_, new)| new);
    match VARIABLES.iter().find(|variable| **variable == name) {
        Some(variable) => Ok(Operand::Variable(variable)),
        None if word.is_empty() => Err(reader.wrong("expected a marker variable or a quoted text")),
        None => {
            let near = crate::error::nearest(name, VARIABLES)
                .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            Err(Wrong { reason: format!("`{word}` is not a marker variable{near}"), at: start })
        }
    }
}

fn operator(reader: &mut Reader<'_>) -> Result<&'static str, Wrong> {
    reader.skip_blanks();
    for symbol in ["===", "==", "~=", "!=", "<=", ">=", "<", ">"] {
        if reader.eat(symbol) {
            return Ok(symbol);
        }
    }
    if reader.eat_word("in") {
        return Ok("in");
    }
    if reader.eat_word("not") && reader.eat_word("in") {
        return Ok("not in");
    }
    Err(reader
        .wrong("expected one of `<=`, `<`, `!=`, `==`, `>=`, `>`, `~=`, `===`, `in`, `not in`"))
}

/// PEP 685: names of extras are written in their normal form.
fn with_normal_extra(left: Operand, right: Operand) -> (Operand, Operand) {
    use Operand::{Literal, Variable};
    match (left, right) {
        (Variable("extra"), Literal(name)) => (Variable("extra"), Literal(normalize(&name))),
        (Literal(name), Variable("extra")) => (Literal(normalize(&name)), Variable("extra")),
        others => others,
    }
}
