use globset::{Glob, GlobSet, GlobSetBuilder};

use super::*;
use crate::steps::header::declarations::IntegerWidths;
use crate::steps::header::tokens::read;

const WIDTHS: IntegerWidths = IntegerWidths { long: 64, pointer: 64 };

fn patterns(all: &[&str]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    all.iter().for_each(|one| _ = set.add(Glob::new(one).unwrap()));
    set.build().unwrap()
}

struct Case<'a> {
    only: &'a [&'a str],
    except: &'a [&'a str],
    header_use: HeaderUse,
}

const ALL: Case = Case { only: &[], except: &[], header_use: HeaderUse::Compiled };
const OPENED: Case = Case { header_use: HeaderUse::Opened, ..ALL };

/// What is told of `own.h`, which is preceded by a header of the system.
fn told(system: &str, own: &str, case: &Case) -> String {
    let text = format!("# 1 \"sys.h\" 1 3\n{system}\n# 1 \"own.h\" 1\n{own}\n");
    let read = read(&text);
    let declared = Declarations::of(read.tokens, WIDTHS);
    let (only, except) = (patterns(case.only), patterns(case.except));
    let wish = Wish {
        is_own: &|file| read.files[file] == "own.h",
        only: (!case.only.is_empty()).then_some(&only),
        except: &except,
        header_use: case.header_use,
    };
    let value = |one: &CMacro| {
        let line = own.lines().nth(one.place.line - 1).unwrap();
        let value = line.split_once(&one.name).unwrap().1;
        super::super::tokens::read(value).tokens
    };
    let macros: Vec<_> = read.macros.iter().map(|one| (one, value(one))).collect();
    let lines = lines(&declared, &macros, &wish);
    lines.into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_a_header_declares_is_told_as_it_stands() {
    for (own, expected) in [
        ("extern int f(const char *s, ...);", "int f(const char *s, ...);"),
        ("struct s {\n  int a : 3;\n  char b[4];\n};", "struct s {\nint a : 3;\nchar b[4];\n};"),
        ("typedef enum { A = 1, B } e;", "typedef enum { A = 1, B } e;"),
        ("static inline int g(int x)\n{ return x + 1; }", "int g(int x);"),
        ("int f(void);\nint f(void);\nint f(void) { return 1; }", "int f(void);"),
        ("typedef void (*cb)(void *, int);", "typedef void (*cb)(void *, int);"),
        ("int errors;\nextern char *names[];", "extern int errors;\nextern char *names[];"),
        ("static const int limit = 3;", "static const int limit;"),
        ("struct s;\nvoid f(struct s *);", "struct s;\nvoid f(struct s *);"),
        ("_Noreturn void die(int) __attribute__((cold));", "void die(int);"),
        (
            "typedef struct __attribute__((aligned(64))) s { char a[4]; } s;",
            "typedef struct s { char a[4]; ...; } s;",
        ),
        (
            "struct s { char a; int b; } __attribute__((packed));",
            "struct s { char a; int b; ...; };",
        ),
        ("__declspec(align(8)) struct s { int a; };", "struct s { int a; ...; };"),
        ("struct s { int a : 3; } __attribute__((packed));", "struct s { ...; };"),
        ("struct s { int a __attribute__((unused)); };", "struct s { int a; };"),
        (
            "#pragma pack(push, 1)\nstruct s { int a; };\n#pragma pack(pop)\nstruct t { int a; };",
            "struct s { int a; ...; };\nstruct t { int a; };",
        ),
        ("int a[2 * 8], b[sizeof(int)];", "extern int a[16], b[...];"),
        ("void f(int n, int a[n]);", "void f(int n, int a[]);"),
        (
            "enum { A = 1 << 3, B = 'x', C = sizeof(int), D = -1 };",
            "enum { A = 8, B = 120, C = ..., D = -1 };",
        ),
    ] {
        assert_eq!(told("", own, &ALL), expected, "{own}");
    }
}

#[test]
fn of_other_headers_only_what_is_needed_is_told() {
    const SYSTEM: &str = "typedef unsigned long size_t; typedef long __off_t; typedef __off_t off_t; \
        typedef struct { int x; } opaque_t; struct timeval { long a; }; typedef struct priv priv_t; \
        typedef enum { RED, BLUE = 7 } color; typedef __builtin_va_list va_list; void other(void); \
        typedef __int128 wide; union u { int i; };";
    for (own, compiled, opened) in [
        ("int f(size_t);", "int f(size_t);", "int f(size_t);"),
        (
            "off_t f(void);",
            "typedef long __off_t;\ntypedef __off_t off_t;\noff_t f(void);",
            "typedef long __off_t;\ntypedef __off_t off_t;\noff_t f(void);",
        ),
        (
            "int f(opaque_t *);",
            "typedef struct { ...; } opaque_t;\nint f(opaque_t *);",
            "typedef ... opaque_t;\nint f(opaque_t *);",
        ),
        (
            "int f(struct timeval);",
            "struct timeval { ...; };\nint f(struct timeval);",
            "struct timeval;\nint f(struct timeval);",
        ),
        (
            "int f(union u *);",
            "union u { ...; };\nint f(union u *);",
            "union u;\nint f(union u *);",
        ),
        (
            "int f(priv_t *);",
            "typedef struct priv priv_t;\nint f(priv_t *);",
            "typedef struct priv priv_t;\nint f(priv_t *);",
        ),
        (
            "int f(color);",
            "typedef enum { RED, BLUE = 7 } color;\nint f(color);",
            "typedef enum { RED, BLUE = 7 } color;\nint f(color);",
        ),
        (
            "int f(wide *);",
            "typedef ... wide;\nint f(wide *);",
            "typedef ... wide;\nint f(wide *);",
        ),
        ("int f(va_list);\nint g(void);", "int g(void);", "int g(void);"),
        ("typedef void (*log)(va_list);", "typedef void * log;", "typedef void * log;"),
    ] {
        let system = SYSTEM.replace("; ", ";\n");
        assert_eq!(told(&system, own, &ALL), compiled, "{own}");
        assert_eq!(told(&system, own, &OPENED), opened, "{own}");
    }
}

#[test]
fn macros_that_are_integers_are_told() {
    let own = "enum { RED };\n#define ONE 1\n#define MASK (ONE_BIT | 2)\n#define NAME \"x\"\n\
               #define PI 3.14\n#define RED RED\n#define BIG ((unsigned char)-1)\n#define GUARD\n\
               #define POINTER ((void *)0)\n#define SIZE sizeof(long)";
    let expected = "enum { RED };\n#define ONE ...\n#define BIG ...\n#define SIZE ...";
    assert_eq!(told("", own, &ALL), expected);
    let expected = "enum { RED };\n#define ONE 1\n#define BIG 255";
    assert_eq!(told("", own, &OPENED), expected);
}

#[test]
fn names_choose() {
    let own = "typedef struct { int a; } point;\nint move(point *);\nint turn(point *);\n\
               typedef long angle;\nangle of(point *);\n#define MOVE 1\n#define TURN 2";
    for (only, except, expected) in [
        (
            &["move", "MOVE"][..],
            &[][..],
            "typedef struct { int a; } point;\nint move(point *);\n#define MOVE ...",
        ),
        (
            &[],
            &["t*", "T*", "angle", "of"],
            "typedef struct { int a; } point;\nint move(point *);\n#define MOVE ...",
        ),
        (&["move"], &["point"], "typedef struct { ...; } point;\nint move(point *);"),
        (
            &["of"],
            &["angle"],
            "typedef struct { int a; } point;\ntypedef ... angle;\nangle of(point *);",
        ),
    ] {
        assert_eq!(told("", own, &Case { only, except, ..ALL }), expected, "{only:?} {except:?}");
    }
    let own = "static inline int f(void) { return 1; }\nint g(void);\nstatic const int x = 1;";
    assert_eq!(told("", own, &OPENED), "int g(void);");
}
