"""Makes source trees for tests: a pyproject.toml with little to say, and the files of one claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

# A builder in API mode whose module answers `add(2, 3)`.
ADD = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int add(int, int);")
ffi.set_source("demo._demo", "static int add(int a, int b) { return a + b; }")
"""

# Said once more by every project that has modules.
PROJECT = 'name = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\ndependencies = ["cffi"]\n'


def make_project(
    folder: Path,
    files: Mapping[str, str | bytes],
    *,
    modules: Sequence[str] = (),
    settings: str = "",
    project: str = PROJECT,
    more: str = "",
) -> Path:
    """Writes a source tree and returns it.

    `modules` are the entries of `cffi_modules`, `settings` further lines of `[tool.officina]`,
    `project` the lines of `[project]`, and `more` further tables. A `pyproject.toml` among `files`
    is taken as it is.
    """
    entries = ", ".join(f'"{entry}"' for entry in modules)
    pyproject = (
        '[build-system]\nrequires = ["officina"]\nbuild-backend = "officina"\n\n'
        f"[project]\n{project}\n"
        f"[tool.officina]\ncffi_modules = [{entries}]\n{settings}\n{more}"
    )
    for name, content in {"pyproject.toml": pyproject, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(data)
    return folder


def demo(folder: Path, **changes: object) -> Path:
    """The smallest project with a module: a package `demo` and the builder `ADD`.

    `changes` are arguments of `make_project`; `files` are added to its own.
    """
    files = {"demo/__init__.py": "from demo._demo import lib\n", "build_demo.py": ADD}
    files.update(changes.pop("files", {}))
    changes.setdefault("modules", ["build_demo.py:ffi"])
    return make_project(folder, files, **changes)


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything in a tree, for comparing before and after: mode and content by path.

    All but the build folder, the one place that a build may write to.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = f"{path.relative_to(folder).as_posix()}/"
        if "build/officina/" in relative or (path.name == "build" and path.is_dir() and is_build_directory(path)):
            continue
        content = path.read_bytes() if path.is_file() else b""
        found[path.relative_to(folder).as_posix()] = (path.lstat().st_mode, content)
    return found


def is_build_directory(folder: Path) -> bool:
    """Whether a folder holds nothing but what builds leave."""
    return [path.name for path in folder.iterdir()] == ["officina"]
