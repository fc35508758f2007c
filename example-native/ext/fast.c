/* officina_crc._fast: one function, by the limited API of CPython. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "crc.h"

static PyObject *crc32(PyObject *module, PyObject *args) {
    const char *data;
    Py_ssize_t size;
    (void)module;
    if (!PyArg_ParseTuple(args, "y#", &data, &size))
        return NULL;
    return PyLong_FromUnsignedLong(crc_of(data, (size_t)size));
}

static PyMethodDef methods[] = {
    {"crc32", crc32, METH_VARARGS, "The CRC-32 of bytes."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_fast", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&definition); }
