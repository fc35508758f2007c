"""Strings and buffers: `officina_example._text` compiles and wraps `c/text.c`."""

from cffi import FFI

ffi = FFI()

ffi.cdef(
    """
    uint32_t text_crc32(const unsigned char *data, size_t size);
    void text_upper(char *buffer, size_t size);
    char *text_slug(const char *text);
    void text_free(char *text);
    """
)

ffi.set_source(
    "officina_example._text",
    '#include "text.h"',
    sources=["c/text.c"],
    include_dirs=["c"],
    depends=["c/text.h"],
)
