"""Python's own zlib is the judge."""

import platform
import zlib

import officina_crc
import pytest

TEXTS = [b"", b"123456789", bytes(range(256)) * 40]


@pytest.mark.parametrize("data", TEXTS)
def test_a_checksum_is_that_of_zlib(data):
    assert officina_crc.crc32(data) == zlib.crc32(data)


@pytest.mark.parametrize("data", TEXTS)
def test_pieces_make_the_same(data):
    stream = officina_crc.Stream()
    for start in range(0, len(data), 7):
        stream.add(data[start : start + 7])
    assert (stream.checksum, stream.length) == (zlib.crc32(data), len(data))


def test_cpython_has_the_extension():
    is_built_in = type(officina_crc.crc32).__name__ == "builtin_function_or_method"
    assert is_built_in == (platform.python_implementation() == "CPython")
