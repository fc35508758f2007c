"""Callbacks: `officina_example._integration` is C that calls Python that may raise."""

from cffi import FFI

ffi = FFI()

# `extern "Python"` asks CFFI to write a C function whose body is the Python function
# registered under that name with `@ffi.def_extern()`, see src/officina_example/integration.py.
ffi.cdef(
    """
    #define INTEGRAND_OK ...
    #define INTEGRAND_FAILED ...

    extern "Python" int call_integrand(double x, double *y, void *context);

    int simpson(int (*integrand)(double x, double *y, void *context), void *context,
                double a, double b, int panels, double *result);
    """
)

ffi.set_source(
    "officina_example._integration",
    """
    #define INTEGRAND_OK 0
    #define INTEGRAND_FAILED (-1)

    /* Computes *y for x. Anything but INTEGRAND_OK ends the integration. */
    typedef int (*integrand_fn)(double x, double *y, void *context);

    /* Simpson's rule over `panels` panels of three points each; `panels` must be positive.
       `context` goes to every call of `integrand` untouched: C does not know what it is. */
    static int simpson(integrand_fn integrand, void *context,
                       double a, double b, int panels, double *result)
    {
        const double width = (b - a) / panels;
        double total = 0.0;

        for (int i = 0; i < panels; i++) {
            const double left = a + i * width;
            const double x[3] = {left, left + width / 2, left + width};
            double y[3];

            for (int k = 0; k < 3; k++) {
                int status = integrand(x[k], &y[k], context);
                if (status != INTEGRAND_OK)
                    return status;
            }
            total += (y[0] + 4 * y[1] + y[2]) * width / 6;
        }
        *result = total;
        return INTEGRAND_OK;
    }
    """,
)
