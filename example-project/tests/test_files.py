"""The C library: errno becomes the OSError that Python itself would raise, and files are closed."""

import errno
import os
import sys

import pytest
from officina_example import files, read_bytes


@pytest.mark.parametrize("size", [0, 1, files.CHUNK_SIZE - 1, files.CHUNK_SIZE, 2 * files.CHUNK_SIZE + 7])
def test_the_whole_file_is_read(tmp_path, size):
    path = tmp_path / "data.bin"
    data = bytes(i % 251 for i in range(size))
    path.write_bytes(data)
    assert read_bytes(path) == data
    assert read_bytes(str(path)) == data


def test_a_missing_file(tmp_path):
    path = tmp_path / "missing"
    with pytest.raises(FileNotFoundError) as caught:
        read_bytes(path)
    assert caught.value.errno == errno.ENOENT
    assert caught.value.filename == str(path)
    assert caught.value.strerror == os.strerror(errno.ENOENT)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses to open a directory, with another error")
def test_a_directory_opens_but_cannot_be_read(tmp_path):
    with pytest.raises(IsADirectoryError):
        read_bytes(tmp_path)


def test_a_null_byte_in_the_name(tmp_path):
    (tmp_path / "cut").write_bytes(b"not this file")
    with pytest.raises(ValueError, match="null"):
        read_bytes(str(tmp_path / "cut") + "\0here")


def test_the_file_is_closed_after_success_and_after_failure(tmp_path, monkeypatch):
    closed = []

    class SpyLibrary:
        fopen = files.lib.fopen
        fread = files.lib.fread
        ferror = staticmethod(lambda stream: 1)

        @staticmethod
        def fclose(stream, real=files.lib.fclose):
            closed.append(stream)
            return real(stream)

    path = tmp_path / "data"
    path.write_bytes(b"data")
    monkeypatch.setattr(files, "lib", SpyLibrary)
    with pytest.raises(OSError):
        read_bytes(path)
    assert len(closed) == 1

    SpyLibrary.ferror = staticmethod(lambda stream: 0)
    assert read_bytes(path) == b"data"
    assert len(closed) == 2
