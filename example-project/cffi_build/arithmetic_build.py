"""Inline C: the whole C code of `officina_example._arithmetic` is in this file."""

from cffi import FFI

ffi = FFI()

# What Python may call. CFFI reads this text; it is C without `#include` and (mostly) without macros.
ffi.cdef(
    """
    int64_t add(int32_t a, int32_t b);
    double mean(const double *values, size_t count);
    """
)

# What the C compiler reads. `static` keeps the names inside the module: other libraries have a `mean` too.
ffi.set_source(
    "officina_example._arithmetic",
    """
    #include <stddef.h>
    #include <stdint.h>

    /* The wider result type means that no two arguments can overflow it. */
    static int64_t add(int32_t a, int32_t b)
    {
        return (int64_t)a + b;
    }

    /* `count` must not be 0. */
    static double mean(const double *values, size_t count)
    {
        double total = 0.0;
        for (size_t i = 0; i < count; i++)
            total += values[i];
        return total / (double)count;
    }
    """,
)
