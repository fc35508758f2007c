"""A system library: `officina_example._files` reads files with the C library's <stdio.h>."""

from cffi import FFI

ffi = FFI()

ffi.cdef(
    """
    FILE *fopen(const char *path, const char *mode);
    size_t fread(void *buffer, size_t size, size_t count, FILE *stream);
    int ferror(FILE *stream);
    int fclose(FILE *stream);
    """
)

# Every C program is linked with the C library. For any other one, say which:
# `libraries=["z"]` is the compiler's `-lz`, and `ffi.set_source_pkgconfig()` asks pkg-config.
ffi.set_source(
    "officina_example._files",
    "#include <stdio.h>",
    # Microsoft's compiler would warn about fopen(); other compilers take no notice of this name.
    define_macros=[("_CRT_SECURE_NO_WARNINGS", None)],
)
