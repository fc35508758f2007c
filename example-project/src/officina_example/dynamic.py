"""libm in ABI mode: opened while the program runs. Builder: cffi_build/libm_build.py, `make_abi_ffi`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from ._libm_abi import ffi

if TYPE_CHECKING:
    from ._libm_abi import Lib  # the stub alone has it

if sys.platform == "win32":
    LIBRARY_NAMES: tuple[str | None, ...] = ("ucrtbase.dll",)
elif sys.platform == "darwin":
    LIBRARY_NAMES = ("/usr/lib/libSystem.B.dylib",)
else:
    # The full name, with its version: a plain libm.so comes with development files only.
    # None is this process with all that is loaded in it; where musl is the C library, it includes libm.
    LIBRARY_NAMES = ("libm.so.6", None)


def open_first(names: Iterable[str | None]) -> Lib:
    """Open the first of the libraries that is there; OSError tells what was tried."""
    failures: list[str] = []
    for name in names:
        try:
            return ffi.dlopen(name)
        except OSError as error:
            failures.append(f"{name}: {error}")
    raise OSError("cannot open the C mathematical library; tried " + "; ".join(failures))


# Opened on first use, not on import: where the library is missing, the rest of the package still works.
@cache
def load() -> Lib:
    """The library of this system, opened once."""
    return open_first(LIBRARY_NAMES)


def cbrt(x: float) -> float:
    """The cube root of `x`."""
    return load().cbrt(x)
