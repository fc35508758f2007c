"""C sources with a header: `officina_example._geometry` compiles and wraps `c/polyline.c`."""

import sys

from cffi import FFI

ffi = FFI()

# A copy of the declarations in c/polyline.h that Python needs. The C compiler reads it together
# with the header and complains where the two disagree.
ffi.cdef(
    """
    typedef struct { double x, y; } point;
    typedef struct { point low, high; } box;

    /* Opaque: Python holds pointers to it and never looks inside. */
    typedef struct polyline polyline;

    /* `...` leaves the values to the C compiler: no number is written twice. */
    enum polyline_status {
        POLYLINE_OK,
        POLYLINE_NO_MEMORY,
        POLYLINE_NOT_FINITE,
        POLYLINE_EMPTY,
        ...
    };
    const char *polyline_message(int status);

    polyline *polyline_new(void);
    void polyline_free(polyline *line);
    int polyline_extend(polyline *line, const point *points, size_t count);
    size_t polyline_size(const polyline *line);
    size_t polyline_copy(const polyline *line, point *out, size_t capacity);
    double polyline_length(const polyline *line);
    int polyline_bounds(const polyline *line, box *out);
    """
)

# All paths are relative to the project root, the folder of pyproject.toml.
ffi.set_source(
    "officina_example._geometry",
    '#include "polyline.h"',
    sources=["c/polyline.c"],
    include_dirs=["c"],
    # Not compiled by itself, yet needed to build: belongs in the sdist, and an edit means a rebuild.
    depends=["c/polyline.h"],
    # polyline.c calls hypot(). Windows has the mathematical functions in its C library.
    libraries=[] if sys.platform == "win32" else ["m"],
)
