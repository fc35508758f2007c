"""A project whose cdef holds all that stubs know, and what its code asks for."""

CDEF = """
/* A place
 * in the plane. */
typedef struct { int x, y; } point;
struct node { struct node *next; point at; double weight; char name[8]; int codes[4];
              unsigned char flag : 1; void *data; int (*visit)(struct node *, int);
              int bytes; int property; point point; int from; _Bool on; struct node *self;
              wchar_t wide; float real; int grid[2][3]; };
typedef struct opaque opaque;
union number { int as_int; float as_float; };
enum color { RED, GREEN, BLUE };  // What a pixel has.
typedef int (*compare)(int, int);
typedef unsigned int word;

#define LIMIT 10
static const double PI;

/* Adds two
   numbers. */
int add(int first, int second);
double scale(double by);
// Says "it".
const char *name_of(struct node *node);
int sum(int *items, size_t count);
int total(double *items, int count);
int checksum(uint8_t *bytes, int count);
int length(char *text);
int wide(wchar_t *text);
int take(point at);
int touch(point *at);
int any(void *data);
int sort(compare how);
int paint(enum color with);
int letter(char one);
int many(char **words);
int pad(int count, ...);
_Bool is_set(_Bool flag);
long double precise(long double value);
opaque *open_it(void);
void close_it(opaque *it);
int list(int from, int self);
int log_to(FILE *file);
extern int counter;
extern point origin;
extern int table[3];
extern "Python" int on_event(int code, point *at);
extern "Python" void on_end(void *data);
"""

SOURCE = """
#include <stdio.h>
#include <stdint.h>
#include <wchar.h>
typedef struct { int x, y; } point;
struct node { struct node *next; point at; double weight; char name[8]; int codes[4];
              unsigned char flag : 1; void *data; int (*visit)(struct node *, int);
              int bytes; int property; point point; int from; _Bool on; struct node *self;
              wchar_t wide; float real; int grid[2][3]; };
typedef struct opaque { int x; } opaque;
union number { int as_int; float as_float; };
enum color { RED, GREEN, BLUE };
typedef int (*compare)(int, int);
typedef unsigned int word;
#define LIMIT 10
static const double PI = 3.0;
static int add(int first, int second) { return first + second; }
static double scale(double by) { return by; }
static const char *name_of(struct node *node) { return node ? node->name : "none"; }
static int sum(int *items, size_t count) { return count ? items[0] : 0; }
static int total(double *items, int count) { return count; }
static int checksum(uint8_t *bytes, int count) { return count; }
static int length(char *text) { return 1; }
static int wide(wchar_t *text) { return 1; }
static int take(point at) { return at.x; }
static int touch(point *at) { return 1; }
static int any(void *data) { return 1; }
static int sort(compare how) { return 1; }
static int paint(enum color with) { return with; }
static int letter(char one) { return one; }
static int many(char **words) { return 1; }
static int pad(int count, ...) { return count; }
static _Bool is_set(_Bool flag) { return flag; }
static long double precise(long double value) { return value; }
static opaque it;
static opaque *open_it(void) { return &it; }
static void close_it(opaque *it) {}
static int list(int from, int self) { return from; }
static int log_to(FILE *file) { return 1; }
int counter;
point origin;
int table[3];
"""

BUILDER = f'''\
from cffi import FFI

ffi = FFI()
ffi.cdef({CDEF!r})
ffi.set_source("demo._typed", {SOURCE!r})

more = FFI()
more.include(ffi)
more.cdef("int further(point *at); typedef struct {{ point low, high; }} box; int grow(box *which);")
more.set_source("demo._more", {SOURCE!r} + """
typedef struct {{ point low, high; }} box;
static int further(point *at) {{ return 1; }}
static int grow(box *which) {{ return 1; }}
""")

plain = FFI()
plain.cdef("double cos(double x); extern int errors; struct pair {{ int a, b; }};")
plain.set_source("demo._plain", None)

alone = FFI()
alone.cdef("int answer(void);")
alone.set_source("_alone", "static int answer(void) {{ return 42; }}")
'''

# What the code of the package asks for: the texts that stubs know.
CODE = """\
from demo._typed import ffi, lib
from demo._typed.lib import add as plus


def used() -> None:
    ffi.new("point *"), ffi.new("struct node *"), ffi.new("int *"), ffi.new("int[]"), ffi.new("int[3]", [1, 2, 3])
    ffi.new("char[]", b"x"), ffi.new("char *"), ffi.new("uint8_t[]", 3), ffi.new("point[]", 2), ffi.new("char *[]", 2)
    ffi.new("double[2]"), ffi.new("union number *"), ffi.new("wchar_t[]", "x"), ffi.new("int[2][3]")
    ffi.new("unsigned int *"), ffi.new("int **"), ffi.new("box *")
    ffi.cast("int", 1), ffi.cast("void *", 0), ffi.cast("enum color", 1), ffi.cast("float", 1), ffi.cast("char", b"x")
    ffi.cast("wchar_t", "x")
    ffi.cast("point *", 0), ffi.typeof("point *"), ffi.typeof("int"), ffi.from_buffer("int[]", b"1234")
    ffi.addressof(lib, "add"), ffi.addressof(lib, "counter"), ffi.addressof(lib, "origin")
    ffi.new("struct pair *")


def compare() -> object:
    return ffi.callback("int(*)(int, int)", lambda one, other: one - other)


def on() -> None:
    @ffi.callback("int(int, int)")
    def by(one: int, other: int) -> int:
        return one - other

    assert by
"""
