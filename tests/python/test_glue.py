"""The C that cffi writes has an optimisation level of its own; the user's C keeps its."""

from __future__ import annotations

import re
import shutil
import zipfile

import pytest
from building import build, hook_command, run, try_wheel
from projects import ADD, demo

# Line 3 of the attached text is wrong C, where the environment says so.
LINES = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int three(void);")
ffi.set_source("demo._demo", '''
static int three(void) {
#ifdef WRONG
    return wrong;
#endif
    return 3;
}
''')
if __name__ == "__main__":
    ffi.emit_c_code("plain.c")
"""

RUN = "from demo._demo import lib, ffi; print(lib.add(1, 2))"

compilers = pytest.mark.parametrize("compiler", [cc for cc in ("gcc", "clang") if shutil.which(cc)])


def _editable(python, project, tmp_path, env):
    command = hook_command(python, tmp_path / "answer.json", "build_editable", wheel_directory=str(tmp_path / "out"))
    (tmp_path / "out").mkdir(exist_ok=True)
    done = run(command, project, {"OFFICINA_VERBOSE": "1", **env})
    assert done.code == 0, done.output
    return done.output


@compilers
def test_line_numbers_of_the_user_do_not_move(compiler, python, tmp_path):
    project = demo(tmp_path / "project", files={"build_demo.py": LINES})
    run([str(python), "build_demo.py"], project)
    plain = (project / "plain.c").read_text().split("\n")
    command = hook_command(python, tmp_path / "answer.json", "build_wheel", wheel_directory=str(tmp_path))
    done = run(command, project, {"CC": compiler, "CPPFLAGS": "-DWRONG"})
    assert done.code != 0
    line = int(re.search(r"demo\._demo\.c:(\d+):\d+: error", done.output)[1])
    assert plain[line - 1] == "    return wrong;", done.output


def test_generated_c_is_cffis_but_for_the_mark(python, tmp_path):
    project = demo(tmp_path / "project", files={"build_demo.py": LINES})
    run([str(python), "build_demo.py"], project)
    build(python, project, tmp_path / "out", config={"build-dir": str(tmp_path / "made")})
    [made] = (tmp_path / "made").rglob("generated/demo._demo.c")
    before, mark, after = re.split(r"(\n\n(?:#ifdef \w+\n(?:# .*\n)+#endif\n){2})", made.read_text())
    assert before + after == (project / "plain.c").read_text()
    assert before.endswith("    return 3;\n}\n") and mark


def _module(python, project, out, env=None, config=None):
    wheel, said = build(python, project, out, env, {"verbose": "1", **(config or {})})
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith((".so", ".pyd"))]
        module = archive.read(name)
    assert try_wheel(python, wheel, out, RUN).split() == ["3"]
    return module, said


@compilers
def test_a_setting_and_a_level_of_ones_own_turn_it_off(compiler, python, tmp_path):
    project = demo(tmp_path / "project")
    env = {"CC": compiler}
    full, _ = _module(python, project, tmp_path / "full", env, {"glue-optimization": "full"})
    low, said = _module(python, project, tmp_path / "low", env)
    assert (low != full) == ("OFFICINA_GLUE_LEVEL=1" in said) == (compiler == "gcc")
    builder = ADD.replace('; }")', '; }", extra_compile_args=["-O3"])')
    own = demo(tmp_path / "own", files={"build_demo.py": builder})
    one, said = _module(python, own, tmp_path / "one", env)
    two, _ = _module(python, own, tmp_path / "two", env, {"glue-optimization": "full"})
    assert one == two and "OFFICINA_GLUE_LEVEL" not in said
    # What is said in CFLAGS is said for all.
    _, said = _module(python, project, tmp_path / "flags", {**env, "CFLAGS": "-O2"})
    assert "OFFICINA_GLUE_LEVEL" not in said and "-O1" not in said.split()


@compilers
def test_editable_installs_do_not_optimise_the_glue(compiler, python, tmp_path):
    project = demo(tmp_path / "project")
    env = {"CC": compiler, "CPPFLAGS": "-D_FORTIFY_SOURCE=2 -Wextra -Werror -Wno-unused-parameter"}
    said = _editable(python, project, tmp_path, env)
    assert "-DOFFICINA_GLUE_LEVEL=0" in said and "warning" not in said.replace("--warning", "")


# A header of the system alone: a compiler without a pragma for levels compiles the whole file low.
SYSTEM = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int abs(int);")
ffi.set_source("demo._demo", "#include <stdlib.h> // abs()")
"""


@pytest.mark.skipif(shutil.which("clang") is None, reason="there is no clang")
def test_clang_compiles_glue_alone_at_one_level(python, tmp_path):
    files = {"build_demo.py": SYSTEM, "demo/__init__.py": ""}
    project = demo(tmp_path / "project", files=files)
    env = {"CC": "clang"}
    wheel, said = build(python, project, tmp_path / "out", env, {"verbose": "1"})
    assert " -O1 -finline-hint-functions " in said
    assert try_wheel(python, wheel, tmp_path / "out", "from demo._demo import lib; print(lib.abs(-3))").strip() == "3"
    assert " -O0 " in _editable(python, project, tmp_path, env)
    fortified = _editable(python, project, tmp_path, {**env, "CPPFLAGS": "-D_FORTIFY_SOURCE=2 -Werror"})
    assert " -O1 " in fortified
