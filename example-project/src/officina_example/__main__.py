"""A short demonstration: `python -m officina_example`, or the command `officina-example`."""

from __future__ import annotations

import math
import sys
from typing import Any, Callable

from officina_example import (
    Polyline,
    add,
    crc32,
    dynamic,
    integrate,
    mean,
    read_bytes,
    slug,
    special,
    upper_in_place,
)


def main() -> int:
    """Print a line or two for each thing that the library shows."""
    _show("inline C", "add(2, 3)", lambda: add(2, 3))
    _show("array", "mean([1, 2, 6])", lambda: mean([1, 2, 6]))

    with Polyline([(0, 0), (3, 4), (3, 0)]) as line:
        _show("struct", "line.length", lambda: line.length)
        _show("", "line.bounds.high", lambda: line.bounds.high)
        _show("return code", "line.extend([(inf, 0)])", lambda: line.extend([(math.inf, 0)]))
    _show("ownership", "line.length, line closed", lambda: line.length)

    buffer = bytearray(b"changed in place")
    upper_in_place(buffer)
    _show("string", "slug('Hello, World!')", lambda: slug("Hello, World!"))
    _show("buffer", "upper_in_place(buffer)", lambda: buffer)
    _show("", "hex(crc32(buffer))", lambda: hex(crc32(buffer)))

    _show("errno", "read_bytes('missing.txt')", lambda: read_bytes("missing.txt"))
    _show("callback", "integrate(sin, 0, pi)", lambda: integrate(math.sin, 0, math.pi))
    _show("", "integrate(1 / x, 0, 1)", lambda: integrate(lambda x: 1 / x, 0, 1))
    _show("API mode", "special.cbrt(8)", lambda: special.cbrt(8))
    _show("", "special.tgamma(-1)", lambda: special.tgamma(-1))
    _show("ABI mode", "dynamic.cbrt(8)", lambda: dynamic.cbrt(8))
    return 0


def _show(lesson: str, code: str, call: Callable[[], Any]) -> None:
    """One line of the demonstration: the result of `call`, or the exception that it raised."""
    try:
        outcome = f"{call()!r}"
    except Exception as error:
        outcome = f"{type(error).__name__}: {error}"
    print(f"{lesson:<12} {code:<26} {outcome}")


if __name__ == "__main__":
    sys.exit(main())
