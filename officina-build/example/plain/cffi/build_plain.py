"""Makes ``_plain``, with a greeting from a text file beside this script."""

import os

from cffi import FFI

with open(os.path.join(os.path.dirname(__file__), "greeting.txt"), encoding="utf-8") as file:
    GREETING = file.read().strip()

ffi = FFI()
ffi.cdef("""
    const char *greeting(void);
    int count(const char *text);
""")
ffi.set_source(
    "_plain",
    f"""
    #include "count.h"
    static const char *greeting(void) {{ return "{GREETING}" PUNCTUATION; }}
    """,
    sources=["csrc/count.c"],
    include_dirs=["csrc"],
    define_macros=[("PUNCTUATION", f'"{os.environ.get("EXAMPLE_PUNCTUATION", "!")}"')],
)
