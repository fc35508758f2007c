//! Takes out of a header what compilers understand and cffi does not: attributes, hints, assembly. Pure.

use crate::steps::header::tokens::CToken;

/// Words that go, with the group in parentheses that follows them if there is one.
const WITH_GROUP: [&str; 10] = [
    "__attribute__",
    "__attribute",
    "__declspec",
    "__asm__",
    "__asm",
    "asm",
    "__pragma",
    "_Pragma",
    "__nonnull",
    "_Alignas",
];

/// Words that go.
const ALONE: [&str; 21] = [
    "__extension__",
    "_Noreturn",
    "inline",
    "__inline",
    "__inline__",
    "__forceinline",
    "__restrict",
    "__restrict__",
    "restrict",
    "_Thread_local",
    "__thread",
    "_Nonnull",
    "_Nullable",
    "_Null_unspecified",
    "__ptr32",
    "__ptr64",
    "__sptr",
    "__uptr",
    "__unaligned",
    "__w64",
    "register",
];

/// Words that are spelled in another way.
const RENAMED: [(&str, &str); 6] = [
    ("__const", "const"),
    ("__const__", "const"),
    ("__signed", "signed"),
    ("__signed__", "signed"),
    ("__volatile", "volatile"),
    ("__volatile__", "volatile"),
];

/// The tokens that are left.
pub fn stripped(tokens: Vec<CToken>) -> Vec<CToken> {
    let mut kept: Vec<CToken> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    let mut laid_out_at = None;
    while let Some(token) = tokens.get(at) {
        // An attribute stands before what it is about, or behind it.
        if let Some(next) = laid_out_at.and_then(|at: usize| kept.get_mut(at)) {
            next.is_laid_out = true;
            laid_out_at = None;
        }
        let word = token.text.as_str();
        if !token.is_word() {
            // `[[nodiscard]]`
            let is_attribute = word == "[" && tokens.get(at + 1).is_some_and(|t| t.is("["));
            if is_attribute {
                at = group_end(&tokens, at);
                continue;
            }
            kept.push(token.clone());
            at += 1;
        } else if WITH_GROUP.contains(&word) {
            let end = after_group(&tokens, at + 1);
            if tokens[at..end].iter().any(decides_layout) {
                laid_out_at = Some(kept.len());
                let before = kept.last_mut().filter(|token| !token.is(";"));
                before.into_iter().for_each(|token| token.is_laid_out = true);
            }
            at = end;
        } else if matches!(word, "_Static_assert" | "static_assert") {
            at = after_group(&tokens, at + 1);
            at += usize::from(tokens.get(at).is_some_and(|token| token.is(";")));
        } else {
            if let Some((_, other)) = RENAMED.iter().find(|(name, _)| *name == word) {
                kept.push(CToken { text: (*other).to_owned(), ..token.clone() });
            } else if !ALONE.contains(&word) {
                kept.push(token.clone());
            }
            at += 1;
        }
    }
    kept
}

/// Whether a word of an attribute decides how a type lies in memory.
fn decides_layout(token: &CToken) -> bool {
    let word = token.text.trim_matches('_');
    let words =
        ["Alignas", "align", "aligned", "gcc_struct", "mode", "ms_struct", "packed", "vector_size"];
    words.contains(&word)
}

/// The position after a group in parentheses, if one begins here. Assembly may have `volatile`
/// before it.
fn after_group(tokens: &[CToken], at: usize) -> usize {
    let is_volatile = tokens.get(at).is_some_and(|token| token.text.contains("volatile"));
    let at = at + usize::from(is_volatile);
    if tokens.get(at).is_some_and(|token| token.is("(")) { group_end(tokens, at) } else { at }
}

/// The position after the group that begins here: `( ... )`, `[ ... ]` or `{ ... }`.
pub fn group_end(tokens: &[CToken], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::header::tokens::read;

    #[test]
    fn what_only_compilers_understand_goes() {
        for (text, expected) in [
            ("extern int f(int) __attribute__((pure, nonnull(1)));", "extern int f ( int ) ;"),
            ("int g(void) __asm__(\"\" \"g64\");", "int g ( void ) ;"),
            ("__asm__ volatile (\"nop\");", ";"),
            ("[[nodiscard]] int h(char * __restrict__ s);", "int h ( char * s ) ;"),
            ("__declspec(dllimport) _Noreturn void e(void);", "void e ( void ) ;"),
            ("struct { __extension__ __signed char c[2]; };", "struct { signed char c [ 2 ] ; } ;"),
            ("_Static_assert(sizeof(int) == 4, \"x\"); int i;", "int i ;"),
            ("int a[3];", "int a [ 3 ] ;"),
        ] {
            let kept = stripped(read(text).tokens);
            let kept: Vec<&str> = kept.iter().map(|token| token.text.as_str()).collect();
            assert_eq!(kept.join(" "), expected, "{text}");
        }
    }
}
