"""Counts words, in Rust."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from officina_words._words import ffi, lib

__all__ = ["Counts", "WordsError", "count", "panic", "title", "words"]


class WordsError(Exception):
    """A call into the crate did not end well."""


class Counts(NamedTuple):
    """What a text holds."""

    words: int
    lines: int
    letters: int


_MESSAGES = {
    lib.WORDS_NOT_UTF8: "the text is not UTF-8",
    lib.WORDS_STOPPED: "stopped",
    lib.WORDS_PANIC: "the code in Rust panicked",
}


def _check(status: int) -> None:
    if status != lib.WORDS_OK:
        raise WordsError(_MESSAGES.get(status, f"status {status}"))


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def count(text: str | bytes) -> Counts:
    """Counts words, lines and letters."""
    data = _bytes(text)
    # The struct belongs to Python; Rust fills it.
    counts = ffi.new("words_counts *")
    _check(lib.words_count(data, len(data), counts))
    return Counts(counts.words, counts.lines, counts.letters)


@ffi.callback("words_callback", error=1)
def _append(word, length, handle):
    found, most = ffi.from_handle(handle)
    found.append(ffi.unpack(word, length).decode())
    return int(len(found) == most)


def words(text: str | bytes, most: int | None = None) -> Iterator[str]:
    """The words, at most so many."""
    data, found = _bytes(text), []
    # Alive as long as the call: Rust hands it back to `_append`.
    handle = ffi.new_handle((found, most))
    status = lib.words_each(data, len(data), _append, handle)
    if status != lib.WORDS_STOPPED:
        _check(status)
    return iter(found)


def title(text: str | bytes) -> str:
    """Each word with a capital letter."""
    data = _bytes(text)
    # The string belongs to Rust, which takes it back when nobody needs it any more.
    made = ffi.gc(lib.words_title(data, len(data)), lib.words_free)
    if made == ffi.NULL:
        raise WordsError(_MESSAGES[lib.WORDS_NOT_UTF8])
    return ffi.string(made).decode()


def panic() -> None:
    """Panics in Rust: an exception comes of it, and no crash."""
    _check(lib.words_panic())
