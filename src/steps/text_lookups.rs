//! What the text of sources asks for that no dep file names: headers that may be there
//! (`__has_include`), and files that an assembler reads (`.incbin`, `.include`). Pure.

use std::collections::BTreeSet;

/// What a text asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextLookups {
    /// Names that it asks whether they are there.
    pub asked: BTreeSet<String>,
    /// Files that its assembler reads.
    pub assembled: BTreeSet<String>,
    /// Why the name of one is not known, where it is not.
    pub unknown: Option<&'static str>,
}

/// Questions of a preprocessor.
const QUESTIONS: [&str; 3] = ["__has_include_next", "__has_include", "__has_embed"];

impl TextLookups {
    /// Looks for them in a text. Comments count as well: that makes a step run once more than it
    /// need.
    pub fn of(text: &str) -> Self {
        let mut found = TextLookups::default();
        for (at, _) in text.match_indices("__has_") {
            let rest = &text[at..];
            let Some(rest) = QUESTIONS.iter().find_map(|word| rest.strip_prefix(word)) else {
                continue;
            };
            match question(rest) {
                HeaderQuestion::None => {}
                HeaderQuestion::About(name) => {
                    found.asked.insert(name.to_owned());
                }
                // `#define __has_include(x) 0`, for compilers without it.
                HeaderQuestion::Computed if text[..at].trim_end().ends_with("define") => {}
                HeaderQuestion::Computed => {
                    found.unknown = Some("its source computes which header it asks for");
                }
            }
        }
        for (at, word) in text.match_indices(".incbin") {
            match quoted(&text[at + word.len()..]) {
                Some(name) => {
                    found.assembled.insert(name.to_owned());
                }
                None => found.unknown = Some("its source computes the name of an `.incbin`"),
            }
        }
        for (at, word) in text.match_indices(".include") {
            found.assembled.extend(quoted(&text[at + word.len()..]).map(str::to_owned));
        }
        found
    }
}

enum HeaderQuestion<'a> {
    /// The word alone: `#ifdef __has_include`.
    None,
    About(&'a str),
    /// A macro says what it is about.
    Computed,
}

fn question(rest: &str) -> HeaderQuestion<'_> {
    let Some(inner) = rest.trim_start().strip_prefix('(') else { return HeaderQuestion::None };
    let inner = inner.trim_start();
    let named = |open: char, close: char| Some(inner.strip_prefix(open)?.split_once(close)?.0);
    match named('<', '>').or_else(|| named('"', '"')).filter(|name| !name.contains('\n')) {
        Some(name) => HeaderQuestion::About(name),
        // As prose says it: `__has_include(...)`, `__has_include()`.
        None if inner.starts_with(['.', ')']) => HeaderQuestion::None,
        None => HeaderQuestion::Computed,
    }
}

/// The name in quotes that follows, each quote behind a backslash where it stands in a string of C.
fn quoted(rest: &str) -> Option<&str> {
    let inner = rest.trim_start_matches([' ', '\t']);
    let inner = inner.strip_prefix('\\').unwrap_or(inner).strip_prefix('"')?;
    let end = inner.find(['"', '\\', '\n'])?;
    let name = &inner[..end];
    let rest = inner[end..].strip_prefix('\\').unwrap_or(&inner[end..]);
    (!name.is_empty() && rest.starts_with('"')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_asks_for() {
        for (text, asked, assembled, unknown) in [
            ("#if __has_include(<a/b.h>)", "a/b.h", "", false),
            ("#if defined(__has_include) && __has_include ( \"x y.h\" )", "x y.h", "", false),
            ("#ifndef __has_include\n#define __has_include(x) 0\n#endif", "", "", false),
            ("#if __has_include_next(<c.h>) || __has_embed(\"d\")", "c.h|d", "", false),
            ("#if __has_include(CONFIG)", "", "", true),
            ("// see __has_include(...) and __has_feature(x)", "", "", false),
            (r#"__asm__(".incbin \"c/d.txt\"\n");"#, "", "c/d.txt", false),
            ("data:\n .incbin \"d.bin\", 4, 8\n .include \"e.inc\"\n", "", "d.bin|e.inc", false),
            (r#"__asm__(".include \"e.inc\"");"#, "", "e.inc", false),
            (r#"__asm__(".incbin \"" NAME "\"\n");"#, "", "", true),
            ("#define INCBIN(f) \".incbin \" #f", "", "", true),
            ("x = y.include; z.included(\"n\");", "", "", false),
        ] {
            let list = |names: &str| -> BTreeSet<String> {
                names.split('|').filter(|name| !name.is_empty()).map(str::to_owned).collect()
            };
            let found = TextLookups::of(text);
            assert_eq!(found.asked, list(asked), "{text}");
            assert_eq!(found.assembled, list(assembled), "{text}");
            assert_eq!(found.unknown.is_some(), unknown, "{text}");
        }
    }
}
