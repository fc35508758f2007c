"""`compile_commands.json`, which builds keep fresh for clangd where the project asks for it."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from building import build, call_hook, compile_as_told
from projects import ADD, demo, make_project, snapshot
from sites import EditableProject, Site

# Runs again when a name appears beside it.
BUILDER = """\
import os
from cffi import FFI

open(os.environ["BUILDS_LOG"], "a").write("x")
os.listdir(".")
ffi = FFI()
ffi.cdef("int answer(void); int inlined(void);")
SOURCES = ["c/answer.c"]
ffi.set_source("demo._demo", '#include "answer.h"\\nstatic int inlined(void) { return 1; }',
    sources=SOURCES, include_dirs=["c"], libraries=["own"])
"""

FILES = {
    "make.py": BUILDER,
    "src/demo/__init__.py": "from demo._demo import lib\n",
    "c/answer.c": '#include "answer.h"\nint answer(void) { return 2; }\n',
    "c/answer.h": "int answer(void);\n",
    "c/more.c": "int more(void) { return 3; }\n",
    "c/lib.c": "int of_library(void) { return 4; }\n",
}

LIBRARY = '\n[[tool.officina.libraries]]\nname = "own"\nsources = ["c/lib.c"]\n'


class Install(EditableProject):
    shown = "from demo import lib; print(lib.answer(), lib.inlined())"

    def __init__(self, folder: Path) -> None:
        settings = "compile-commands = true\neditable.rebuild = true\n"
        self.root = make_project(
            folder / "the project", FILES, modules=["make.py:ffi"], settings=settings, more=LIBRARY
        )
        self.env = {"BUILDS_LOG": str(folder / "builds")}
        self.site = Site(folder / "site")

    @property
    def builds(self) -> int:
        return len(Path(self.env["BUILDS_LOG"]).read_text())


def commands_of(project: Path) -> dict[str, str]:
    """The file names that the file knows, each compiled as it says, and the words."""
    return compile_as_told(json.loads((project / "compile_commands.json").read_text()))


def test_an_editable_install_keeps_the_file_fresh(tmp_path):
    install = Install(tmp_path)
    file = install.root / "compile_commands.json"
    install.site.pip("install", "-e", install.root, env=install.env)
    before, written = snapshot(install.root), file.stat().st_mtime_ns
    assert set(commands_of(install.root)) == {"demo._demo.c", "answer.c", "lib.c"}

    # Nothing changed: neither an import nor an install writes it, and it is no reason to build.
    builds = install.builds
    assert install.says() == "2 1"
    install.site.pip("install", "-e", install.root, env=install.env)
    assert (file.stat().st_mtime_ns, snapshot(install.root)) == (written, before)
    assert install.builds == builds

    install.edit("make.py", '["c/answer.c"]', '["c/answer.c", "c/more.c"]')
    assert install.says() == "2 1"
    assert set(commands_of(install.root)) == {"demo._demo.c", "answer.c", "more.c", "lib.c"}
    (install.root / "c/more.c").unlink()
    install.edit("make.py", '["c/answer.c", "c/more.c"]', '["c/answer.c"]')
    install.edit("c/answer.c", "2", "syntax error")
    assert install.runs().code != 0  # an editor is wanted most where a compile fails
    assert "more.c" not in file.read_text()


@pytest.mark.parametrize("way", ["table", "setting", "variable", "none"])
def test_no_product_holds_it_and_nobody_gets_it_unasked(way, python, tmp_path):
    table = 'include = ["*.json"]\n' + ("compile-commands = true" if way == "table" else "")
    project = demo(tmp_path / "project", files={"a.json": ""}, settings=table)
    before = snapshot(project)
    config = {"compile-commands": "true"} if way == "setting" else {}
    env = {"OFFICINA_COMPILE_COMMANDS": "true"} if way == "variable" else {}
    first, _ = build(python, project, tmp_path / "first", env, config=config)
    new = set(snapshot(project)) - set(before)
    assert new == (set() if way == "none" else {"compile_commands.json"})
    second, _ = build(python, project, tmp_path / "second", env, config=config)
    assert first.read_bytes() == second.read_bytes()
    (tmp_path / "sdist").mkdir()
    name = call_hook(python, project, tmp_path, "build_sdist", sdist_directory=str(tmp_path / "sdist"))
    with tarfile.open(tmp_path / "sdist" / name) as archive:
        names = archive.getnames()
    assert not [name for name in names if name.endswith("compile_commands.json")]
    assert [name for name in names if name.endswith("a.json")]


def test_what_a_temporary_build_folder_holds_is_left_out(python, tmp_path):
    builder = ADD.replace(' }")', " }\", sources=['c/own.c'])")
    files = {"build_demo.py": builder, "build/__init__.py": "", "c/own.c": "int own(void) { return 1; }\n"}
    project = demo(tmp_path / "project", files=files, settings='packages = ["demo"]\ncompile-commands = true')
    build(python, project, tmp_path / "out")
    assert set(commands_of(project)) == {"own.c"}
