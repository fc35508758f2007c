"""Counts letters, in C."""

from ._native import lib


def count(text: str, letter: str) -> int:
    """How often an ASCII letter stands in a text."""
    return lib.my_project_count(text.encode(), letter.encode("ascii"))
