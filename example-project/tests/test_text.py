"""Strings and buffers: C sees Python's memory, changes it only where it may, and frees its own."""

import zlib
from array import array

import pytest
from officina_example import crc32, slug, text, upper_in_place


@pytest.mark.parametrize("data", [b"", b"123456789", bytes(range(256)), b"\0\0"])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_crc32_agrees_with_zlib(data, kind):
    assert crc32(kind(data)) == zlib.crc32(data)


def test_crc32_reads_the_bytes_of_an_array():
    numbers = array("d", [1.0, 2.5])
    assert crc32(numbers) == zlib.crc32(numbers.tobytes())


def test_crc32_refuses_text():
    with pytest.raises(TypeError):
        crc32("text")


def test_c_changes_are_seen_in_python():
    buffer = bytearray("straße 9 \0 z".encode())
    same = buffer
    upper_in_place(buffer)
    assert same == "STRAßE 9 \0 Z".encode()


def test_part_of_a_buffer():
    buffer = bytearray(b"abcdef")
    upper_in_place(memoryview(buffer)[2:4])
    assert buffer == b"abCDef"


def test_the_buffer_can_be_resized_afterwards():
    buffer = bytearray(b"abc")
    upper_in_place(buffer)
    crc32(buffer)
    buffer.extend(b"def")
    assert buffer == b"ABCdef"


@pytest.mark.parametrize("constant", [b"abc", memoryview(b"abc")])
def test_constant_memory_is_refused_and_unchanged(constant):
    with pytest.raises(TypeError, match="writable"):
        upper_in_place(constant)
    assert bytes(constant) == b"abc"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Hello, World!", "hello-world"),
        ("  two  spaces  ", "two-spaces"),
        ("C99 & C11", "c99-c11"),
        ("naïve", "na-ve"),
        ("!?", ""),
        ("", ""),
    ],
)
def test_slug(title, expected):
    assert slug(title) == expected


def test_slug_refuses_a_null_character():
    with pytest.raises(ValueError, match="null"):
        slug("cut\0here")


def test_slug_frees_what_c_allocated(monkeypatch):
    freed = []

    class SpyLibrary:
        text_slug = text.lib.text_slug

        @staticmethod
        def text_free(pointer, real=text.lib.text_free):
            freed.append(pointer)
            real(pointer)

    monkeypatch.setattr(text, "lib", SpyLibrary)
    assert slug("Once") == "once"
    assert len(freed) == 1
