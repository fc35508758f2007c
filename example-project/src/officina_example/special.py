"""libm in API mode: the C compiler checked every call. Builder: cffi_build/libm_build.py, `make_api_ffi`."""

from __future__ import annotations

from ._libm_api import lib

_CLASSES = {
    lib.FP_NAN: "nan",
    lib.FP_INFINITE: "infinite",
    lib.FP_ZERO: "zero",
    lib.FP_SUBNORMAL: "subnormal",
    lib.FP_NORMAL: "normal",
}


def cbrt(x: float) -> float:
    """The cube root of `x`."""
    return lib.cbrt(x)


def erf(x: float) -> float:
    """The error function at `x`."""
    return lib.erf(x)


def tgamma(x: float) -> float:
    """The gamma function at `x`: ValueError where there is none, OverflowError where it is too large."""
    result = lib.tgamma(x)
    # libm need not set errno (macOS does not), but its result tells.
    before, after = classify(x), classify(result)
    if (after == "nan" and before != "nan") or before == "zero":
        raise ValueError("math domain error")
    if after == "infinite" and before != "infinite":
        raise OverflowError("math range error")
    return result


def classify(x: float) -> str:
    """What kind of number `x` is: "nan", "infinite", "zero", "subnormal" or "normal"."""
    # fpclassify() is a macro: only API mode can call it.
    return _CLASSES[lib.fpclassify(x)]
