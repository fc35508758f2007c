//! Which tags are versions, and what of a tag the version is.

use std::str::FromStr;

use pep440_rs::Version;
use regex::Regex;
use regex_syntax::hir::literal::Extractor;

/// setuptools_scm's own: a version, behind words and dashes, with a local part or without.
const DEFAULT: &str = r"^(?:[\w-]+-)?(?P<version>[vV]?\d+(?:\.\d+){0,2}[^\+]*)(?:\+.*)?$";

/// A regular expression for tags.
#[derive(Debug, Clone)]
pub struct TagPattern {
    /// As it was written.
    pub text: String,
    regex: Regex,
    /// The group that is the version.
    group: usize,
}

impl TagPattern {
    /// Reads a pattern, or takes the default.
    ///
    /// # Errors
    /// It is none, or does not say which part is the version; the error is the reason in words.
    pub fn new(text: Option<&str>) -> Result<Self, String> {
        let text = text.unwrap_or(DEFAULT);
        // Like Python's `re.match`: from the start, and to wherever the pattern goes.
        let regex = Regex::new(&format!("^(?:{text})")).map_err(|error| error.to_string())?;
        let named = regex.capture_names().position(|name| name == Some("version"));
        let group = match (named, regex.captures_len()) {
            (Some(group), _) => group,
            (None, 2) => 1,
            (None, _) => return Err("it has no group `(?P<version>...)`".to_owned()),
        };
        Ok(TagPattern { text: text.to_owned(), regex, group })
    }

    /// The glob for `git describe --match`. It leaves out tags that can be no match, such as those of
    /// other projects of the repository.
    pub fn glob(&self) -> String {
        let parsed = regex_syntax::parse(self.regex.as_str());
        let prefixes = parsed.map(|parsed| Extractor::new().extract(&parsed));
        let prefix = prefixes
            .ok()
            .and_then(|found| String::from_utf8(found.longest_common_prefix()?.to_vec()).ok());
        let mut glob = String::new();
        for letter in prefix.unwrap_or_default().chars() {
            // From the first digit on, the version has begun.
            if letter.is_ascii_digit() {
                break;
            }
            if "*?[]\\".contains(letter) {
                glob.push('\\');
            }
            glob.push(letter);
        }
        glob + "*[0-9]*"
    }

    /// The part of a text that is the version, as it is written; `None`: the text is no match.
    pub fn version_text<'a>(&self, text: &'a str) -> Option<&'a str> {
        let version = self.regex.captures(text)?.get(self.group)?.as_str();
        Some(version).filter(|version| !version.is_empty())
    }

    /// The version of a tag, with what follows it, where that is one too (`1.2+local`).
    pub fn version_of(&self, tag: &str) -> Option<Version> {
        let captures = self.regex.captures(tag)?;
        let (whole, version) = (captures.get(0)?, captures.get(self.group)?);
        let alone = Version::from_str(version.as_str()).ok()?;
        Version::from_str(&tag[version.start()..whole.end()]).ok().or(Some(alone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glob_begins_as_every_match_does() {
        for (pattern, glob) in [
            (None, "*[0-9]*"),
            (Some(r"^foo-v(?P<version>.+)$"), "foo-v*[0-9]*"),
            (Some(r"foo/(?:v)?(\d.*)"), "foo/*[0-9]*"),
            (Some(r"(?:a-x|a-y)-(.*)"), "a-*[0-9]*"),
            (Some(r"v(?P<version>1\..*)"), "v*[0-9]*"),
            (Some(r"^(?i)foo-(.*)"), "*[0-9]*"),
        ] {
            assert_eq!(TagPattern::new(pattern).unwrap().glob(), glob, "{pattern:?}");
        }
    }

    #[test]
    fn the_group_is_the_version() {
        let read = |pattern: Option<&str>, tag: &str| {
            let version = TagPattern::new(pattern).unwrap().version_of(tag);
            version.map(|version| version.to_string())
        };
        for (pattern, tag, expected) in [
            (None, "v1.2", Some("1.2")),
            (None, "foo-1.2-RC1", Some("1.2rc1")),
            (None, "1.2+ab.1", Some("1.2+ab.1")),
            (None, "1.2+a/b", Some("1.2")),
            (None, "release", None),
            (Some(r"^rel-(.*)$"), "rel-3", Some("3")),
            (Some(r"^rel-(.*)$"), "a-rel-3", None),
            (Some(r"(a|b)-(?P<version>.*)"), "b-3", Some("3")),
        ] {
            assert_eq!(read(pattern, tag).as_deref(), expected, "{tag}");
        }
    }

    #[test]
    fn a_pattern_says_which_part_is_the_version() {
        for pattern in ["(", "v.*", "(a|b)-(.*)", "(?=x)(.*)"] {
            assert!(TagPattern::new(Some(pattern)).is_err(), "{pattern}");
        }
    }
}
