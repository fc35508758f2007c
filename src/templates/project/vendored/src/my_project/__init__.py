"""Counts bytes, with a C library that comes along."""

from ._native import ffi, lib


def distinct(data: bytes) -> int:
    """How many different bytes there are."""
    tally = ffi.new("tally *")
    lib.tally_add(tally, data, len(data))
    return lib.tally_distinct(tally)
