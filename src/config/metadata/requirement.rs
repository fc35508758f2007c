//! One dependency specifier (PEP 508), parsed and written in its normal form.
//!
//! A grammar of our own, since the text goes into `METADATA` for other tools to judge: what we
//! accept and what we write is what `packaging` accepts and means, and nothing is expanded.

use std::str::FromStr;

use crate::config::metadata::cursor::{Cursor, ParseError};
use crate::config::metadata::names::is_valid;
use crate::config::metadata::{marker, version};
use crate::model::{Requirement, VersionOrUrl, normalize_name};

impl FromStr for Requirement {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(text);
        let name = name(&mut cursor, "the name of a distribution")?;
        let extras = extras(&mut cursor)?;
        cursor.skip_blanks();
        let version_or_url = match cursor.eat("@") {
            true => url(&mut cursor)?,
            false => versions(&mut cursor)?,
        };
        cursor.skip_blanks();
        let marker = if cursor.eat(";") { Some(marker::parse(&mut cursor)?) } else { None };
        cursor.skip_blanks();
        if !cursor.rest().is_empty() {
            let end = if marker.is_some() { "`and`, `or` or the end" } else { "`;` or the end" };
            return Err(cursor.error(&format!("expected {end}")));
        }
        Ok(Requirement { name, extras, version_or_url, marker })
    }
}

fn name(cursor: &mut Cursor<'_>, what: &str) -> Result<String, ParseError> {
    cursor.skip_blanks();
    let start = cursor.position();
    let name = cursor.take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    match (name, is_valid(name)) {
        (name, true) => Ok(normalize_name(name)),
        ("", _) => Err(cursor.error(&format!("expected {what}"))),
        (name, false) => {
            Err(ParseError { reason: format!("`{name}` is not a valid name"), at: start })
        }
    }
}

fn extras(cursor: &mut Cursor<'_>) -> Result<Vec<String>, ParseError> {
    cursor.skip_blanks();
    let mut extras = Vec::new();
    if !cursor.eat("[") {
        return Ok(extras);
    }
    cursor.skip_blanks();
    if cursor.eat("]") {
        return Ok(extras);
    }
    loop {
        extras.push(name(cursor, "the name of an extra")?);
        cursor.skip_blanks();
        if cursor.eat("]") {
            extras.sort();
            extras.dedup();
            return Ok(extras);
        }
        if !cursor.eat(",") {
            return Err(cursor.error("expected `,` or `]`"));
        }
    }
}

fn versions(cursor: &mut Cursor<'_>) -> Result<VersionOrUrl, ParseError> {
    let enclosed = cursor.eat("(");
    let start = cursor.position();
    let text = match enclosed {
        true => cursor.take_while(|c| c != ')'),
        false => cursor.take_while(|c| c != ';'),
    };
    if enclosed && !cursor.eat(")") {
        return Err(cursor.error("expected `)`"));
    }
    let bare = text.trim_start_matches([' ', '\t']);
    if !bare.is_empty() && !bare.starts_with(['<', '>', '=', '!', '~']) {
        let reason = "expected a version specifier (`>=1.0`), `[`, `@`, `;` or the end".to_owned();
        return Err(ParseError { reason, at: start + text.len() - bare.len() });
    }
    let specifiers =
        version::specifiers(text).map_err(|reason| ParseError { reason, at: start })?;
    Ok(VersionOrUrl::Versions(specifiers))
}

fn url(cursor: &mut Cursor<'_>) -> Result<VersionOrUrl, ParseError> {
    cursor.skip_blanks();
    let start = cursor.position();
    let url = cursor.take_while(|c| !c.is_whitespace() && !c.is_control());
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !is_scheme {
        let reason = "expected a URL with its scheme, like `https://...`".to_owned();
        return Err(ParseError { reason, at: start });
    }
    Ok(VersionOrUrl::Url(url.to_owned()))
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
