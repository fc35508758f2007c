"""Source trees of a size that few projects have."""

from __future__ import annotations

from pathlib import Path

PYPROJECT = (
    '[build-system]\nrequires = ["officina"]\nbuild-backend = "officina"\n\n'
    '[project]\nname = "big"\nversion = "1.0"\nrequires-python = ">=3.9"\ndependencies = ["cffi"]\n\n'
    '[tool.officina]\ncffi_modules = [{}]\npackages = ["big"]\n'
)

HEADERS = 200  # of a project with many sources, each of which includes them all


def generated(folder: Path, lines: int) -> Path:
    """One module, of so many generated lines: functions, structs and constants as bindings of a large library
    have them, and the declarations once more as attached text."""
    count = lines // 96  # of functions; there is a tenth as many structs, and four constants to each
    kinds = ["int", "double", "unsigned long", "const char *", "thing *", "short"]
    declared = ["typedef struct thing thing;"]
    for index in range(count):
        arguments = [kinds[(index * 7 + place * 3) % len(kinds)] for place in range(index % 5 + 1)]
        declared.append(f"{kinds[index % len(kinds)]} function_{index}({', '.join(arguments)});")
    for index in range(count // 10):
        fields = "".join(f" {kinds[(index + place) % len(kinds)]} field_{place};" for place in range(10))
        declared.append(f"struct record_{index} {{{fields} }};")
    # Weak: nobody has these functions, and nobody calls them.
    attached = "\n".join(declared).replace(");", ") __attribute__((weak));")
    names = [f"CONSTANT_{index}" for index in range(count * 4)]
    cdef = "\n".join([*declared, *(f"#define {name} ..." for name in names)])
    defines = "\n".join(f"#define {name} {index}" for index, name in enumerate(names))
    builder = (
        "from pathlib import Path\nfrom cffi import FFI\nffi = FFI()\nffi.cdef(Path('cdef.h').read_text())\n"
        "ffi.set_source('big._large', Path('attached.h').read_text())\n"
    )
    visible = f"#pragma GCC visibility push(default)\n{attached}\n#pragma GCC visibility pop\n{defines}\n"
    return _tree(folder, {"builder.py": builder, "cdef.h": cdef, "attached.h": visible}, ["builder.py:ffi"])


def sources(folder: Path, modules: int, each: int, headers: int = HEADERS) -> Path:
    """Modules of so many sources each, all of which include every header of the project."""
    files = {f"include/part{index:03}.h": f"#define PART_{index} {index}\n" for index in range(headers)}
    files["include/all.h"] = "".join(f'#include "part{index:03}.h"\n' for index in range(headers))
    for module in range(modules):
        names = [f"c/m{module:02}/s{source:02}.c" for source in range(each)]
        for source, name in enumerate(names):
            files[name] = (
                f'#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include "all.h"\n'
                f"int f{module}_{source}(int n) {{ return n + PART_{(module + source) % headers}; }}\n"
            )
        cdef = "".join(f"int f{module}_{source}(int);" for source in range(each))
        files[f"build_{module}.py"] = (
            f"from cffi import FFI\nffi = FFI()\nffi.cdef({cdef!r})\n"
            f"ffi.set_source('big._m{module}', {cdef!r}, sources={names!r}, include_dirs=['include'])\n"
        )
    return _tree(folder, files, [f"build_{module}.py:ffi" for module in range(modules)])


def files(folder: Path, count: int) -> Path:
    """A package of so many Python files, a hundred to a folder."""
    text = '"""A module."""\n\n\ndef function(a, b=1):\n    """Adds."""\n    return a + b\n' * 10
    names = [f"big/part{index // 100:03}/module{index:05}.py" for index in range(count)]
    return _tree(folder, {name: f"NUMBER = {index}\n{text}" for index, name in enumerate(names)}, [])


def data(folder: Path, size: int) -> Path:
    """A package with one data file of so many bytes, which takes no room on the disk."""
    tree = _tree(folder, {}, [])
    with (tree / "big" / "data.bin").open("wb") as file:
        file.truncate(size)
    return tree


def _tree(folder: Path, files: dict[str, str], entries: list[str]) -> Path:
    pyproject = PYPROJECT.format(", ".join(f'"{entry}"' for entry in entries))
    for name, text in {"pyproject.toml": pyproject, "big/__init__.py": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
