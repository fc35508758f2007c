"""Projects that setuptools packs: what is there after several builds, what is recorded, what `build_ext` is told."""

from __future__ import annotations

import sys

import pytest
from building import names_in, run, tag_of, try_wheel
from setuptools_projects import BUILDER, FILES, PROJECT, SHOWN, SYSTEM, built, classic, env, setup_py, write

PLATFORM = "linux_x86_64" if sys.platform == "linux" else "*"
OWN = "cp{0}{1}-cp{0}{1}".format(*sys.version_info)
AGES = ["61.3.1", "newest"]

ABI_MODE = 'from cffi import FFI\nffi = FFI()\nffi.cdef("int abs(int);")\nffi.set_source("demo._demo", None)\n'
FAILING = "raise OSError('no such library here')\n"


@pytest.fixture(scope="module")
def of(officina_wheel):
    """`of(version)`: an interpreter with that setuptools."""
    return lambda version: env(version, officina_wheel)


# Modules that a later build does not make


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ({"build_demo.py": FAILING}, "no such library here"),
        ({"csrc/add.c": "no C\n"}, "error: "),
        ({"build_demo.py": ABI_MODE.replace("_demo", "_other")}, ""),
    ],
    ids=["its builder fails", "its C fails", "another one is made"],
)
@pytest.mark.parametrize("version", AGES)
def test_a_module_that_is_no_longer_made_is_in_no_wheel(later, said, version, of, tmp_path):
    settings = '[tool.officina]\ncffi_modules = [{ entry = "build_demo.py:ffi", optional = true }]\n'
    project = write(tmp_path / "demo", {"pyproject.toml": f"{SYSTEM}{PROJECT}{settings}", **FILES})
    first, _ = built(of(version), project, tmp_path / "one")
    assert tag_of(first) == f"cp39-abi3-{PLATFORM}"
    assert list(project.glob("build/lib*/demo/_demo.abi3.so"))
    write(project, later)
    # A third build knows it as well, and the second one's own answer does not hide it.
    for number in ("two", "three"):
        wheel, output = built(of(version), project, tmp_path / number)
        other = ["demo/_other.py"] if not said else []
        assert names_in(wheel) == ["demo/__init__.py", *other]
        assert tag_of(wheel) == "py3-none-any"
        assert said in output
    write(project, FILES)
    wheel, _ = built(of(version), project, tmp_path / "four")
    assert names_in(wheel) == ["demo/__init__.py", "demo/_demo.abi3.so"]
    assert try_wheel(of(version), wheel, tmp_path, SHOWN) == "5\n"


# Records


@pytest.mark.parametrize("steps", [["install"], ["build", "install --skip-build"]], ids=len)
@pytest.mark.parametrize("version", AGES)
def test_what_is_generated_in_python_is_recorded_with_its_bytecode(steps, version, of, tmp_path):
    project, record = classic(tmp_path / "demo", files={"build_demo.py": ABI_MODE}), tmp_path / "record"
    place = ["--single-version-externally-managed", "--root", tmp_path / "root", "--record", record]
    for step in steps:
        words = step.split()
        more = place if words[0] == "install" else []
        done = setup_py(of(version), project, *words, *more, variables={"PYTHONDONTWRITEBYTECODE": ""})
        assert done.code == 0, done.output
    recorded = record.read_text().splitlines()
    # As of the package's own file, which is another one's business.
    for name in ("__init__", "_demo"):
        of_it = {line.rpartition("/demo/")[2] for line in recorded if f"/{name}." in line}
        assert of_it == {f"__pycache__/{name}.{sys.implementation.cache_tag}.pyc", f"{name}.py"}, recorded
    assert len(recorded) == len(set(recorded))
    files = [tmp_path / "root" / line.lstrip("/") for line in recorded]
    assert [file for file in files if not file.exists()] == []


# Options of `build_ext`

LISTS = """\
from setuptools import setup
setup(name="demo", version="1.0", packages=["demo"], package_dir={"": "src"}, cffi_modules=["build_demo.py:ffi"],
      options={"build_ext": {"include_dirs": ["inc", "more inc"], "library_dirs": ["libs"], "libraries": ["seven"],
                             "define": "BARE,OTHER"}})
"""
OPTIONS_BUILDER = BUILDER.replace('"int add(int, int);"', '"int add(int, int); int sum(void);"').replace(
    "'#include \"add.h\"'",
    '\'#include "add.h"\\n#include "one.h"\\n#include "two.h"\\nint seven(void);\\n'
    "static int sum(void) { return ONE + TWO + BARE + OTHER + seven(); }'",
)


@pytest.mark.parametrize("version", AGES)
def test_lists_of_options_are_as_good_as_a_command_line(version, of, tmp_path):
    files = {"build_demo.py": OPTIONS_BUILDER, "inc/one.h": "#define ONE 1\n", "more inc/two.h": "#define TWO 200\n"}
    project = classic(tmp_path / "demo", LISTS, {**files, "libs/seven.c": "int seven(void) { return 7; }\n"})
    for command in (["cc", "-fPIC", "-c", "seven.c"], ["ar", "rcs", "libseven.a", "seven.o"]):
        made = run(command, project / "libs")
        assert made.code == 0, made.output
    wheel, _ = built(of(version), project, tmp_path / "out")
    shown = "from demo._demo import lib; print(lib.sum())"
    assert try_wheel(of(version), wheel, tmp_path, shown) == "210\n"


# What is said of tags


@pytest.mark.parametrize("asked", ["", "[bdist_wheel]\npy_limited_api = cp39\n"])
def test_why_it_is_another_tag_is_said_once(asked, of, tmp_path):
    project = classic(tmp_path / "demo", files={"setup.cfg": asked})
    wheel, said = built(of("newest"), project, tmp_path / "out", {"CFLAGS": "-D_CFFI_NO_LIMITED_API"})
    assert tag_of(wheel) == f"{OWN}-{PLATFORM}"
    reason = "`demo._demo` was compiled for all of Python's API"
    assert said.count(reason) == 1, said
    assert f"the wheel is `{OWN}-{PLATFORM}` and not `cp39-abi3-{PLATFORM}`: {reason}" in said
