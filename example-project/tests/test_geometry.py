"""Structs and ownership: nothing is lost on failure, and C memory is freed exactly once."""

import gc
import math

import pytest
from officina_example import Box, Point, Polyline, geometry


class SpyLibrary:
    """The real library, with a note of each pointer that polyline_free() was given."""

    def __init__(self, lib):
        self._lib = lib
        self.freed = []

    def __getattr__(self, name):
        return getattr(self._lib, name)

    def polyline_free(self, line):
        self.freed.append(line)
        self._lib.polyline_free(line)


@pytest.fixture
def spy(monkeypatch):
    spy = SpyLibrary(geometry.lib)
    monkeypatch.setattr(geometry, "lib", spy)
    return spy


def collect():
    # PyPy needs more than one round before it calls a destructor.
    for _ in range(4):
        gc.collect()


def test_points_come_back_as_they_went_in():
    line = Polyline([(0, 0), (3, 4)])
    line.extend(Point(i, -i) for i in range(100))
    assert len(line) == 102
    assert list(line) == [(0, 0), (3, 4), *((i, -i) for i in range(100))]
    assert isinstance(next(iter(line)), Point)


def test_length_and_bounds():
    line = Polyline([(0, 0), (3, 4), (3, -1)])
    assert line.length == 10.0
    assert line.bounds == Box(low=Point(0, -1), high=Point(3, 4))


def test_an_empty_line():
    line = Polyline()
    assert (len(line), list(line), line.length) == (0, [], 0.0)
    with pytest.raises(ValueError, match="no points"):
        line.bounds  # noqa: B018 (a property)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_failed_extend_adds_nothing(bad):
    line = Polyline([(1, 2)])
    with pytest.raises(ValueError, match="finite"):
        line.extend([(3, 4), (bad, 0)])
    assert list(line) == [(1, 2)]


@pytest.mark.parametrize("bad", [(), (1,), (1, 2, 3), ("x", "y")])
def test_a_point_is_two_numbers(bad):
    with pytest.raises(TypeError):
        Polyline([bad])


def test_out_of_memory_is_a_memory_error():
    with pytest.raises(MemoryError, match="out of memory"):
        geometry._check(geometry.lib.POLYLINE_NO_MEMORY)


def test_collecting_the_object_frees_its_memory(spy):
    line = Polyline([(1, 2)])
    collect()
    assert spy.freed == []
    del line
    collect()
    assert len(spy.freed) == 1


def test_closing_frees_once(spy):
    line = Polyline([(1, 2)])
    line.close()
    assert len(spy.freed) == 1
    line.close()
    del line
    collect()
    assert len(spy.freed) == 1


def test_with_frees_when_its_body_raises(spy):
    with pytest.raises(ZeroDivisionError), Polyline([(1, 2)]):
        raise ZeroDivisionError
    assert len(spy.freed) == 1


def test_a_failing_constructor_frees_what_it_had(spy):
    with pytest.raises(ValueError):
        Polyline([(math.nan, 0)])
    collect()
    assert len(spy.freed) == 1


@pytest.mark.parametrize("use", [len, list, lambda line: line.extend([(0, 0)]), lambda line: line.length])
def test_a_closed_line_is_refused(use):
    with Polyline([(1, 2)]) as line:
        pass
    with pytest.raises(ValueError, match="closed"):
        use(line)
