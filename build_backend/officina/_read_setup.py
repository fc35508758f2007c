"""Reads how a project is built by setuptools, and writes it down as plain data (``src/migrate/old_build.rs``).

``officina migrate`` runs this file as a program, in a copy of the source tree and in the Python that has what the
project needs to be built: ``python _read_setup.py ANSWER SECONDS``. setup.py runs up to its call of ``setup()``. What
the values become is decided elsewhere. No builder runs: cffi's handler of ``cffi_modules`` is replaced, and so is what
makes an extension of an ``FFI``.
"""

import faulthandler
import json
import os
import sys
import traceback

PACKAGE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, PACKAGE)  # Python has put it there, unless it was told not to

import _read_builders  # noqa: E402
import _read_distribution  # noqa: E402
import _read_files  # noqa: E402
import _read_script  # noqa: E402
from _read_files import SETUP  # noqa: E402

PROTOCOL = 1


class Called(BaseException):
    """``setup()`` was called: nothing that stands behind it is of interest."""


class Missing(Exception):
    """What this Python lacks."""


def main():
    """Writes the answer into the file that the command line names."""
    answer_file, seconds = sys.argv[1], float(sys.argv[2])
    with open(f"{answer_file}.late", "w") as late:
        # Ends the process, with the line that it stands at.
        faulthandler.dump_traceback_later(seconds, exit=True, file=late)
        answer = {"protocol": PROTOCOL}
        try:
            answer.update(_read())
        except BaseException as error:
            answer["failure"] = _failure(error)
        faulthandler.cancel_dump_traceback_later()
    with open(answer_file, "w", encoding="utf-8") as file:
        json.dump(answer, file)


def _read():
    root = os.getcwd()
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != PACKAGE]
    # Of the project's own modules, what it imports itself: frontends do not put the root on the path, setup.py does.
    sys.path.insert(0, root)
    capture = _Capture()
    text = _read_files.text_of(SETUP) or "import setuptools\n\nsetuptools.setup()\n"
    sys.argv = [SETUP, "egg_info"]
    module = {"__name__": "__main__", "__file__": os.path.join(root, SETUP), "__builtins__": __builtins__}
    try:
        exec(compile(text, os.path.join(root, SETUP), "exec"), module)
    except Called:
        pass
    except BaseException:
        if capture.distribution is None:
            raise
    if capture.distribution is None:
        return {"failure": {"kind": "no-call", "message": "", "line": None, "module": None, "trace": ""}}
    script = _read_script.facts(text) if os.path.exists(SETUP) else {}
    answer = _read_distribution.facts(capture, root)
    answer.update(script)
    answer["setup_cfg"] = _read_script.setup_cfg()
    answer["builder_objects"] = _read_builders.objects(answer["cffi_modules"], root)
    answer["builders"] = _read_builders.imports(answer["cffi_modules"], answer["package_dir"].get("", ""))
    return answer


# Running setup.py


class _Capture:
    """Takes the place of ``setup()`` and of what would run a builder."""

    def __init__(self):
        try:
            import setuptools
        except ImportError as error:
            raise Missing("setuptools") from error
        import distutils.core

        self.distribution = None
        self.attrs = {}
        self.compiled = []
        self._setup = distutils.core.setup
        self._core = distutils.core
        self._replace_cffi()
        setuptools.setup = distutils.core.setup = self

    def __call__(self, **attrs):
        if self.distribution is not None:
            raise Called
        self.attrs = dict(attrs)
        for keyword in ("setup_requires", "use_2to3", "test_loader"):
            attrs.pop(keyword, None)
        self._core._setup_stop_after = "config"
        import setuptools

        if "distclass" not in attrs:
            attrs["distclass"] = setuptools.Distribution
        self.distribution = self._setup(**attrs)
        if hasattr(self.distribution, "set_defaults"):
            self.distribution.set_defaults()
        raise Called

    def _replace_cffi(self):
        try:
            import cffi
            import cffi.setuptools_ext
        except ImportError:
            return
        cffi.setuptools_ext.cffi_modules = lambda dist, attr, value: None

        def distutils_extension(ffi, *_, **__):
            return _FfiExtension(ffi)

        def compile_nothing(ffi, *_, **__):
            self.compiled.append(ffi)
            return ""

        cffi.FFI.distutils_extension = distutils_extension
        cffi.FFI.compile = compile_nothing


def _FfiExtension(ffi):
    from setuptools import Extension

    extension = Extension(ffi._assigned_source[0] if hasattr(ffi, "_assigned_source") else "?", [])
    extension.officina_ffi = ffi
    return extension


def _failure(error):
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if _is_setup(frame.filename)]
    kind, module = "exception", None
    if isinstance(error, Missing):
        kind, module = "missing", str(error)
    elif isinstance(error, ModuleNotFoundError):
        kind, module = "missing", error.name
    elif isinstance(error, SystemExit):
        kind = "exit"
    elif isinstance(error, EOFError):
        kind = "prompt"
    elif isinstance(error, SyntaxError) and _is_setup(error.filename or ""):
        lines = [error.lineno]
    message = f"{type(error).__name__}: {error}".strip(": ")
    return {"kind": kind, "message": message, "line": lines[-1] if lines else None, "module": module, "trace": trace}


def _is_setup(filename):
    return os.path.abspath(filename) == os.path.abspath(SETUP)


if __name__ == "__main__":
    main()
