"""`profile=debug`: a debugger finds the sources and the generated C, from wherever it is started."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from building import build, run
from projects import demo
from sites import Site

VENDORED = "int vendored(int x)\n{\n    return x + 1; /* vendored C */\n}\n"
BUILDER = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int vendored(int); int inlined(int);")
ffi.set_source(
    "demo._demo",
    "int vendored(int);\\nstatic int inlined(int x)\\n{\\n    return x + 2; /* inline C */\\n}",
    sources=["c/vendored.c"],
)
"""
CODE = "from demo import lib; print(lib.vendored(1), lib.inlined(1))"


def project(folder: Path, **changes: object) -> Path:
    files = {"build_demo.py": BUILDER, "c/vendored.c": VENDORED, **changes.pop("files", {})}
    return demo(folder, files=files, **changes)


def debugged(python: Path, elsewhere: Path) -> str:
    """What gdb shows where both functions stop."""
    elsewhere.mkdir()
    steps = ["set breakpoint pending on", "break vendored", "break inlined", "run", "list", "continue", "list"]
    words = [word for step in steps for word in ("-ex", step)]
    done = run(["gdb", "-nx", "-batch", *words, "--args", python, "-c", CODE], elsewhere)
    if "Could not trace the inferior process" in done.output:
        pytest.skip("gdb may run no program here")
    return done.output


@pytest.mark.skipif(shutil.which("gdb") is None, reason="there is no gdb")
@pytest.mark.parametrize(
    ("compiler", "editable"), [("gcc", []), ("clang", ["-e"])], ids=["gcc wheel", "clang editable"]
)
def test_a_debugger_finds_all_c_of_an_install(compiler, editable, tmp_path):
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    tree = project(tmp_path / "the project")
    site = Site(tmp_path / "site")
    site.pip("install", "--config-settings", "profile=debug", *editable, tree, env={"CC": compiler})
    said = debugged(site.python, tmp_path / "elsewhere")
    assert "return x + 1; /* vendored C */" in said, said
    assert "return x + 2; /* inline C */" in said, said


def test_file_names_no_folder_and_one_place_gives_the_same_bytes(python, tmp_path):
    config = {"profile": "debug"}
    first, _ = build(python, project(tmp_path / "one"), tmp_path / "first", config=config)
    shutil.rmtree(tmp_path / "one/build")
    again, _ = build(python, tmp_path / "one", tmp_path / "again", config=config)
    assert first.read_bytes() == again.read_bytes()
    # Another place is compiled for itself, also where the build folder came along.
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    other, _ = build(python, tmp_path / "two", tmp_path / "other", config=config)
    shutil.unpack_archive(other, tmp_path / "unpacked", "zip")
    [module] = (tmp_path / "unpacked").rglob("*.so")
    held = module.read_bytes()
    assert str(tmp_path / "two").encode() in held and str(tmp_path / "one").encode() not in held


def test_an_sdist_is_proven_with_debug_builds_too(python, tmp_path):
    tree = project(tmp_path / "project", settings='profile = "debug"')
    done = run([python, "-m", "officina", "check"], tree)
    assert done.code == 0, done.output


def test_a_debug_build_that_leaves_no_folder_says_so(python, tmp_path):
    tree = project(tmp_path / "project", files={"build/__init__.py": ""}, settings='packages = ["demo"]')
    for config, told in [({"profile": "debug"}, True), ({}, False), ({"profile": "debug", "build-dir": "b"}, False)]:
        _, said = build(python, tree, tmp_path / "out", config=config)
        assert ("a debugger will not find the generated C" in said) == told, said
