"""Says what the C module is. Officina runs this when the project is built; it is not installed."""

from cffi import FFI

ffi = FFI()

# What Python may call. The compiler compares it with the header.
ffi.cdef(
    """
    size_t my_project_count(const char *text, char letter);
    """
)

ffi.set_source(
    "my_project._native",
    '#include "count.h"',
    include_dirs=["csrc"],
    sources=["csrc/count.c"],
)
