//! Which shared libraries a wheel takes in.

use crate::model::source::Spanned;
use crate::model::wildcard::fits;

/// A name of shared libraries, in which `*` stands for any text: `libonig.so.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryPattern(String);

impl LibraryPattern {
    /// Reads a pattern; `None` for what no library is called.
    pub fn new(text: &str) -> Option<Self> {
        let is_letter = |c: char| !c.is_whitespace() && !c.is_control() && !"/\\,".contains(c);
        (!text.is_empty() && text.chars().all(is_letter)).then(|| LibraryPattern(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for a library.
    pub fn matches(&self, library: &str) -> bool {
        fits(&self.0, library)
    }
}

/// One word of `bundle`. A later one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BundleWord {
    /// `true`: whatever is not on every system.
    All,
    /// `false`: nothing.
    Nothing,
    /// These, and what they need.
    Named(LibraryPattern),
}

/// What is bundled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bundle {
    /// Whatever is not on every system.
    All,
    /// What fits one of these, and what that needs. Never empty.
    Named(Vec<LibraryPattern>),
}

impl Bundle {
    /// What some words come to.
    pub fn of<'a>(words: impl IntoIterator<Item = &'a BundleWord>) -> Option<Self> {
        let mut found = None;
        for word in words {
            found = match (word, found) {
                (BundleWord::Nothing, _) => None,
                (BundleWord::All, _) => Some(Bundle::All),
                (BundleWord::Named(_), Some(Bundle::All)) => Some(Bundle::All),
                (BundleWord::Named(name), Some(Bundle::Named(mut names))) => {
                    names.push(name.clone());
                    Some(Bundle::Named(names))
                }
                (BundleWord::Named(name), None) => Some(Bundle::Named(vec![name.clone()])),
            };
        }
        found
    }

    /// Whether a library that a file of the wheel needs is bundled.
    pub fn takes(&self, library: &str) -> bool {
        match self {
            Bundle::All => true,
            Bundle::Named(names) => names.iter().any(|name| name.matches(library)),
        }
    }
}

/// The licence of libraries that are bundled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleLicense {
    /// Which libraries.
    pub libraries: LibraryPattern,
    /// The file that says it, relative to the project root, with `/`.
    pub file: Spanned<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> BundleWord {
        BundleWord::Named(LibraryPattern::new(name).unwrap())
    }

    #[test]
    fn a_later_word_counts() {
        use BundleWord::{All, Nothing};
        let (a, b) = (|| named("liba.so.*"), || named("libb.so.1"));
        let names = |words: &[BundleWord]| match Bundle::of(words) {
            None => "-".to_owned(),
            Some(Bundle::All) => "all".to_owned(),
            Some(Bundle::Named(names)) => {
                names.iter().map(LibraryPattern::as_str).collect::<Vec<_>>().join(" ")
            }
        };
        let table = [
            (vec![], "-"),
            (vec![a(), b()], "liba.so.* libb.so.1"),
            (vec![a(), All], "all"),
            (vec![All, a()], "all"),
            (vec![All, Nothing], "-"),
            (vec![a(), Nothing, b()], "libb.so.1"),
        ];
        for (words, expected) in table {
            assert_eq!(names(&words), expected, "{words:?}");
        }
        let some = Bundle::of(&[a()]).unwrap();
        assert!(some.takes("liba.so.5") && !some.takes("libb.so.1"));
        assert!(
            ["", "a b", "lib/a.so", "a,b"].iter().all(|text| LibraryPattern::new(text).is_none())
        );
    }
}
