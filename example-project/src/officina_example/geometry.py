"""C sources: structs, arrays, an object that C allocates, return codes. Builder: cffi_build/geometry_build.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, NamedTuple

from ._geometry import ffi, lib


class Point(NamedTuple):
    """A point in the plane; CFFI fills a C `point` from it, field by field."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle given by two of its corners."""

    low: Point
    high: Point


class Polyline:
    """A line through points, kept in memory that C allocates and this object owns.

    The memory is released by `close()`, by the end of a `with` block, or else when the object is collected.
    """

    def __init__(self, points: Iterable[tuple[float, float]] = ()) -> None:
        line = lib.polyline_new()
        if line == ffi.NULL:
            raise MemoryError(_message(lib.POLYLINE_NO_MEMORY))
        # From here on the memory has an owner: polyline_free() is called once, whatever happens below.
        self._owned: Any = ffi.gc(line, lib.polyline_free)
        self.extend(points)

    @property
    def _line(self) -> Any:
        if self._owned is None:
            raise ValueError("the line is closed")
        return self._owned

    def extend(self, points: Iterable[tuple[float, float]]) -> None:
        """Add `points` to the end: all of them or, if one is not finite, none."""
        # Point(*p) insists on two numbers. CFFI alone would read (1,) as (1, 0): missing fields are zero, as in C.
        array = ffi.new("point[]", [Point(*p) for p in points])
        _check(lib.polyline_extend(self._line, array, len(array)))

    def __len__(self) -> int:
        return lib.polyline_size(self._line)

    def __iter__(self) -> Iterator[Point]:
        # A copy: a pointer into memory that C may move, or free, must not reach Python code.
        array = ffi.new("point[]", len(self))
        count = lib.polyline_copy(self._line, array, len(array))
        return iter([Point(p.x, p.y) for p in ffi.unpack(array, count)])

    @property
    def length(self) -> float:
        """The distance walked from the first point to the last."""
        return lib.polyline_length(self._line)

    @property
    def bounds(self) -> Box:
        """The smallest box around all points; ValueError if there are none."""
        # C returns the status, so the result comes back through a pointer: `box` is a struct, `out` points to it.
        out = ffi.new("box *")
        _check(lib.polyline_bounds(self._line, out))
        return Box(Point(out.low.x, out.low.y), Point(out.high.x, out.high.y))

    def close(self) -> None:
        """Release the C memory now. Closing again does nothing."""
        owned, self._owned = self._owned, None
        if owned is not None:
            ffi.release(owned)

    def __enter__(self) -> Polyline:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _check(status: int) -> None:
    """Turn a status that C returned into an exception."""
    if status == lib.POLYLINE_OK:
        return
    if status == lib.POLYLINE_NO_MEMORY:
        raise MemoryError(_message(status))
    raise ValueError(_message(status))


def _message(status: int) -> str:
    # A static string: C keeps it, ffi.string() copies it, nobody frees it.
    return ffi.string(lib.polyline_message(status)).decode("ascii")
