"""Strings and buffers: who owns the bytes, who may change them. Builder: cffi_build/text_build.py."""

from __future__ import annotations

from array import array
from typing import Any, Union

from ._text import ffi, lib

Buffer = Union[bytes, bytearray, memoryview, "array[Any]"]
WritableBuffer = Union[bytearray, memoryview, "array[Any]"]


def crc32(data: Buffer) -> int:
    """The CRC-32 of anything that is made of bytes."""
    # No copy: C reads Python's own memory. `with` unlocks it at the end, so that a bytearray can be resized again.
    with ffi.from_buffer("unsigned char[]", data) as view:
        return lib.text_crc32(view, len(view))


def upper_in_place(buffer: WritableBuffer) -> None:
    """Turn the ASCII letters of `buffer` into capitals, without a copy."""
    # Without require_writable, C would be free to scribble over `bytes`, which Python shares and takes for constant.
    # A memoryview locks the buffer as well, on PyPy until it is collected: hence the first `with`.
    with memoryview(buffer) as memory:
        readonly = memory.readonly
    if readonly:
        raise TypeError(f"a writable buffer is needed, not {type(buffer).__name__}")
    with ffi.from_buffer("char[]", buffer, require_writable=True) as view:
        lib.text_upper(view, len(view))


def slug(text: str) -> str:
    """`text` as it would look in a web address: `Hello, World!` becomes `hello-world`."""
    encoded = text.encode("utf-8")
    # A C string ends at its first zero byte. Better to say so than to lose what follows.
    if b"\0" in encoded:
        raise ValueError("embedded null character")
    # C allocated the result, so C must free it: never mix malloc() of one library with free() of another.
    result = lib.text_slug(encoded)
    if result == ffi.NULL:
        raise MemoryError("out of memory")
    with ffi.gc(result, lib.text_free):
        return ffi.string(result).decode("ascii")
