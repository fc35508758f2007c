"""A cdef that the headers contradict is told by the build, as far as cffi would refuse it at run time."""

from __future__ import annotations

import shutil

import pytest
from building import build, try_wheel
from projects import demo
from refusals import refused

BUILDER = '''\
from cffi import FFI

ffi = FFI()
ffi.cdef("""
{cdef}
"""{packed})
ffi.set_source("demo._demo", """
#include <stddef.h>
{source}
"""{more})
'''

RIGHT_TYPES = """
static const char *f(int *x) { return *x ? "a" : "b"; }
int x[5];
typedef unsigned long i;
static i g(void) { return 1; }
"""

# The cdef, what C has, and what is said.
WRONG = {
    "the type of a field": (
        "struct s { int capacity; };",
        "struct s { size_t capacity; };",
        ("`struct s` has 4 bytes in the cdef and 8 bytes in C", "build_demo.py:5:16", "`...;`"),
    ),
    "the order": (
        "struct s { char a; int b; char c; };",
        "struct s { int b; char a; char c; };",
        ("`struct s` has 12 bytes in the cdef and 8 bytes in C", "its field `a` at byte 0 in the cdef and at 4 in C"),
    ),
    "a field of a struct that has more": (
        "struct s { short a; ...; };",
        "struct s { int a, b; };",
        ("`struct s` has a field `a` of 2 bytes in the cdef and of 4 bytes in C", "type of the field"),
    ),
    "a typedef": (
        "typedef struct { int a; char b[7]; } t;",
        "typedef struct { int a; char b[9]; } t;",
        ("`t` has 12 bytes in the cdef and 16 bytes in C", "build_demo.py:5:30", "`b` of 7 bytes in the cdef and of 9"),
    ),
    "a pointer to what has no name": (
        "typedef struct { int a; } *p;",
        "typedef struct { int a, b; } *p;",
        ("`p` has 4 bytes in the cdef and 8 bytes in C",),
    ),
    "a union": ("union u { int a; char b[2]; };", "union u { int a; char b[12]; };", ("`union u` has 4 bytes",)),
    "alignment": (
        "struct s { int a, b, c, d; };",
        "struct s { int a, b, c, d; } __attribute__((aligned(16)));",
        ("`struct s` is aligned to 4 bytes in the cdef and to 16 bytes in C",),
    ),
    "a bit-field": (
        "struct s { int a : 3; int b; };",
        "struct s { int a; int c; int b; };",
        ("`struct s` has 8 bytes in the cdef and 12 bytes in C", "its field `b` at byte 4 in the cdef and at 8 in C"),
    ),
    "a struct within": (
        "struct s { struct { int a; } in[2]; };",
        "struct s { struct { int a; } in[3]; };",
        ("`struct s` has 8 bytes in the cdef and 12 bytes in C",),
    ),
    "several": (
        "#define ONE 1\nstruct s { int a; };\nstruct t { int a; };",
        "#define ONE 2\nstruct s { char a; };\nstruct t { char a; };",
        ("`struct s` has 4 bytes in the cdef and 1 byte in C", "note: `struct t` has 4 bytes"),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_c_contradicts_is_refused(case, python, tmp_path):
    cdef, source, says = WRONG[case]
    script = BUILDER.format(cdef=cdef, source=source, packed="", more="")
    project = demo(tmp_path / "project", files={"build_demo.py": script})
    said = refused(python, project, tmp_path, "the cdef of `build_demo.py` does not match the C code", *says)
    assert "officina_check" not in said, said


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(
    "cdef, source, says",
    [
        ("#define FIVE 5", "#define FIVE 6", "build_demo.py:5: `FIVE` is 5 in the cdef and 6 in C"),
        ("#define LOW -5", "enum { LOW = -6 };", "`LOW` is -5 in the cdef and -6 in C"),
        ("#define ALL 4294967295", "#define ALL -1", "`ALL` is 4294967295 in the cdef and -1 in C"),
        ("static const int K = 5;", "#define K 0", "`K` is 5 in the cdef and 0 in C"),
        ("#define BIG 1", "#define BIG 0xFFFFFFFFFFFFFFFFULL", "`BIG` is 1 in the cdef and something else in C"),
        ("#define FIVE 5", "static int five(void) { return 6; }\n#define FIVE five()", None),
        ("#define FIVE ...", "#define FIVE 6", None),
    ],
)
def test_values_that_c_contradicts_are_warned_about(cdef, source, says, compiler, python, tmp_path):
    if not shutil.which(compiler):
        pytest.skip(f"needs {compiler}")
    script = BUILDER.format(cdef=cdef, source=source, packed="", more=', extra_compile_args=["-Werror"]')
    project = demo(tmp_path / "project", files={"build_demo.py": script})
    _, said = build(python, project, tmp_path / "out", {"CC": compiler})
    assert (f"warning: {says or ''}" if says and ":" in says[:20] else says or "Linked") in said, said
    assert ("warning:" in said) == (says is not None) and "officina_" not in said.replace("build/officina", ""), said


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(
    "cdef, source, name",
    [
        ("char *f(int);", "static int f(int x) { return x; }", "f"),
        ("int f(char *);", "static int f(int *x) { return *x; }", "f"),
        ("extern int x;", "long x = 1;", "x"),
        ("extern int x[6];", "int x[5];", "x"),
        ("static const char *const N;", "#define N 3", "N"),
        ("struct s { int *p; ...; };", "struct s { double *p; };", "struct s.p"),
        ("typedef struct { int *p; ...; } t;", "typedef struct { double *p; } t;", "t.p"),
        ("const char *f(int *); extern int x[]; typedef int... i; i g(void);", RIGHT_TYPES, None),
    ],
)
def test_types_that_c_contradicts_are_warned_about(cdef, source, name, compiler, python, tmp_path):
    if not shutil.which(compiler):
        pytest.skip(f"needs {compiler}")
    script = BUILDER.format(cdef=cdef, source=source, packed="", more="")
    project = demo(tmp_path / "project", files={"build_demo.py": script})
    _, said = build(python, project, tmp_path / "out", {"CC": compiler})
    warnings = [line for line in said.splitlines() if "warning:" in line]
    if name:
        assert len(warnings) == 1 and "_cffi_" not in said, said
        assert f"warning: build_demo.py:5: `{name}` has another type in the cdef than in C" in warnings[0], said
    else:
        assert warnings == [], said


# Whatever cffi takes, and what it says of it.
RIGHT = """
struct whole {{ char a; int b; double c; char d[3]; void *e; int (*f)(int); long long g; }};
struct bits {{ unsigned a : 3; unsigned : 2; unsigned b : 4; short c; }};
struct within {{ struct {{ int a; char b; }} two[2]; union {{ int c; double d; }} both; struct whole whole; }};
struct nameless {{ int a; struct {{ int b; char c; }}; }};
struct open {{ int n; long rest[]; }};
typedef struct {{ short a; }} alone;
typedef struct {{ int a; }} *pointer;
union either {{ int a; char b[5]; }};
enum color {{ RED, GREEN = 7 }};
struct colored {{ enum color a; char b; }};
{partly}
"""
PARTLY = """
struct partial { int b; ...; };
struct counted { short a[...]; ...; };
struct opaque;
typedef int... number;
struct numbered { number a; char b; };
#define ANY ...
#define LARGE 18446744073709551615
#define LOW -3
#define IN_AN_ENUM 4
#define FROM_A_CALL 9
static const int K = 5;
enum wrong { X = 3 };
extern int table[3];
"""
PARTLY_IN_C = """
struct partial { int a; int b; double c; };
struct counted { int n; short a[6]; };
struct opaque { int a; };
typedef unsigned short number;
struct numbered { number a; char b; };
#define ANY 3
#define LARGE 18446744073709551615ULL
#define LOW (-3)
enum { IN_AN_ENUM = 4 };
static int call(void) { return 9; }
#define FROM_A_CALL call()
static const int K = 5;
enum wrong { X = 4 };
static int table[3];
"""
USE = """
from demo._demo import ffi, lib
kinds = "struct whole, struct bits, struct within, struct nameless, struct open, alone, union either, struct colored"
print([ffi.sizeof(kind) > 0 for kind in kinds.split(", ")], ffi.new("pointer").a, ffi.sizeof("struct counted"))
print(lib.ANY, lib.LARGE, lib.LOW, lib.IN_AN_ENUM, lib.FROM_A_CALL, lib.K, lib.X, ffi.sizeof("struct numbered"))
"""


@pytest.mark.parametrize(
    "compiler, more, flags",
    [
        (
            "gcc",
            "",
            "-Wall -Wextra -Werror=vla -Werror=shadow -Werror=redundant-decls -Werror=declaration-after-statement",
        ),
        ("clang", "", "-Wall -Wextra -Werror=vla -Werror=gnu-folding-constant"),
        ("g++", ', source_extension=".cpp"', "-Wall -Wextra -Werror=narrowing -Werror=vla"),
        ("clang++", ', source_extension=".cpp"', "-Werror=vla"),
    ],
)
def test_what_cffi_takes_is_taken(compiler, more, flags, python, tmp_path):
    if not shutil.which(compiler):
        pytest.skip(f"needs {compiler}")
    in_c, in_cdef = RIGHT.format(partly=PARTLY_IN_C), RIGHT.format(partly=PARTLY)
    more += f", extra_compile_args={flags.split()}"
    script = BUILDER.format(cdef=in_cdef, source=in_c, packed="", more=more)
    project = demo(tmp_path / "project", files={"build_demo.py": script, "demo/__init__.py": ""})
    name = "CXX" if "++" in compiler else "CC"
    wheel, _ = build(python, project, tmp_path / "out", {name: compiler})
    assert try_wheel(python, wheel, tmp_path / "site", USE).splitlines() == [
        f"{[True] * 8} 0 16",
        "3 18446744073709551615 -3 4 9 5 4 4",
    ]


def test_packed(python, tmp_path):
    cdef, own = "struct s { char a; int b; };", "struct s { char a; int b; }"
    for index, (in_c, packed, fits) in enumerate(
        [(f"{own} __attribute__((packed));", ", packed=True", True), (f"{own};", ", packed=True", False)]
    ):
        script = BUILDER.format(cdef=cdef, source=in_c, packed=packed, more="")
        project = demo(tmp_path / f"project{index}", files={"build_demo.py": script})
        if fits:
            build(python, project, tmp_path / "made")
        else:
            refused(python, project, tmp_path, "`struct s` has 5 bytes in the cdef and 8 bytes in C")


def test_the_line_of_a_cdef_that_lies_in_a_file(python, tmp_path):
    script = (
        "from cffi import FFI\nffi = FFI()\nffi.cdef(open('demo.cdef').read())\n"
        "ffi.set_source('demo._demo', 'struct s { char a; };')\n"
    )
    files = {"build_demo.py": script, "demo.cdef": "\n\nstruct s {\n    int a;\n};\n"}
    refused(python, demo(tmp_path / "project", files=files), tmp_path, "demo.cdef:4:9")
    files["build_demo.py"] = script.replace(".read()", ".read().replace('int', 'long')")
    refused(python, demo(tmp_path / "other", files=files), tmp_path, "line 4 of the cdef is `long a;`")


def test_other_errors_are_shown_with_it(python, tmp_path):
    source = "struct s { char a; };\nint f(void) { return gone; }"
    script = BUILDER.format(cdef="struct s { int a; };", source=source, packed="", more="")
    project = demo(tmp_path / "project", files={"build_demo.py": script})
    refused(python, project, tmp_path, "gone", "`struct s` has 4 bytes in the cdef and 1 byte in C")


@pytest.mark.parametrize("case", WRONG)
def test_who_knows_better_leaves_the_checks_out(python, tmp_path, case):
    cdef, source, _ = WRONG[case]
    text = BUILDER.format(cdef=cdef, source=source, packed="", more="")
    project = demo(tmp_path / "project", files={"build_demo.py": text, "demo/__init__.py": ""})
    _, said = build(python, project, tmp_path / "out", config={"define-macros": "OFFICINA_UNCHECKED"})
    # What the compiler itself warns of is still told.
    assert "does not match the C code" not in said and "OFFICINA_UNCHECKED" not in said, said
