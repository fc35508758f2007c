"""The interpreters that Officina is tested with, and where this machine has them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

WANTED = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]


def _cpython(version: str) -> str | None:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    installed = sorted(root.glob(f"versions/{version}.*/bin/python"))
    return str(installed[-1]) if installed else shutil.which(f"python{version}", path=_path())


def _path() -> str:
    """PATH without pyenv's stand-ins, which exist for versions that are not chosen, and fail."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not folder.endswith("shims"))


INTERPRETERS = {f"CPython {version}": _cpython(version) for version in WANTED}
# Debian's name for a build with `Py_DEBUG`; its extension modules are its own.
INTERPRETERS["debug CPython"] = shutil.which("python3-dbg", path=_path())
INTERPRETERS["PyPy 3"] = shutil.which("pypy3", path=_path())
