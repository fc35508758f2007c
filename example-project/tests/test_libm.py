"""One library, two modes: both give the same numbers, and only API mode knows macros."""

import math
import sys

import pytest
from officina_example import _libm_abi, _libm_api, cbrt, classify, dynamic, erf, tgamma


def test_api_mode_agrees_with_python():
    assert cbrt(27) == pytest.approx(3)
    assert erf(0.5) == pytest.approx(math.erf(0.5))
    assert tgamma(5) == pytest.approx(24)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(math.nan, "nan"), (-math.inf, "infinite"), (-0.0, "zero"), (5e-324, "subnormal"), (1.0, "normal")],
)
def test_classify_calls_the_macro(number, expected):
    assert classify(number) == expected


@pytest.mark.parametrize("number", [-1, 0, -math.inf])
def test_tgamma_outside_its_domain(number):
    with pytest.raises(ValueError, match="domain"):
        tgamma(number)


def test_tgamma_of_a_large_number():
    with pytest.raises(OverflowError, match="range"):
        tgamma(1000)


def test_tgamma_passes_infinity_and_nan_on():
    assert tgamma(math.inf) == math.inf
    assert math.isnan(tgamma(math.nan))


def test_both_modes_agree():
    assert [dynamic.cbrt(x) for x in (-8.0, 0.0, 2.0)] == [cbrt(x) for x in (-8.0, 0.0, 2.0)]


def test_the_library_is_opened_once():
    assert dynamic.load() is dynamic.load()


def test_a_missing_library_is_named():
    with pytest.raises(OSError, match="no-such-library") as caught:
        dynamic.open_first(["no-such-library.so", "nor-this-one.so"])
    assert "nor-this-one" in str(caught.value)


def test_the_first_library_that_exists_is_taken():
    library = dynamic.open_first(["no-such-library.so", *dynamic.LIBRARY_NAMES])
    assert library.cbrt(8.0) == pytest.approx(2)


def test_only_api_mode_is_compiled():
    assert not hasattr(_libm_abi, "lib")
    assert _libm_abi.__file__.endswith(".py")
    assert hasattr(_libm_api, "lib")
    assert _libm_api.__file__.endswith(".pyd" if sys.platform == "win32" else ".so")
