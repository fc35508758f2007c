from cffi import FFI

ffi = FFI()
ffi.cdef("""
    long clock(void);
    int abs(int);
""")
ffi.set_source("clock._clock", None)
