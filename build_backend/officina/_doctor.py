"""What an interpreter can import of cffi, as JSON, for ``officina doctor``: ``python -B _doctor.py <file>``.

The keys are those of ``PythonState`` in ``src/doctor/python.rs``.
"""

import importlib
import json
import platform
import sys


def part(name):
    """A module with its version and its file, or why it cannot be imported."""
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"version": getattr(module, "__version__", None), "file": getattr(module, "__file__", None)}


def works():
    """Why cffi does not work although it can be imported: it compares itself with its part in C."""
    try:
        import cffi

        cffi.FFI().cdef("int officina_doctor(int);")
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return None


def main(path):
    facts = {
        "release": platform.python_version(),
        "system": platform.platform(),
        "cffi": part("cffi"),
        "backend": part("_cffi_backend"),
        "failure": works(),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(facts, file)


if __name__ == "__main__":
    main(sys.argv[1])
