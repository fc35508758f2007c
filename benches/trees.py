"""Source trees to measure with: the same modules, said in the way of each backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FUNCTIONS = 40  # of each module's own C


@dataclass(frozen=True)
class Shape:
    """What a project consists of."""

    name: str
    modules: int
    sources: int  # of each module, besides the generated one
    python_files: int


ONE = Shape("one small module", 1, 0, 1)
EIGHT = Shape("eight modules with sources", 8, 2, 1)
WIDE = Shape("2,000 Python files and one module", 1, 0, 2000)
PURE = Shape("2,000 Python files alone", 0, 0, 2000)


def write(shape: Shape, backend: str, folder: Path) -> Path:
    """Writes the tree of `shape` for `backend` and returns it."""
    package = folder / "src" / "bench"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    for index in range(shape.python_files - 1):
        part = package / f"part{index // 100:02}"
        part.mkdir(exist_ok=True)
        (part / "__init__.py").touch()
        (part / f"module{index:04}.py").write_text(_python(index))
    for index in range(shape.modules):
        (folder / f"build_m{index}.py").write_text(_builder(index, shape.sources))
        for source in range(shape.sources):
            (folder / "c").mkdir(exist_ok=True)
            (folder / "c" / f"m{index}_{source}.c").write_text(_c(index, source))
    _BACKENDS[backend](shape, folder)
    return folder


def _python(index: int) -> str:
    lines = [f'"""Module {index}."""', ""]
    for number in range(20):
        lines += [
            f"def function_{number}(a, b={number}):",
            f'    """Adds {number}."""',
            f"    return a + b * {index}",
            "",
        ]
    return "\n".join(lines)


def _builder(index: int, sources: int) -> str:
    names = [f"f{index}_{source}_{number}" for source in range(sources) for number in range(FUNCTIONS)]
    cdef = "".join(f"int {name}(int);" for name in names) + f"int add{index}(int, int);"
    files = [f"c/m{index}_{source}.c" for source in range(sources)]
    return (
        "from cffi import FFI\n\nffibuilder = FFI()\n"
        f"ffibuilder.cdef({cdef!r})\n"
        f"ffibuilder.set_source(\n    'bench._m{index}',\n"
        f"    {cdef + f' int add{index}(int a, int b) {{ return a + b; }}'!r},\n"
        f"    sources={files!r},\n)\n"
    )


def _c(index: int, source: int) -> str:
    functions = []
    for number in range(FUNCTIONS):
        name = f"f{index}_{source}_{number}"
        functions.append(
            f"int {name}(int n) {{\n    int sum = {number};\n"
            f"    while (n > 0) {{ sum = sum * 31 + (n & {number + 1}); n >>= 1; }}\n"
            "    if (sum < 0) return -sum;\n    switch (sum & 3) { case 0: return sum; case 1: return sum / 3; }\n"
            "    return sum ^ n;\n}\n"
        )
    return "".join(functions)


def _project(folder: Path, requires: str, backend: str, more: str = "") -> None:
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = {requires}\nbuild-backend = "{backend}"\n\n'
        '[project]\nname = "bench"\nversion = "1.0"\nrequires-python = ">=3.9"\ndependencies = ["cffi"]\n' + more
    )


def _officina(shape: Shape, folder: Path) -> None:
    entries = [f"build_m{index}.py:ffibuilder" for index in range(shape.modules)]
    _project(folder, '["officina"]', "officina", f"\n[tool.officina]\ncffi_modules = {entries!r}\n".replace("'", '"'))


def _setuptools(shape: Shape, folder: Path) -> None:
    more = '\n[tool.setuptools.packages.find]\nwhere = ["src"]\n'
    _project(folder, '["setuptools", "cffi"]', "setuptools.build_meta", more)
    entries = [f"build_m{index}.py:ffibuilder" for index in range(shape.modules)]
    (folder / "setup.py").write_text(f"from setuptools import setup\n\nsetup(cffi_modules={entries!r})\n")


def _meson(shape: Shape, folder: Path) -> None:
    _project(folder, '["meson-python", "cffi"]', "mesonpy")
    lines = [
        "project('bench', 'c', version: '1.0', default_options: ['buildtype=release'])",
        "py = import('python').find_installation(pure: false)",
        "gen = find_program('cffi-gen-src')",
        "install_subdir('src/bench', install_dir: py.get_install_dir())",
    ]
    for index in range(shape.modules):
        sources = "".join(f", 'c/m{index}_{source}.c'" for source in range(shape.sources))
        lines += [
            f"c{index} = custom_target('c{index}', input: 'build_m{index}.py', output: '_m{index}.c',",
            "    command: [gen, 'exec-python', '@INPUT@', '@OUTPUT@'])",
            f"py.extension_module('_m{index}', c{index}{sources}, subdir: 'bench', install: true)",
        ]
    (folder / "meson.build").write_text("\n".join(lines) + "\n")


def _scikit_build(shape: Shape, folder: Path) -> None:
    _project(folder, '["scikit-build-core", "cffi"]', "scikit_build_core.build")
    lines = [
        "cmake_minimum_required(VERSION 3.18)",
        "project(bench LANGUAGES C)",
        "find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)",
    ]
    for index in range(shape.modules):
        sources = "".join(f" c/m{index}_{source}.c" for source in range(shape.sources))
        lines += [
            f"add_custom_command(OUTPUT _m{index}.c COMMAND cffi-gen-src exec-python",
            f"  ${{CMAKE_CURRENT_SOURCE_DIR}}/build_m{index}.py ${{CMAKE_CURRENT_BINARY_DIR}}/_m{index}.c",
            f"  DEPENDS build_m{index}.py VERBATIM)",
            f"Python_add_library(_m{index} MODULE _m{index}.c{sources} WITH_SOABI)",
            f"install(TARGETS _m{index} DESTINATION bench)",
        ]
    (folder / "CMakeLists.txt").write_text("\n".join(lines) + "\n")


def _uv_build(shape: Shape, folder: Path) -> None:
    _project(folder, '["uv_build"]', "uv_build")


_BACKENDS: dict[str, Callable[[Shape, Path], None]] = {
    "officina": _officina,
    "setuptools": _setuptools,
    "meson-python": _meson,
    "scikit-build-core": _scikit_build,
    "uv_build": _uv_build,
}
