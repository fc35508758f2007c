"""Sixty mistakes, and word for word what Officina says about each: what, where, and the next step.

`messages.md` holds the answers. With `WRITE_MESSAGES=1` these tests, one after the other (`-n 0`), write it anew.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from building import hook_command, run
from projects import PROJECT, demo

KEPT = Path(__file__).with_name("messages.md")
WRITE = "WRITE_MESSAGES"


def builder(cdef: str, source: str, more: str = "", first: str = "") -> dict[str, str]:
    """A builder whose cdef and source each begin on a line of their own."""
    text = f'from cffi import FFI\n{first}\nffi = FFI()\nffi.cdef("""\n{cdef}\n""")\n'
    text += f'ffi.set_source("demo._demo", """\n{source}\n""", {more})\n'
    return {"build_demo.py": text}


def script(text: str, **files: str) -> dict[str, str]:
    return {"build_demo.py": text, **{name.replace("__", "/").replace("_", "."): text for name, text in files.items()}}


ONE = "int f(void) { return 1; }"
ADDED = "int f(void);"
SUBMODULE = '[submodule "lib"]\n\tpath = vendor/lib\n\turl = https://example.org/lib.git\n'
FFI = 'from cffi import FFI\nffi = FFI()\nffi.cdef({cdef})\nffi.set_source("demo._demo", "")\n'

# What is wrong -> the changes to a good project.
MISTAKES: dict[str, dict[str, object]] = {
    # Entries and settings
    "an entry without an object": {"modules": ["build_demo.py"]},
    "a builder that is not there": {"modules": ["biuld_demo.py:ffi"]},
    "an object that is not there": {"modules": ["build_demo.py:fii"]},
    "an object of another type": {"files": script("ffi = 42\n")},
    "a list that is a string": {"settings": 'define-macros = "A=1"'},
    "a table where a list is meant": {"settings": '[tool.officina.overrides]\nif.platform = "linux"'},
    "a key that is there twice": {"settings": 'include = ["a"]\ninclude = ["b"]'},
    "a list and tables of one name": {"settings": 'libraries = ["m"]\n\n[[tool.officina.libraries]]\nname = "a"'},
    "a key that is misspelt": {"settings": 'packges = ["demo"]'},
    "a key of setuptools": {"settings": 'package_data = { demo = ["*.txt"] }'},
    "a key of a module": {"settings": 'pkg-config = ["zlib"]'},
    "a version that is no text": {"project": PROJECT.replace('"1.0"', "0.3")},
    "a version without quotes": {"project": PROJECT.replace('"1.0"', "0.3.1")},
    "a readme that is a folder": {"project": f'{PROJECT}readme = "docs"\n', "files": {"docs/a.md": ""}},
    "a readme that is misspelt": {"project": f'{PROJECT}readme = "REDME.md"\n', "files": {"README.md": ""}},
    "a glob that matches nothing": {"settings": 'include = ["demo/*.dta"]'},
    "a package that is misspelt": {"settings": 'packages = ["dmeo"]'},
    "a project that does not require cffi": {"project": 'name = "demo"\nversion = "1.0"\n'},
    # Builders
    "a builder that is no Python": {"files": script("x = = 1\n")},
    "an import that fails": {"files": script("import gone_from_here\n")},
    "an import of the package that is built": {"files": script("import demo\n")},
    "a helper in another folder": {"files": script("import helper\n", tools__helper_py="")},
    "a helper that fails": {
        "files": script("import helper\nhelper.go()\n", helper_py="def go():\n    raise KeyError(1)\n")
    },
    "a builder that ends the process": {"files": script("import sys\nsys.exit(3)\n")},
    "a builder without set_source": {"files": script("from cffi import FFI\nffi = FFI()\n")},
    "a declaration that is no C": {"files": builder("int f(void);\nint g(int x;", ONE)},
    "a type that nobody declares": {"files": builder("int f(void);\nint g(foo_t x);", ONE)},
    "a macro before a declaration": {"files": builder("EXPORT int f(void);", ONE)},
    "a constant that is computed": {"files": builder("int f(void);\n#define N (1 << 4)", ONE)},
    "a last declaration without an end": {"files": builder("int f(void)", ONE)},
    "a cdef of C++": {"files": builder('extern "C" {\nint f(void);\n}', ONE)},
    "a function that is declared twice": {"files": builder("int f(void);\nint f(int);", ONE)},
    "a cdef with an include": {"files": builder("#include <zlib.h>\nint f(void);", ONE)},
    "a cdef with a condition": {"files": builder("#ifdef A\nint f(void);\n#endif", ONE)},
    "a header that is no cdef": {
        "files": script(FFI.format(cdef='open("api.h").read()'), api_h="int f(void);\n\nint g(int x;\n")
    },
    "a cdef that is put together": {"files": script(FFI.format(cdef='"int f(void); int " + "g(int x;"'))},
    # Steps
    "a file of the project in a step": {
        "settings": '[[tool.officina.steps]]\nname = "gen"\ncommands = [["{python}", "tools/gen.py"]]',
        "files": {"tools/gen.py": "", **builder(ADDED, ONE)},
    },
    "a step that is a line for a shell": {
        "settings": '[[tool.officina.steps]]\nname = "gen"\ncommands = [["false", "&&", "true"]]',
        "files": builder(ADDED, ONE),
    },
    # Compilers
    "a header that is not there": {"files": builder(ADDED, f'#include "gone.h"\n{ONE}')},
    "a folder of headers that is misspelt": {
        "files": {"include/a.h": "", **builder(ADDED, f'#include "a.h"\n{ONE}', 'include_dirs=["inlcude"]')}
    },
    "a folder of headers that is not named": {"files": {"include/a.h": "", **builder(ADDED, f'#include "a.h"\n{ONE}')}},
    "a header in an empty submodule": {
        "files": {".gitmodules": SUBMODULE, **builder(ADDED, f'#include "a.h"\n{ONE}', 'include_dirs=["vendor/lib"]')}
    },
    "a header that the sdist left out": {"files": {"PKG-INFO": "", **builder(ADDED, f'#include "a.h"\n{ONE}')}},
    "a source that is not there": {"files": {"c/add.c": "", **builder(ADDED, ADDED, 'sources=["c/ad.c"]')}},
    "a source in an empty submodule": {
        "files": {".gitmodules": SUBMODULE, **builder(ADDED, ADDED, 'sources=["vendor/lib/a.c"]')}
    },
    "a source that is a pattern": {"files": builder(ADDED, ADDED, 'sources=["csrc/*.c"]')},
    "an error in the builder's C": {"files": builder(ADDED, "int f(void) {\n  return x;\n}")},
    "a brace that is missing in the builder's C": {"files": builder(ADDED, f"{ONE}\nint g(void) {{")},
    "a macro that is no integer": {"files": builder("char *f(int);\n#define V ...", '#define V "1"\nchar *f(int);')},
    "a type that is no integer": {"files": builder("typedef int... t;", "typedef struct { int x; } t;")},
    "an error in a source": {
        "files": {"c/a.c": "int f(void)\n{\n  return x;\n}\n", **builder(ADDED, ADDED, 'sources=["c/a.c"]')}
    },
    "a type that no header declares": {"files": builder(ADDED, "int f(void) { b_t x = 1; return x; }")},
    "a header of C++": {
        "files": {
            "include/a.hpp": "class A { int x; };\n",
            **builder(ADDED, f'#include "a.hpp"\n{ONE}', 'include_dirs=["include"]'),
        }
    },
    "a constant of another version": {"files": builder(f"{ADDED}\n#define F_MAX ...", ONE)},
    "a struct of another size": {
        "files": builder(f"{ADDED}\nstruct s {{ int a; }};", f"struct s {{ int a; long b; }};\n{ONE}")
    },
    # Linkers
    "a function that nothing defines": {"files": builder(f"{ADDED}\nint gone(int);", f"{ONE}\nint gone(int);")},
    "a pattern that found no source": {"files": builder(ADDED, ADDED, 'sources=glob.glob("csrc/*.c")', "import glob")},
    "a function that the builder's C uses": {
        "files": builder(ADDED, "int gone(int);\nint f(void) { return gone(1); }")
    },
    "a function that a source uses": {
        "files": {
            "c/a.c": "int gone(int);\nint f(void) { return gone(1); }\n",
            **builder(ADDED, ADDED, 'sources=["c/a.c"]'),
        }
    },
    "a source that is not named": {
        "files": {"gone.c": "int gone(int x)\n{\n  return x;\n}\n", **builder("int gone(int);", "int gone(int);")}
    },
    "an object file that is not there": {"files": builder(ADDED, ONE, 'extra_objects=["lib/libq.a"]')},
    "a function that a library uses": {
        "settings": '\n[[tool.officina.libraries]]\nname = "a"\nsources = ["c/a.c"]',
        "files": {
            "c/a.c": "int gone(int);\nint f(void) { return gone(1); }\n",
            **builder(ADDED, ADDED, 'libraries=["a"]'),
        },
    },
    "a library that is not there": {"files": builder(ADDED, ONE, 'libraries=["nowhere_at_all"]')},
    "a name outside the limited API": {
        "files": builder(ADDED, "int f(void) {\n  PyObject *t = PyTuple_New(2);\n  return (int)PyTuple_GET_SIZE(t);\n}")
    },
    # Warnings
    "a package of a module that is misspelt": {
        "files": {
            "my_demo/__init__.py": "",
            "build_demo.py": builder(ADDED, ONE)["build_demo.py"].replace("demo._", "mydemo._"),
        },
    },
    "a function that a script names": {
        "settings": '[project.scripts]\nrun = "demo:mian"',
        "files": {"demo/__init__.py": "def main():\n    pass\n", **builder(ADDED, ONE)},
    },
    "a file that hides the frontend": {"files": {"build.py": "", **builder(ADDED, ONE)}},
}


def said(python: Path, folder: Path, changes: dict[str, object]) -> str:
    """What a build of the project says in our words, without what differs from one machine to the next."""
    project = demo(folder / "project", **changes)
    out = folder / "out"
    out.mkdir()
    if ".gitmodules" in changes.get("files", {}):
        subprocess.run(["git", "init", "--quiet", project], check=True)
        (project / "vendor/lib").mkdir(parents=True)
    command = hook_command(python, folder / "answer", "build_wheel", wheel_directory=str(out))
    done = run(command, project, {"LC_ALL": "C.UTF-8", "CFLAGS": ""})
    lines = done.output.replace(str(project), "PROJECT").splitlines()
    warnings = [line for line in lines if line.startswith("warning: ")]
    begin = next((index for index, line in enumerate(lines) if line.startswith("error: ")), len(lines))
    text = "\n".join([*warnings, *(line for line in lines[begin:] if not line.startswith("note: the command was"))])
    text = re.sub(r"(failed \(exit code \d+\): ).*", r"\1(what the compiler says)", text)
    text = re.sub(r"`[^`]*python[^`]*` ended", "`python` ended", re.sub("note: it ran in .*\n", "", text))
    text = re.sub(r"(is not valid Python: \w+).*", r"\1: (what Python says)", text)
    text = re.sub(r"CPython 3\.\d+", "CPython 3.N", text)
    return re.sub(r"looked in (?:`\S+`(?:, | and ))*CPython", "looked in CPython", text)


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, str]]:
    """The answers that are kept, by mistake; or where these are to be written."""
    if WRITE in os.environ:
        written: dict[str, str] = {}
        yield written
        parts = [f"\n## {name}\n\n```text\n{text}\n```\n" for name, text in written.items()]
        title = "# Mistakes, and what Officina says\n\nWritten by `test_messages.py`.\n"
        KEPT.write_text(title + "".join(parts), encoding="utf-8")
        return
    parts = re.split(r"^## (.*)\n\n```text\n", KEPT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    yield {name: text.split("\n```\n")[0] for name, text in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_the_next_step(mistake, answers, python, tmp_path):
    told = said(python, tmp_path, MISTAKES[mistake])
    assert told == answers.setdefault(mistake, told if WRITE in os.environ else "")


def test_every_answer_is_of_a_mistake(answers):
    assert list(answers) == list(MISTAKES)
