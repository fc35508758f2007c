"""Counts words, in Rust."""

from ._native import lib


def words(text: str) -> int:
    """How many words a text has."""
    data = text.encode()
    return lib.my_project_words(data, len(data))
