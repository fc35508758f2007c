"""Callbacks: C calls a Python function, which may raise. Builder: cffi_build/integration_build.py."""

from __future__ import annotations

from typing import Any, Callable

from ._integration import ffi, lib


class _Call:
    """What one call of integrate() must remember while C is running."""

    def __init__(self, function: Callable[[float], float]) -> None:
        self.function = function
        self.error: BaseException | None = None


# The name is the one that the builder declared with `extern "Python"`. An exception cannot travel through C code,
# so the body catches every one; `error=` is what C gets should one escape all the same.
@ffi.def_extern(error=lib.INTEGRAND_FAILED)
def call_integrand(x: float, y: Any, context: Any) -> int:
    call = ffi.from_handle(context)
    try:
        y[0] = call.function(x)
    except BaseException as error:
        call.error = error
        return lib.INTEGRAND_FAILED
    return lib.INTEGRAND_OK


def integrate(function: Callable[[float], float], a: float, b: float, panels: int = 100) -> float:
    """The integral of `function` from `a` to `b`, by Simpson's rule. What `function` raises, this raises."""
    if panels < 1:
        raise ValueError("panels must be positive")

    # The state belongs to this call, not to the module: calls may be nested, and may run in many threads at once.
    call = _Call(function)
    # A `void *` that leads back to `call`. C does not keep it alive; this variable does.
    handle = ffi.new_handle(call)
    result = ffi.new("double *")

    status = lib.simpson(lib.call_integrand, handle, a, b, panels, result)
    if call.error is not None:
        raise call.error
    if status != lib.INTEGRAND_OK:
        raise RuntimeError("the integrand could not be called")
    return result[0]
