"""One system library in both modes: two entries of this file make `_libm_api` and `_libm_abi`.

Both entries name a function. That is the form to choose when modules share declarations,
or when building the FFI takes a decision that depends on the platform.
"""

import sys

from cffi import FFI

# The declarations that both modules share, written once.
FUNCTIONS = "".join(f"double {name}(double x);\n" for name in ("cbrt", "erf", "tgamma"))


def make_api_ffi() -> FFI:
    """API mode: compiled against <math.h>, so macros and constants can be used too."""
    ffi = FFI()
    ffi.cdef(FUNCTIONS)
    # fpclassify() is a macro and the constants differ from system to system. Only a C compiler knows them.
    ffi.cdef(
        """
        int fpclassify(double x);
        #define FP_NAN ...
        #define FP_INFINITE ...
        #define FP_ZERO ...
        #define FP_SUBNORMAL ...
        #define FP_NORMAL ...
        """
    )
    ffi.set_source(
        "officina_example._libm_api",
        "#include <math.h>",
        # Windows has these functions in its C library; there is no `m` to link with.
        libraries=[] if sys.platform == "win32" else ["m"],
    )
    return ffi


def make_abi_ffi() -> FFI:
    """ABI mode: no source, hence no compiler; the library is opened when the program runs."""
    ffi = FFI()
    ffi.cdef(FUNCTIONS)
    ffi.set_source("officina_example._libm_abi", None)
    return ffi
