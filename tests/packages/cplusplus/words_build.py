from cffi import FFI

ffi = FFI()
ffi.cdef("size_t distinct_words(const char *text);")
ffi.set_source(
    "words._words",
    '#include "cxx/distinct.hpp"',
    sources=["cxx/distinct.cpp"],
    depends=["cxx/distinct.hpp"],
    include_dirs=["."],
    source_extension=".cpp",
    extra_compile_args=["-std=c++11"],
)
