"""Inline C: numbers in, numbers out, and an array. Builder: cffi_build/arithmetic_build.py."""

from __future__ import annotations

from collections.abc import Iterable

from ._arithmetic import ffi, lib


def add(a: int, b: int) -> int:
    """The sum of two 32-bit integers. CFFI raises OverflowError for a number that does not fit."""
    return lib.add(a, b)


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean of `values`."""
    # Python owns this array: its memory goes when the last reference to `array` does.
    array = ffi.new("double[]", list(values))
    if len(array) == 0:
        raise ValueError("mean() needs at least one value")
    return lib.mean(array, len(array))
