"""The CFFI module: a checksum that grows with each piece of data."""

from cffi import FFI

ffi = FFI()
ffi.cdef("""
    typedef struct { uint32_t state; uint64_t length; } crc_stream;

    void crc_begin(crc_stream *stream);
    void crc_add(crc_stream *stream, const void *data, size_t size);
    uint32_t crc_end(const crc_stream *stream);
""")
ffi.set_source("officina_crc._stream", '#include "crc.h"', libraries=["crc"])
