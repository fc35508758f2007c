"""A system library: the C library's files, and errno. Builder: cffi_build/files_build.py."""

from __future__ import annotations

import os

from ._files import ffi, lib

CHUNK_SIZE = 64 * 1024


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The contents of a file. Failures raise the same OSError that open() would.

    On Windows, fopen() takes names in the system's own encoding, so keep to ASCII there.
    """
    encoded = os.fsencode(path)
    # C would stop at the zero byte and open another file than the one asked for.
    if b"\0" in encoded:
        raise ValueError("embedded null byte")

    stream = lib.fopen(encoded, b"rb")
    if stream == ffi.NULL:
        raise _os_error(path)

    chunks: list[bytes] = []
    chunk = ffi.new("char[]", CHUNK_SIZE)
    # `with` calls fclose() at its end, even if something below raises.
    with ffi.gc(stream, lib.fclose):
        while True:
            count = lib.fread(chunk, 1, len(chunk), stream)
            chunks.append(ffi.buffer(chunk, count)[:])
            if count < len(chunk):
                break
        # A short count means the end of the file, or an error.
        if lib.ferror(stream):
            raise _os_error(path)
    return b"".join(chunks)


def _os_error(path: str | os.PathLike[str]) -> OSError:
    """The exception for errno. Call it at once: the next call into C may change errno."""
    # `ffi.errno` is the value that this thread's last call through CFFI left. Python may have changed C's own since.
    code = ffi.errno
    # OSError picks the right subclass by itself: ENOENT makes a FileNotFoundError.
    return OSError(code, os.strerror(code), os.fspath(path))
