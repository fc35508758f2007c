//! Words of a command with placeholders in them: `{root}/configure`. Pure.

use std::sync::Arc;

use crate::error::{Error, Result, nearest};
use crate::model::{SourceText, Spanned};

/// The placeholders that a text may hold.
pub struct Placeholders<'a> {
    /// Their names, with what stands for each.
    pub known: &'a [(&'a str, String)],
    /// The file that the texts stand in, for errors.
    pub pyproject: &'a Arc<SourceText>,
}

impl Placeholders<'_> {
    /// A text with what the placeholders stand for. `{{` and `}}` are the braces themselves; a brace
    /// that begins no name, as in `{1,2}` or `${X}`, is one too.
    ///
    /// # Errors
    /// There is no such placeholder.
    pub fn filled(&self, text: &Spanned<String>) -> Result<String> {
        let mut filled = String::new();
        let mut rest = text.value.as_str();
        while let Some(place) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(place);
            filled.push_str(before);
            let brace = &from[..1];
            if from[1..].starts_with(brace) {
                filled.push_str(brace);
                rest = &from[2..];
                continue;
            }
            let name = from[1..].split('}').next().unwrap_or_default();
            let is_name =
                !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_lowercase());
            let is_closed = from.len() > name.len() + 1;
            if brace == "}" || !is_name || !is_closed || before.ends_with('$') {
                filled.push_str(brace);
                rest = &from[1..];
                continue;
            }
            filled.push_str(self.value(name, text)?);
            rest = &from[name.len() + 2..];
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str, text: &Spanned<String>) -> Result<&str> {
        if let Some((_, value)) = self.known.iter().find(|(known, _)| *known == name) {
            return Ok(value);
        }
        let names = || self.known.iter().map(|(known, _)| *known);
        let error = Error::new(format!("`{{{name}}}` is no placeholder"))
            .at(self.pyproject, text.span.clone());
        let listed: Vec<String> = names().map(|known| format!("`{{{known}}}`")).collect();
        let error = match nearest(name, names()) {
            Some(near) => error.hint(format!("did you mean `{{{near}}}`?")),
            None => error.hint(format!("there are {}", listed.join(", "))),
        };
        Err(error.hint("write `{{` for a brace"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        let source = SourceText { name: "pyproject.toml".into(), text: text.into() };
        let placeholders = Placeholders {
            known: &[("root", "/p".to_owned()), ("build", "/b".to_owned())],
            pyproject: &Arc::new(source),
        };
        match placeholders.filled(&Spanned::new(text.to_owned(), 0..text.len())) {
            Ok(filled) => filled,
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn placeholders_are_filled_and_other_braces_stay() {
        for (text, expected) in [
            ("{root}/configure", "/p/configure"),
            ("--prefix={build}/{root}x", "--prefix=/b//px"),
            ("{{root}}", "{root}"),
            ("a{1,2}{", "a{1,2}{"),
            ("${root} }{ {A}", "${root} }{ {A}"),
            ("{}{root", "{}{root"),
            ("{rot}", "`{rot}` is no placeholder"),
            ("é{build}é", "é/bé"),
        ] {
            assert_eq!(filled(text), expected, "{text}");
        }
    }
}
