"""The project of the differential test: builders, C, archives and settings that do the odd things."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from differential import Link, Table

# What does not hold yet, with the reason. OFFICINA_DIFFERENTIAL=all tries these too.
OPEN: dict[str, str] = {}

# What a builder may ask the tree and the environment for; `one.py` asks for two of them.
ASKS = {
    "exists": 'os.path.exists("data/flag")',
    "isfile": 'os.path.isfile("data/flag")',
    "isdir": 'os.path.isdir("parts/deep")',
    "islink": 'os.path.islink("data/flag")',
    "Path.exists": 'Path("data/flag").exists()',
    "size": 'os.path.exists("data/one.txt") and os.stat("data/one.txt").st_size',
    "access": 'os.access("data/flag", os.R_OK)',
    "glob": 'sorted(glob.glob("parts/*.txt"))',
    "deep glob": 'sorted(glob.glob("parts/**/*.txt", recursive=True))',
    "rglob": 'sorted(str(path) for path in Path("parts").rglob("*.md"))',
    "listdir": 'sorted(os.listdir("parts"))',
    "scandir": 'sorted(entry.name for entry in os.scandir("parts"))',
    "walk": 'sorted(str(found) for found in os.walk("parts"))',
    "get": 'os.environ.get("DEMO_LEVEL")',
    "in": '"DEMO_LEVEL" in os.environ',
    "expandvars": 'os.path.expandvars("$DEMO_LEVEL")',
    "whole environment": '[name for name in os.environ if name.startswith("DEMO_")]',
    "find_spec": 'importlib.util.find_spec("maybe_module") is not None',
    "optional file": 'optional("data/flag")',
    "optional import": "imported()",
    "a program": 'subprocess.check_output(["cat", "data/one.txt"])',
}

ONE = """\
import glob, importlib.util, os, subprocess, sys
from pathlib import Path
from cffi import FFI

def optional(path):
    try:
        return open(path).read()
    except OSError:
        return None

def imported():
    try:
        import maybe_module
    except ImportError:
        return None
    return maybe_module.VALUE

facts = []
"""

ONE_ENDS = """\
Path("gen").mkdir(exist_ok=True)
Path("gen/one.txt").write_text(str(len(repr(facts))) + open("data/one.txt").read())
ffi = FFI()
ffi.cdef("int one(void);")
text = open("c/one.c.in").read().replace("@FACTS@", repr(facts).replace('"', "'"))
link = {"extra_link_args": []}
"""

ONE_C = """\
#include "shadow.h"
%s
int helper(void);
int vendored(void);
const char facts[] = "@FACTS@";
int one(void) { return helper() + SHADOW + vendored() + %s; }
"""

TWO = """\
import glob, os
from cffi import FFI
import shared
ffi = FFI()
ffi.cdef("int two(void);")
read = ""
"""

MACRO = "#ifdef SETTING\n#define MACRO SETTING\n#else\n#define MACRO 9\n#endif"
HELPER = (
    '#include "shadow.h"\n#include "own.h"\n' + MACRO + "\n%s\nint helper(void) { return SHADOW + OWN + MACRO + %s; }\n"
)
HAS = '#if __has_include("maybe.h")\n#include "maybe.h"\n#else\n#define MAYBE 0\n#endif'
INCBIN = '__asm__(".data\\n.globl blob\\nblob: .incbin \\"data/blob.bin\\"\\n.text");'


def archives(folder: Path) -> list[bytes]:
    """Two archives, made by hand, with a function that returns 1 and 2."""
    folder.mkdir()
    made = []
    for value in (1, 2):
        (folder / "v.c").write_text(f"int vendored(void) {{ return {value}; }}\n")
        subprocess.run(["cc", "-fPIC", "-c", "v.c"], cwd=folder, check=True)
        subprocess.run(["ar", "rcsD", f"{value}.a", "v.o"], cwd=folder, check=True)
        made.append((folder / f"{value}.a").read_bytes())
    return made


def odd_project(folder: Path) -> Table:
    """The table of its files and their variants; `folder` is for what has to be made first."""
    table = Table(open={} if os.environ.get("OFFICINA_DIFFERENTIAL") == "all" else OPEN)
    _settings(table)
    _builders(table)
    _data(table)
    _c(table)
    _libraries(table, archives(folder))
    return table


def _settings(table: Table) -> None:
    table.piece(
        "pyproject.toml#head",
        '[build-system]\nrequires = ["officina"]\nbuild-backend = "officina"\n[project]\nname = "demo"\n'
        'dependencies = ["cffi"]\nrequires-python = ">=3.9"\n',
    )
    table.piece("pyproject.toml#version", 'version = "1.0"\n', 'version = "1.1"\n', 'version = "1.0" # same\n')
    every = '[tool.officina]\ncffi_modules = ["one.py:ffi", "two.py:ffi", "abi.py:ffi"]\n'
    fewer = '[tool.officina]\ncffi_modules = ["one.py:ffi", "two.py:ffi"]\n'
    table.piece("pyproject.toml#modules", every, every, every, fewer, "[tool.officina\n")
    table.piece("pyproject.toml#macros", "", 'define-macros = ["SETTING=1"]\n', 'define-macros = ["SETTING=2"]\n')
    table.piece("pyproject.toml#include", "", 'include-dirs = ["inc/third"]\n', 'include-dirs = ["inc/none"]\n')
    over = '[[tool.officina.overrides]]\nif.env.DEMO_LEVEL = "2"\ndefine-macros = ["OVERRIDDEN=7"]\n'
    table.piece("pyproject.toml#overrides", "", over, over.replace("7", "8"))
    table.variable("DEMO_LEVEL", None, "1", "2", "")
    table.variable("CFLAGS", "-O0", "-O0", "-O0 -DFLAG=1", "-O0 -DFLAG=2")
    table.variable("CPATH", None, "inc/third", "inc/fourth", kind="CPATH")
    table.variable("LIBRARY_PATH", None, "vendor/c", kind="LIBRARY_PATH")


def _builders(table: Table) -> None:
    table.piece("one.py#head", ONE)
    for slot in ("ask", "another"):  # not more: one that runs the builder each time hides the others
        table.piece(f"one.py#{slot}", "")
        for name, ask in ASKS.items():
            table.piece(f"one.py#{slot}", f"facts.append({ask})\n", kind=name)
    table.piece("one.py#ends", ONE_ENDS)
    table.piece(
        "one.py#link",
        'link["extra_objects"] = ["vendor/a/libv.a"]\n',
        'link["extra_link_args"] += ["vendor/a/libv.a"]\n',
        'link.update(libraries=["v"], library_dirs=["vendor/a", "vendor/b"])\n',
        'link["extra_link_args"] += ["-Lvendor/b", "-l:libv.a"]\n',
        'link["extra_link_args"] += ["-L", "vendor/a", "-lv"]\n',
    )
    table.piece("one.py#by variable", "", 'link.setdefault("libraries", ["v"])\n', kind="LIBRARY_PATH")
    table.piece("one.py#map", "", 'link["extra_link_args"] += ["-Wl,--version-script=c/map.txt"]\n')
    table.piece("one.py#depends", "", 'link["depends"] = ["c/extra.def"]\n', 'link["depends"] = ["c/none.def"]\n')
    sourced = 'ffi.set_source("demo._one", text, sources=["c/helper.c"], include_dirs=[%s], **link)\n'
    orders = ['"inc/first", "inc/second"', '"inc/second", "inc/first"', '"inc/first", "inc/none", "inc/second"']
    table.piece("one.py#set", *(sourced % order for order in orders), 'raise ValueError("broken")\n')
    table.piece("two.py#head", TWO)
    table.piece("two.py#reads", "", 'read = open("gen/one.txt").read()\n', kind="another's file")
    level = 'define_macros=[("LEVEL", os.environ.get("DEMO_LEVEL") or "0")]'
    whole = 'ffi.set_source("demo._two", f"int two(void) {{ return {shared.VALUE}; }} // {read}", sources=%s%s)\n'
    globbed = 'sorted(glob.glob("c2/*.c"))'
    table.piece(
        "two.py#set",
        whole % (globbed, ""),
        whole % (globbed, f", {level}"),
        whole % (globbed, ", py_limited_api=False"),
        whole % ("[]", ', extra_compile_args=["-include", "c/forced.h"]'),
    )
    table.piece(
        "abi.py",
        'from cffi import FFI\nffi = FFI()\nffi.cdef(open("data/abi.h").read())\nffi.set_source("demo._abi", None)\n',
        'from cffi import FFI\nffi = FFI()\nffi.cdef(open("data/abi.h").read())\nffi.set_source("demo._bia", None)\n',
    )
    table.piece("shared.py", "VALUE = 1\n", "VALUE = 2\n", "from other import VALUE\n", None)
    table.piece("other.py", "VALUE = 3\n", "VALUE = 4\n", None)
    table.piece(
        "maybe_module.py", None, "VALUE = 1\n", "VALUE = 2\n", "import other\nVALUE = other.VALUE\n", Link("other.py")
    )
    table.piece("maybe_module/__init__.py", None, "VALUE = 5\n")


def _data(table: Table) -> None:
    table.piece("demo/__init__.py", "", "N = 1\n")
    table.piece("demo/data.txt", None, "a", "b", Link("../data/one.txt"))
    table.piece("data/one.txt", "1", "2", "100", Link("two.txt"), None)
    table.piece("data/two.txt", "1", "3")
    table.piece("data/flag", None, "", "x", Link("two.txt"), Link("nowhere"))
    table.piece("data/abi.h", "int a(void);", "int b(void);", "int a(", None)
    table.piece("data/blob.bin", "1234", "4321", None)
    for name in ("a.txt", "b.txt", "c.md", "deep/d.txt", "deep/e.md"):
        table.piece(f"parts/{name}", "" if name == "a.txt" else None, "", "x", None)


def _c(table: Table) -> None:
    table.piece(
        "c/one.c.in", ONE_C % ("", "0"), ONE_C % ("", "1"), ONE_C % (HAS, "MAYBE"), ONE_C % ('#error "no"', "0")
    )
    table.piece("c/helper.c", HELPER % ("", "0"), HELPER % ("", "1"), HELPER % (HAS, "MAYBE"), HELPER % ("", "missing"))
    table.piece("c/helper.c", HELPER % (INCBIN, "0"), kind=".incbin")
    table.piece("c/own.h", "#define OWN 1\n", "#define OWN 2\n", None, '#include "deeper.h"\n')
    table.piece("c/deeper.h", "#define OWN 3\n", "#define OWN 4\n", None)
    table.piece("c/shadow.h", None, "#define SHADOW 10\n", "#define SHADOW 11\n")
    table.piece("inc/first/shadow.h", None, "#define SHADOW 20\n", "#define SHADOW 21\n", Link("../second/shadow.h"))
    table.piece("inc/first/other.h", "")
    table.piece("inc/second/shadow.h", "#define SHADOW 30\n", "#define SHADOW 31\n", None)
    table.piece("inc/third/shadow.h", "#define SHADOW 40\n", "#define SHADOW 41\n", None)
    table.piece("inc/fourth/shadow.h", "#define SHADOW 50\n", None)
    for folder in ("first", "second"):
        table.piece(f"inc/{folder}/maybe.h", None, "#define MAYBE 1\n", "#define MAYBE 2\n", kind="__has_include")
    table.piece("c/extra.def", "1", "2", None)
    table.piece("c/map.txt", "{ global: PyInit_*; local: *; };\n", "{ global: PyInit_*; helper; local: *; };\n", None)
    table.piece("c/forced.h", "#define FORCED 1\n", "int forced;\n", None)
    table.piece("c2/x.c", None, "int x = 1;\n", "#ifdef LEVEL\nint x = LEVEL;\n#endif\n")
    table.piece(
        "c2/y.c",
        None,
        "int y = 1;\n",
        "#ifdef FLAG\nint y = FLAG;\n#endif\n",
        "#ifdef OVERRIDDEN\nint y = OVERRIDDEN;\n#endif\n",
    )


def _libraries(table: Table, archives: list[bytes]) -> None:
    one, two = archives
    table.piece("vendor/a/libv.a", one, two, None, Link("../b/libv.a"))
    table.piece("vendor/b/libv.a", two, one, None)
    table.piece("vendor/c/libv.a", one, two)
