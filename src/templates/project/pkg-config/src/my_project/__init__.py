"""Calls the library that pkg-config knows as zlib."""

from ._native import ffi, lib

__all__ = ["ffi", "lib"]
