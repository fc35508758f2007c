"""The interpreters that Officina is tested with, and where this machine has them.

A run covers the oldest and the newest CPython that are found, the one that pytest runs in, and
PyPy; with OFFICINA_TEST_ALL_PYTHONS (`make interpreters`) all that are wanted.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

WANTED = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]
FREE_THREADED = ["3.13t", "3.14t", "3.15t"]
THIS = "CPython {}.{}".format(*sys.version_info)
ALL = os.environ.get("OFFICINA_TEST_ALL_PYTHONS", "") not in ("", "0")


def cpython(version: str) -> str | None:
    """Where `3.13` is, or `3.13t`, which is free-threaded."""
    if os.name == "nt":  # where no program has the version in its name
        return sys.executable if f"CPython {version}" == THIS else None
    return _of_pyenv(version) or find(f"python{version}")


def _of_pyenv(version: str) -> str | None:
    """The newest one: `3.13` is `versions/3.13.2`, or `3.13-dev`; `3.13t` is `versions/3.13.2t`."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    number, threads = (version[:-1], "t") if version.endswith("t") else (version, "")
    name = re.compile(rf"{re.escape(number)}(?:\.(\d+)(?:(?:a|b|rc)\d+)?)?{threads}(?:-dev)?")
    found = [(match, path) for path in root.glob("versions/*/bin/python") if (match := name.fullmatch(path.parts[-3]))]
    newest = max(found, key=lambda pair: int(pair[0][1] or 0), default=None)
    return str(newest[1]) if newest else None


def find(program: str) -> str | None:
    """Where an interpreter is, but for pyenv's stand-ins: these exist for versions that are not chosen, and fail."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if not folder.endswith("shims"))
    return shutil.which(program, path=path)


def _covered() -> dict[str, str | None]:
    cpythons: dict[str, str | None] = {f"CPython {version}": cpython(version) for version in WANTED}
    pypy = {"PyPy 3": find("pypy3")}
    if ALL:
        more = {f"CPython {version}": cpython(version) for version in FREE_THREADED}
        # Debian's name for a build with `Py_DEBUG`; its extension modules are its own.
        debug = {f"debug CPython {version}": find(f"python{version}-dbg") for version in WANTED}
        more |= {name: path for name, path in debug.items() if path} or {"debug CPython": None}
        return {**cpythons, **more, **pypy}
    found = [name for name, path in cpythons.items() if path]
    return {name: cpythons[name] for name in found if name in (found[0], found[-1], THIS)} | pypy


INTERPRETERS = _covered()


def each(*, but: str = "") -> list:
    """The interpreters as parameters of a test. One that is not on this machine is skipped by name."""
    return [
        pytest.param(
            path,
            id=name,
            marks=[] if path else pytest.mark.skip(reason=f"{name} is not on this machine"),
        )
        for name, path in INTERPRETERS.items()
        if name != but
    ]
