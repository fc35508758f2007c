"""Projects that setuptools packs, and environments with a setuptools of each age."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import environments
import wheelhouse
from building import Outcome, run

# The oldest that reads pyproject.toml, the first with editable wheels, the first with a `bdist_wheel` of its own.
VERSIONS = ["61.3.1", "64.0.3", "70.1.1", "newest"]

SYSTEM = '[build-system]\nrequires = ["setuptools", "officina"]\nbuild-backend = "setuptools.build_meta"\n'
PROJECT = '\n[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n'

# Appends a line to the file that RUNS names, each time that it runs.
BUILDER = """\
import os
from cffi import FFI

with open(os.environ.get("RUNS", os.devnull), "a") as runs:
    runs.write("run\\n")
ffi = FFI()
ffi.cdef("int add(int, int);")
ffi.set_source("demo._demo", '#include "add.h"', sources=["csrc/add.c"], include_dirs=["csrc"])
"""

# The C that builders of `add` compile.
C_FILES = {
    "csrc/add.h": "int add(int a, int b);\n",
    "csrc/add.c": '#include "add.h"\nint add(int a, int b) { return a + b; }\n',
}
FILES = {
    "build_demo.py": BUILDER,
    **C_FILES,
    "src/demo/__init__.py": "from demo._demo import lib\n",
}

SETUP = """\
from setuptools import setup
setup(name="demo", version="1.0", packages=["demo"], package_dir={"": "src"}, python_requires=">=3.9",
      cffi_modules=["build_demo.py:ffi"])
"""

SHOWN = "import demo; print(demo.lib.add(2, 3))"


def env(version: str, officina_wheel: Path, *more: str, python: str = sys.executable) -> Path:
    """An interpreter with Officina, cffi, and a setuptools of that version; what is in `more` besides."""
    newest = version == "newest"
    # A `wheel` from 0.46 on leaves `bdist_wheel` to setuptools.
    old = [] if newest else ["wheel==0.43.0"]
    requirements = ["setuptools>=80" if newest else f"setuptools=={version}", *old, *more]
    wheelhouse.fill(python)
    wheelhouse.fill(python, *requirements)
    name = "-".join([wheelhouse.facts(python)[0], "setuptools", version, *more]).replace(">", "").replace("=", "")
    cffi = [] if wheelhouse.facts(python)[0].startswith("pypy") else ["cffi"]
    wanted = [str(officina_wheel), *cffi, "build", *requirements]
    return environments.environment(wheelhouse.ENVIRONMENTS / name, wanted, python)


def write(folder: Path, files: Mapping[str, str | None]) -> Path:
    """Writes a source tree and returns it; `None` is for a file that it does without."""
    for name, text in files.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder


def modern(folder: Path, settings: str = "", files: Mapping[str, str | None] | None = None, more: str = "") -> Path:
    """A project of pyproject.toml alone; `settings` are lines of `[tool.officina]`."""
    tables = f'{SYSTEM}{PROJECT}{more}\n[tool.officina]\ncffi_modules = ["build_demo.py:ffi"]\n{settings}\n'
    return write(folder, {"pyproject.toml": tables, **FILES, **(files or {})})


def classic(folder: Path, setup: str = SETUP, files: Mapping[str, str | None] | None = None) -> Path:
    """A project of setup.py, whose pyproject.toml says what is required and no more."""
    return write(folder, {"pyproject.toml": SYSTEM, "setup.py": setup, **FILES, **(files or {})})


def pip_wheel(python: Path, project: Path, out: Path, variables: Mapping[str, str] | None = None) -> Outcome:
    """Has pip build a wheel in the environment at hand; it may fail."""
    command = [python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-v", "--wheel-dir", out, project]
    return run(command, project, variables)


def built(python: Path, project: Path, out: Path, variables: Mapping[str, str] | None = None) -> tuple[Path, str]:
    """The same, which must work: the wheel, and what was said."""
    done = pip_wheel(python, project, out, variables)
    assert done.code == 0, done.output
    [wheel] = out.glob("*.whl")
    return wheel, done.output


def setup_py(python: Path, project: Path, *words: object, variables: Mapping[str, str] | None = None) -> Outcome:
    """Runs `setup.py`; it may fail."""
    return run([python, "setup.py", *words], project, variables)


def runs(file: Path) -> int:
    """How often the builder ran."""
    return len(file.read_text().splitlines()) if file.exists() else 0


def module_files(folder: Path) -> list[str]:
    """The compiled modules below a folder, without those in Officina's build folder."""
    found = (path for suffix in ("so", "pyd") for path in folder.rglob(f"*.{suffix}"))
    shown = (path.relative_to(folder).as_posix() for path in found)
    return sorted(name for name in shown if not name.startswith("build/"))
