"""Inline C: values cross the border, and those that do not fit are refused."""

import pytest
from officina_example import add, mean

INT32_MAX = 2**31 - 1


@pytest.mark.parametrize(
    ("a", "b", "total"),
    [(2, 3, 5), (-7, 7, 0), (INT32_MAX, INT32_MAX, 2**32 - 2), (-(2**31), -(2**31), -(2**32))],
)
def test_add(a, b, total):
    assert add(a, b) == total


def test_add_refuses_a_number_that_does_not_fit():
    with pytest.raises(OverflowError):
        add(INT32_MAX + 1, 0)


def test_add_refuses_a_float():
    with pytest.raises(TypeError):
        add(1.5, 0)


def test_mean_takes_any_iterable():
    assert mean([1, 2, 6]) == 3.0
    assert mean(x / 2 for x in range(5)) == 1.0


def test_mean_of_nothing():
    with pytest.raises(ValueError, match="at least one"):
        mean([])


def test_mean_refuses_what_is_not_a_number():
    with pytest.raises(TypeError):
        mean(["1"])
