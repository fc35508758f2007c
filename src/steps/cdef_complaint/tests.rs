//! What cffi says about texts (its words, with pycparser 3), and what we make of it.

use super::*;

/// A text, the rest of cffi's message (`LINE:COLUMN: WORDS`, or words without a place), the line and the word
/// that we show, and a part of the hint; an empty one: we know no more than that a cdef is plain C.
type Case = (&'static str, &'static str, Option<(usize, &'static str)>, &'static str);

#[rustfmt::skip]
const TABLE: &[Case] = &[
    // Types that nobody declares.
    ("\nint g(va_list x);", "2:15: before: x", Some((2, "va_list")), "`typedef ... va_list;`"),
    ("void g(size t);", "1:13: before: t", Some((1, "size")), "the type `size`"),
    ("int g(const foo_t *x, int y);", "1:19: before: *", Some((1, "foo_t")), "the type `foo_t`"),
    ("int (*cb)(foo_t x);", "1:17: before: x", Some((1, "foo_t")), "the type `foo_t`"),
    ("typedef foo_t bar;", "1:9: Missing type in declaration", Some((1, "foo_t")), "the type `foo_t`"),
    ("/* a */ foo_t g(void);", "1:9: Invalid function definition", Some((1, "foo_t")), "the type `foo_t`"),
    ("struct s { int a; };\nint f(s x);", "2:9: before: x", Some((2, "s")), "write `struct s`"),
    ("int f(s *x);\ntypedef struct {int a;} s;", "1:9: before: *", Some((1, "s")), "its typedef stands below"),
    // Macros, attributes, C++.
    ("EXPORT int g(void);", "1:1: Invalid function definition", Some((1, "EXPORT")), "if it is a macro"),
    ("EXPORT int g(void);", "1:8: before: int", Some((1, "EXPORT")), "if it is a macro"),
    ("int f(void) NOTHROW;", "1:13: before: NOTHROW", Some((1, "NOTHROW")), "if `NOTHROW` is a macro"),
    ("class A { int x; };", "1:1: Invalid function definition", Some((1, "class")), "which has no `class`"),
    ("extern \"C\" {\nint f(void);\n}", "?: Invalid declaration", Some((1, "extern \"C\"")), "a cdef is C"),
    ("\nextern \"python\" int f(int);", "?: Invalid declaration", Some((2, "extern \"python\"")), "`extern \"Python\"`"),
    // What is left open.
    ("int f(void);\nint g(void) // last\n", " At end of input", Some((2, ")")), "ends with `;`"),
    ("struct s {\nint a;", " At end of input", Some((1, "{")), "`{` is not closed"),
    ("int f(void)\nint g(void);", "1:5: Invalid function definition", Some((1, ")")), "ends with `;`"),
    ("int g(int x;", "1:12: before: ;", Some((1, "(")), "is not closed"),
    // No type, though a name stands before another.
    ("int a b;", "1:7: before: b", None, ""),
    ("enum e { A B };", "1:12: before: B", None, ""),
    ("int f(int default);", "1:11: before: default", None, ""),
    ("size_t default;", "1:8: before: default", None, ""),
    ("struct { int a; } x y;", "1:21: before: y", None, ""),
    ("typedef ... foo_t;\nfoo_t x y;", "2:9: before: y", None, ""),
    ("typedef struct s foo_t;\nfoo_t long;", "2:7: before: long", None, ""),
    // A column of another text.
    ("int g(va_list x);", "1:3: before: x", None, ""),
];

#[test]
fn a_text_that_cffi_cannot_parse_has_a_word_and_a_next_step() {
    for (text, said, place, hint) in TABLE {
        let number = said.split(':').next().and_then(|line| line.parse::<usize>().ok());
        let message = match number {
            Some(number) => {
                let line = text.lines().nth(number - 1).unwrap();
                format!("cannot parse \"{line}\"\n<cdef source string>:{said}")
            }
            None if said.starts_with('?') => format!("parse error\n{said}"),
            None => format!("parse error\n<cdef source string>:{said}"),
        };
        let found = explain(&message, text, number);
        let word = found.word.clone().map(|word| {
            let line = found.line.unwrap();
            (line, &text.lines().nth(line - 1).unwrap()[word])
        });
        assert_eq!(word, *place, "{text:?}");
        let told = found.hint.unwrap();
        match *hint {
            "" => assert_eq!(told, PLAIN_C, "{text:?}"),
            hint => assert!(told.contains(hint), "{text:?}: {told}"),
        }
    }
}

#[test]
fn other_words_of_cffi_have_a_next_step_where_one_is_certain() {
    let one_of = "only supports one of the following syntax:\n  #define N ...\ngot:\n  ";
    let got = |define: &str| format!("{one_of}{define}");
    let table = [
        (got("#define N (1 << 4)"), "\n#define N (1 << 4)", 2, "write `#define N ...`"),
        (got("#define N 1.5"), "#define NO 1\n# define N 1.5", 2, "`static const double N;`"),
        (got("#define N \"x\""), "#define N \"x\"", 1, "`static char *const N;`"),
        (got("#define F (x) 1"), "#define F(x) 1", 1, "`int F(int);`"),
        ("cannot parse \"#include <a.h>\"".into(), "", 7, "put the `#include`"),
        ("cannot parse \"#ifdef A\"".into(), "", 7, "may have only the directives"),
        ("multiple declarations of struct s (for".into(), "", 7, "`s` is declared twice"),
        (":1: g arg 1: unknown type 'foo_t' (if".into(), "", 7, "`typedef ... foo_t;`"),
        ("unexpected <FuncDef>: this construct".into(), "", 7, ""),
    ];
    for (message, text, line, hint) in table {
        let found = explain(&message, text, Some(7));
        assert_eq!(found.line, Some(line), "{message}");
        assert!(found.hint.unwrap_or_default().contains(hint), "{message}");
    }
}
