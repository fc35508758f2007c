"""CRC-32 checksums of bytes, whole or in pieces."""

from __future__ import annotations

from officina_crc._stream import ffi, lib

try:
    from officina_crc._fast import crc32
except ImportError:  # PyPy, where calls through cffi are the fast ones

    def crc32(data: bytes) -> int:
        """The CRC-32 of bytes."""
        stream = Stream()
        stream.add(data)
        return stream.checksum


__all__ = ["Stream", "crc32"]


class Stream:
    """A checksum that grows with each piece of data."""

    def __init__(self) -> None:
        self._stream = ffi.new("crc_stream *")
        lib.crc_begin(self._stream)

    def add(self, data: bytes) -> None:
        """Adds a piece of data."""
        lib.crc_add(self._stream, ffi.from_buffer(data), len(data))

    @property
    def checksum(self) -> int:
        """The checksum of all pieces so far."""
        return lib.crc_end(self._stream)

    @property
    def length(self) -> int:
        """How many bytes there were so far."""
        return self._stream.length
