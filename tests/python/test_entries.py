"""Entries of `cffi_modules`: optional ones, those of some systems, and functions that make several modules."""

from __future__ import annotations

import re
import tarfile

import pytest
from building import build, call_hook, names_in, run, tag_of, try_wheel
from projects import ADD, demo
from refusals import refused
from sites import Site

# A package with a fallback in Python.
FALLBACK = """\
try:
    from demo._fast import lib
    add, kind = lib.add, "C"
except ImportError:
    add, kind = (lambda a, b: a + b), "Python"
"""
FAST = ADD.replace("demo._demo", "demo._fast")
FAILURES = {
    "pkg-config": 'import cffi\nffi = cffi.FFI()\nffi.set_source_pkgconfig("demo._fast", ["no-such-library"], "")\n',
    "exception": "raise RuntimeError('no luck today')\n",
    "exit": "import sys\nsys.exit('no library here')\n",
    "crash": "import os\nos._exit(3)\n",
    "compile": FAST.replace("a + b", "nowhere"),
    "link": FAST.replace('"static', '"int gone(void); static').replace("a + b", "gone() + b"),
    "header": FAST.replace('"static', '"#include <no/such.h>\\nstatic'),
}


def _optional(script="build_fast.py:ffi", more=""):
    return f'cffi_modules = [{{ entry = "{script}", optional = true{more} }}]'


def _with_entries(project, entries):
    """`make_project` writes plain entries: this puts tables in their place."""
    path = project / "pyproject.toml"
    path.write_text(path.read_text().replace("cffi_modules = []", entries))
    return project


def _make(folder, builder, entries=None):
    files = {"demo/__init__.py": FALLBACK, "build_demo.py": ADD, "build_fast.py": builder}
    return _with_entries(demo(folder, files=files, modules=[]), entries or _optional())


KIND = "import demo; print(demo.kind, demo.add(2, 3))"


@pytest.mark.parametrize("failure", FAILURES)
def test_what_an_optional_entry_cannot_make_is_left_out(failure, python, tmp_path):
    project = _make(tmp_path / "project", FAILURES[failure])
    wheel, said = build(python, project, tmp_path / "out")
    assert "is optional and left out" in said
    assert not re.search(r"^error: ", said, re.MULTILINE), said
    assert tag_of(wheel) == "py3-none-any"
    assert names_in(wheel) == ["demo/__init__.py"]
    assert try_wheel(python, wheel, tmp_path, KIND) == "Python 5\n"


def test_an_optional_entry_that_works_is_there_and_is_tried_again_after_it_failed(python, tmp_path):
    project = _make(tmp_path / "project", FAILURES["exception"])
    build(python, project, tmp_path / "first")
    (project / "build_fast.py").write_text(FAST)
    wheel, said = build(python, project, tmp_path / "second")
    assert "left out" not in said and tag_of(wheel) != "py3-none-any"
    assert try_wheel(python, wheel, tmp_path / "second", KIND) == "C 5\n"


def test_others_are_made_when_an_optional_one_fails(python, tmp_path):
    slow = "import time; time.sleep(0.2)\n" + ADD
    project = _make(
        tmp_path / "project",
        FAILURES["exception"],
        'cffi_modules = [{ entry = "build_fast.py:ffi", optional = true }, "build_demo.py:ffi", "slow.py:ffi"]',
    )
    (project / "slow.py").write_text(slow.replace("_demo", "_slow"))
    wheel, said = build(python, project, tmp_path / "out")
    assert "`build_fast.py:ffi` is optional and left out: the builder `build_fast.py` failed: RuntimeError" in said
    assert sorted(name.split(".")[0] for name in names_in(wheel)) == ["demo/__init__", "demo/_demo", "demo/_slow"]


def test_a_builder_that_also_serves_another_entry_fails_the_build(python, tmp_path):
    entries = 'cffi_modules = [{ entry = "build_fast.py:ffi", optional = true }, "build_fast.py:other"]'
    project = _make(tmp_path / "project", FAILURES["exception"], entries)
    refused(python, project, tmp_path, "the builder `build_fast.py` failed", traceback="RuntimeError: no luck today")
    project = _make(tmp_path / "typing", FAST, 'cffi_modules = [{ entry = "gone.py:ffi", optional = true }]')
    refused(python, project, tmp_path / "2", "no builder script `gone.py`")


def test_an_entry_counts_where_its_condition_holds_and_an_sdist_has_all_builders(python, tmp_path):
    entries = (
        'cffi_modules = [{ entry = "build_demo.py:ffi", if.env.DEMO = true },'
        ' { entry = "build_fast.py:ffi", if.platform = "windows" }]'
    )
    project = _make(tmp_path / "project", FAST, entries)
    (project / ".gitignore").write_text("build_*.py\n")
    wheel, _ = build(python, project, tmp_path / "without")
    assert tag_of(wheel) == "py3-none-any"
    wheel, _ = build(python, project, tmp_path / "with", {"DEMO": "1"})
    assert [name.split(".")[0] for name in names_in(wheel)] == ["demo/__init__", "demo/_demo"]
    assert call_hook(python, project, tmp_path, "get_requires_for_build_wheel") == []
    name = call_hook(python, project, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    with tarfile.open(tmp_path / name) as archive:
        assert {"demo-1.0/build_demo.py", "demo-1.0/build_fast.py"} <= set(archive.getnames())


def test_pip_installs_a_wheel_that_does_without(tmp_path):
    site = Site(tmp_path / "site")
    project = _make(tmp_path / "project", FAILURES["pkg-config"])
    assert "left out" in site.pip("install", "--verbose", project)
    assert site.says(KIND) == "Python 5"
    (project / "build_fast.py").write_text(FAST)
    site.pip("install", "-e", project)
    assert site.says(KIND) == "C 5"


# One function for all modules.
MANY = """\
from cffi import FFI

def one(name, value):
    ffi = FFI()
    ffi.cdef("int value(void);")
    ffi.set_source(name, "static int value(void) { return %d; }" % value)
    return ffi

def as_list():
    return [one("demo._a", 1), one("demo._b", 2), one("demo._c", 3)]

def as_tuple():
    return tuple(as_list())

def as_generator():
    yield from as_list()

held = as_list()
def none(): return []
def twice(): return [one("demo._a", 1), one("demo._a", 2)]
def text(): return [one("demo._a", 1), "demo._b"]
def bare(): return [one("demo._a", 1), FFI()]
def mapping(): return {"a": one("demo._a", 1)}
def late():
    yield one("demo._a", 1)
    raise RuntimeError("no more of them")
"""


@pytest.mark.parametrize("way", ["as_list", "as_tuple", "as_generator", "held"])
def test_a_function_makes_several_modules(way, python, tmp_path):
    project = demo(tmp_path / "project", files={"demo/__init__.py": "", "b.py": MANY}, modules=[f"b.py:{way}"])
    wheel, _ = build(python, project, tmp_path / "out")
    code = "from demo import _a, _b, _c; print([m.lib.value() for m in (_a, _b, _c)])"
    assert try_wheel(python, wheel, tmp_path, code) == "[1, 2, 3]\n"
    _, said = build(python, project, tmp_path / "again")
    assert "Unchanged 10 of 10 steps" in said


def test_a_function_may_make_no_module(python, tmp_path):
    project = demo(tmp_path / "project", files={"demo/__init__.py": "", "b.py": MANY}, modules=["b.py:none"])
    wheel, said = build(python, project, tmp_path / "out")
    assert tag_of(wheel) == "py3-none-any" and "no module by b.py" in said
    both = demo(tmp_path / "both", files={"demo/__init__.py": "", "b.py": MANY}, modules=["b.py:none", "b.py:held"])
    assert len(names_in(build(python, both, tmp_path / "out2")[0])) == 4


@pytest.mark.parametrize(
    ("way", "phrases", "traceback"),
    [
        ("twice", ["`b.py:twice` makes the module `demo._a` twice"], ""),
        ("text", ["`item 2 of text()` in `b.py` is of type `str`, not an `FFI`"], ""),
        ("bare", ["`bare` in `b.py` has an `FFI` that makes no module"], ""),
        ("mapping", ["`mapping()` in `b.py` returned a `dict`, not an `FFI`"], ""),
        (
            "late",
            ["b.py:26:5", "`late()` in `b.py` failed: RuntimeError: no more of them"],
            "RuntimeError: no more of them",
        ),
    ],
)
def test_what_is_wrong_in_a_list_is_said(way, phrases, traceback, python, tmp_path):
    project = demo(tmp_path / "project", files={"demo/__init__.py": "", "b.py": MANY}, modules=[f"b.py:{way}"])
    place = [] if traceback else ["pyproject.toml:12:"]
    refused(python, project, tmp_path, *place, *phrases, traceback=traceback)


def test_two_entries_of_lists_may_not_make_one_module(python, tmp_path):
    modules = ["b.py:held", "b.py:as_list"]
    project = demo(tmp_path / "project", files={"demo/__init__.py": "", "b.py": MANY}, modules=modules)
    refused(python, project, tmp_path, "two entries make the module `demo._a`: `b.py:held` and `b.py:as_list`")


def test_the_commands_know_all_kinds_of_entries(python, tmp_path):
    entries = 'cffi_modules = ["b.py:held", { entry = "build_fast.py:ffi", optional = true, if.state = "wheel" }]'
    project = _make(tmp_path / "project", FAST, entries)
    (project / "b.py").write_text(MANY)
    for command, phrases in [("list", ["b.py:held", "build_fast.py:ffi"]), ("show", ["demo._c", "demo._fast"])]:
        done = run([python.parent / "officina", command, project], tmp_path)
        assert done.code == 0 and all(phrase in done.output for phrase in phrases), done.output
