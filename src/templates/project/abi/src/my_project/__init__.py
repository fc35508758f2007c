"""Calls a function of the C library."""

import sys

from ._native import ffi

# The library that has the functions: `None` is what this process has loaded already.
_lib = ffi.dlopen("ucrtbase" if sys.platform == "win32" else None)


def leading(text: str, letters: str) -> int:
    """How many of the first letters of a text are among `letters`; both are ASCII."""
    return _lib.strspn(text.encode("ascii"), letters.encode("ascii"))
