//! One dependency specifier (PEP 508), parsed and written in its normal form.
//!
//! A grammar of our own, since the text goes into `METADATA` for other tools to judge: what we
//! accept and what we write is what `packaging` accepts and means, and nothing is expanded.

use std::fmt;
use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

use crate::config::metadata::marker;
use crate::config::metadata::marker::Marker;
use crate::config::metadata::names::{is_valid, normalize};
use crate::config::metadata::version;

/// `name[extra]>=1,<2; marker`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The distribution, normalised.
    pub name: String,
    /// The wanted extras: normalised, sorted, each once.
    pub extras: Vec<String>,
    /// Which releases will do.
    pub wanted: Wanted,
    /// When it applies; `None` is always.
    pub marker: Option<Marker>,
}

/// What satisfies a [`Requirement`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Releases with these versions; no specifier means any.
    Versions(VersionSpecifiers),
    /// What is found at a URL.
    Url(String),
}

impl Requirement {
    /// This requirement, for those who ask for an extra (normalised).
    #[must_use]
    pub fn only_with_extra(mut self, extra: &str) -> Self {
        let asked = Marker::extra(extra);
        self.marker = Some(match self.marker {
            Some(marker) => marker.and(asked),
            None => asked,
        });
        self
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.extras.is_empty() {
            write!(f, "[{}]", self.extras.join(","))?;
        }
        match &self.wanted {
            Wanted::Versions(specifiers) => f.write_str(&version::written(specifiers))?,
            Wanted::Url(url) => write!(f, " @ {url}")?,
        }
        match (&self.marker, &self.wanted) {
            // Without the space, the semicolon would belong to the URL.
            (Some(marker), Wanted::Url(_)) => write!(f, " ; {marker}"),
            (Some(marker), Wanted::Versions(_)) => write!(f, "; {marker}"),
            (None, _) => Ok(()),
        }
    }
}

/// Why a text is no requirement, and the byte at which that shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The reason, in words.
    pub reason: String,
    /// Offset into the text.
    pub at: usize,
}

impl FromStr for Requirement {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let mut reader = Reader { text, position: 0 };
        let name = name(&mut reader, "the name of a distribution")?;
        let extras = extras(&mut reader)?;
        reader.skip_blanks();
        let wanted = match reader.eat("@") {
            true => url(&mut reader)?,
            false => versions(&mut reader)?,
        };
        reader.skip_blanks();
        let marker = if reader.eat(";") { Some(marker::parse(&mut reader)?) } else { None };
        reader.skip_blanks();
        if !reader.rest().is_empty() {
            let end = if marker.is_some() { "`and`, `or` or the end" } else { "`;` or the end" };
            return Err(reader.wrong(&format!("expected {end}")));
        }
        Ok(Requirement { name, extras, wanted, marker })
    }
}

fn name(reader: &mut Reader<'_>, what: &str) -> Result<String, Wrong> {
    reader.skip_blanks();
    let start = reader.position();
    let name = reader.take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    match (name, is_valid(name)) {
        (name, true) => Ok(normalize(name)),
        ("", _) => Err(reader.wrong(&format!("expected {what}"))),
        (name, false) => Err(Wrong { reason: format!("`{name}` is not a valid name"), at: start }),
    }
}

fn extras(reader: &mut Reader<'_>) -> Result<Vec<String>, Wrong> {
    reader.skip_blanks();
    let mut extras = Vec::new();
    if !reader.eat("[") {
        return Ok(extras);
    }
    reader.skip_blanks();
    if reader.eat("]") {
        return Ok(extras);
    }
    loop {
        extras.push(name(reader, "the name of an extra")?);
        reader.skip_blanks();
        if reader.eat("]") {
            extras.sort();
            extras.dedup();
            return Ok(extras);
        }
        if !reader.eat(",") {
            return Err(reader.wrong("expected `,` or `]`"));
        }
    }
}

fn versions(reader: &mut Reader<'_>) -> Result<Wanted, Wrong> {
    let enclosed = reader.eat("(");
    let start = reader.position();
    let text = match enclosed {
        true => reader.take_while(|c| c != ')'),
        false => reader.take_while(|c| c != ';'),
    };
    if enclosed && !reader.eat(")") {
        return Err(reader.wrong("expected `)`"));
    }
    let bare = text.trim_start_matches([' ', '\t']);
    if !bare.is_empty() && !bare.starts_with(['<', '>', '=', '!', '~']) {
        let reason = "expected a version specifier (`>=1.0`), `[`, `@`, `;` or the end".to_owned();
        return Err(Wrong { reason, at: start + text.len() - bare.len() });
    }
    let specifiers = version::specifiers(text).map_err(|reason| Wrong { reason, at: start })?;
    Ok(Wanted::Versions(specifiers))
}

fn url(reader: &mut Reader<'_>) -> Result<Wanted, Wrong> {
    reader.skip_blanks();
    let start = reader.position();
    let url = reader.take_while(|c| !c.is_whitespace() && !c.is_control());
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !is_scheme {
        let reason = "expected a URL with its scheme, like `https://...`".to_owned();
        return Err(Wrong { reason, at: start });
    }
    Ok(Wanted::Url(url.to_owned()))
}

/// A place in a text that is being read. Invariant: `position` is on a character boundary.
pub(super) struct Reader<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t'));
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.position += length;
        &rest[..length]
    }

    pub(super) fn eat(&mut self, symbol: &str) -> bool {
        let found = self.rest().starts_with(symbol);
        if found {
            self.position += symbol.len();
        }
        found
    }

    /// Eats a whole word, with the blanks before it.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let follows = self.rest().strip_prefix(word).map(|rest| rest.chars().next());
        let whole =
            follows.is_some_and(|next| !next.is_some_and(|c| c == '_' || c.is_alphanumeric()));
        whole && self.eat(word)
    }

    pub(super) fn wrong(&self, reason: &str) -> Wrong {
        let found = match self.rest().chars().next() {
            Some(c) => format!("`{}`", c.escape_debug()),
            None => "the end".to_owned(),
        };
        Wrong { reason: format!("{reason}, found {found}"), at: self.position }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_have_one_normal_form() {
        let table = [
            ("cffi", "cffi"),
            (" Foo_Bar [B,a_b, b] ( <2 , >= 1.0.RC1 ) ", "foo-bar[a-b,b]>=1.0rc1,<2"),
            ("numpy>=1.20;python_version<'3.10'", "numpy>=1.20; python_version < \"3.10\""),
            (
                "a @ https://x.y/a;b.whl ; os.name=='nt'",
                "a @ https://x.y/a;b.whl ; os_name == \"nt\"",
            ),
            ("a @ git+https://${USER}@x.y/z", "a @ git+https://${USER}@x.y/z"),
            (
                "a; python_implementation not  in 'x\"y'",
                "a; platform_python_implementation not in 'x\"y'",
            ),
            (
                "a; 'win' in sys_platform and extra=='B_c'",
                "a; \"win\" in sys_platform and extra == \"b-c\"",
            ),
            (
                "a;(os_name=='a' or os_name=='b')and(os_name=='c')",
                "a; (os_name == \"a\" or os_name == \"b\") and os_name == \"c\"",
            ),
            (
                "a;os_name=='a' or os_name=='b' and os_name=='c'",
                "a; os_name == \"a\" or (os_name == \"b\" and os_name == \"c\")",
            ),
            ("a[]", "a"),
            ("a>=1,", "a>=1"),
            ("a==1.*,!=1.2.*,~=1.1", "a==1.*,~=1.1,!=1.2.*"),
        ];
        for (text, expected) in table {
            let parsed: Requirement = text.parse().unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!(parsed.to_string(), expected, "{text}");
            assert_eq!(expected.parse(), Ok(parsed), "{expected}");
        }
    }

    #[test]
    fn an_extra_is_a_condition_on_the_whole_marker() {
        let only =
            |text: &str| text.parse::<Requirement>().unwrap().only_with_extra("x").to_string();
        assert_eq!(only("a>=1"), "a>=1; extra == \"x\"");
        assert_eq!(
            only("a; os_name=='a' or os_name=='b'"),
            "a; (os_name == \"a\" or os_name == \"b\") and extra == \"x\""
        );
        assert_eq!(
            only("a; os_name=='a' and os_name=='b'"),
            "a; os_name == \"a\" and os_name == \"b\" and extra == \"x\""
        );
    }

    #[test]
    fn broken_requirements_say_what_is_wrong_and_where() {
        let table = [
            ("", "the name of a distribution", 0),
            ("foo- >=1", "`foo-` is not a valid name", 0),
            ("foo bar", "expected a version specifier", 4),
            ("foo 1.0", "expected a version specifier", 4),
            ("foo[a b]", "expected `,` or `]`", 6),
            ("foo[a", "expected `,` or `]`, found the end", 5),
            ("foo[a,]", "the name of an extra", 6),
            ("foo(>=1", "expected `)`", 7),
            ("foo=1", "`=1`", 3),
            ("foo>=1.*", "`>=1.*`", 3),
            ("foo>=1 <2", "`>=1 <2`", 3),
            ("foo>=1,,<2", "between commas", 3),
            ("foo @ ../foo", "a URL with its scheme", 6),
            ("foo @ https://a b", "expected `;` or the end", 16),
            ("foo;", "a marker variable", 4),
            ("foo; python>='3'", "did you mean `python_version`?", 5),
            ("foo; python.version>='3'", "did you mean `python_version`?", 5),
            ("foo; python_version '3'", "expected one of", 20),
            ("foo; python_version>='3", "closing quote", 23),
            ("foo; (os_name=='a'", "expected `)`", 18),
            ("foo; os_name=='a' xor os_name=='b'", "expected `and`, `or` or the end", 18),
            ("foo\n>=1", "expected a version specifier", 3),
            ("-e .", "`-e` is not a valid name", 0),
            ("./foo", "is not a valid name", 0),
        ];
        for (text, reason, at) in table {
            let wrong = text.parse::<Requirement>().expect_err(text);
            assert!(wrong.reason.contains(reason), "{text}: {wrong:?}");
            assert_eq!(wrong.at, at, "{text}: {wrong:?}");
        }
    }
}
