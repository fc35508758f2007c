"""Callbacks: Python called from C may raise, call C again, and run in several threads."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from officina_example import integrate


def test_known_integrals():
    assert integrate(math.sin, 0, math.pi) == pytest.approx(2)
    assert integrate(lambda x: x**3, -1, 2, panels=1) == pytest.approx(3.75)
    assert integrate(lambda x: 1, 5, 5) == 0


def test_an_exception_crosses_c_and_ends_the_calls():
    seen = []
    problem = LookupError("at 0.5")

    def function(x):
        seen.append(x)
        if x >= 0.5:
            raise problem
        return x

    with pytest.raises(LookupError) as caught:
        integrate(function, 0, 1, panels=2)
    assert caught.value is problem
    assert seen == [0, 0.25, 0.5]


def test_even_an_exit_crosses_c(capfd):
    with pytest.raises(KeyboardInterrupt):
        integrate(lambda x: _raise(KeyboardInterrupt()), 0, 1)
    # CFFI prints what a callback lets out; ours lets nothing out.
    assert capfd.readouterr().err == ""


def test_a_result_that_is_not_a_number():
    with pytest.raises(TypeError):
        integrate(lambda x: "one", 0, 1)


def test_calls_may_be_nested():
    def inner(x):
        return integrate(lambda y: x * y, 0, 1)

    assert integrate(inner, 0, 1) == pytest.approx(0.25)


def test_an_error_of_an_inner_call_can_be_handled_in_the_outer_one():
    def outer(x):
        with pytest.raises(ZeroDivisionError):
            integrate(lambda y: 1 / y, 0, 1)
        return 1.0

    assert integrate(outer, 0, 1, panels=3) == pytest.approx(1)


def test_threads_do_not_mix_their_functions():
    def area(factor):
        return integrate(lambda x: factor * x, 0, 1)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(area, range(40))) == pytest.approx([factor / 2 for factor in range(40)])


@pytest.mark.parametrize("panels", [0, -1])
def test_panels_must_be_positive(panels):
    with pytest.raises(ValueError, match="panels"):
        integrate(math.sin, 0, 1, panels)


def _raise(error):
    raise error
