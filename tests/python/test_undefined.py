"""Symbols that nothing defines are an error, unless they are undefined on purpose."""

from __future__ import annotations

import sys

import pytest
from building import build, hook_command, run, try_wheel
from projects import demo

# Two modules: the second one counts on what the first one has.
BUILDER = """\
from cffi import FFI

host = FFI()
host.cdef("int host_answer(void);")
host.set_source("demo._host", "int host_answer(void) {{ return 42; }}")
ffi = FFI()
ffi.cdef("int plugin(void);")
ffi.set_source(
    "demo._plugin",
    "int host_answer(void); int plugin(void) {{ return host_answer() + 1; }}",
    extra_link_args={words},
)
"""
CODE = (
    "import os, sys; sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL); "
    "import demo._host, demo._plugin; print(demo._plugin.lib.plugin())"
)
WARNING = "warning: `demo._plugin` leaves `host_answer` open"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="has words for Linux's linkers")


def project(folder, words=(), settings="", more=""):
    files = {"build_demo.py": BUILDER.format(words=list(words)), "demo/__init__.py": ""}
    modules = ["build_demo.py:host", "build_demo.py:ffi"]
    return demo(folder, files=files, modules=modules, settings=settings, more=more)


OVERRIDE = '[[tool.officina.overrides]]\nif.platform = "linux"\nallow-undefined = ["host_*"]'
WAYS = {
    "a name": {"settings": 'allow-undefined = ["host_answer"]'},
    "a pattern": {"settings": 'allow-undefined = ["other", "h*_ans*"]'},
    "an override": {"more": OVERRIDE},
    "the linker's words": {"words": ["-Wl,--unresolved-symbols=ignore-all"]},
    "other words": {"words": ["-Wl,-z,undefs"]},
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_undefined_on_purpose_is_built_with_a_warning(way, python, tmp_path):
    tree = project(tmp_path / "project", **WAYS[way])
    wheel, said = build(python, tree, tmp_path / "out")
    assert WARNING in said
    assert try_wheel(python, wheel, tmp_path, CODE) == "43\n"
    _, said = build(python, tree, tmp_path / "again")
    assert WARNING in said and "Unchanged" in said


def test_whoever_builds_can_allow_it_and_takes_it_back(python, tmp_path):
    tree = project(tmp_path / "project", settings='allow-undefined = ["other_*"]')
    hook = hook_command(python, tmp_path / "a.json", "build_wheel", wheel_directory=str(tmp_path))
    done = run(hook, tree)
    assert done.code != 0
    assert "nothing that it links defines `host_answer`" in done.output
    assert "`allow-undefined` of `[tool.officina]`" in done.output
    _, said = build(python, tree, tmp_path / "out", config={"allow-undefined": "x,host_*"})
    assert WARNING in said
    _, said = build(python, tree, tmp_path / "more", {"OFFICINA_ALLOW_UNDEFINED": "host_answer"})
    assert WARNING in said
    assert run(hook, tree).code != 0
