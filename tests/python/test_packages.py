"""Small projects, one trait each: the files in the wheel, its tag, and that it works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from building import build, hook_command, names_in, tag_of, try_wheel, unpack
from projects import ADD, PROJECT, demo, make_project
from servers import need
from traits import TRAITS, USE, builder

PACKAGES = Path(__file__).resolve().parent.parent / "packages"


@pytest.mark.parametrize("name", TRAITS)
def test_trait(name, python, tmp_path):
    trait = TRAITS[name]
    project = make_project(
        tmp_path / "project",
        trait.files,
        modules=trait.modules,
        settings=trait.settings,
        project=trait.project,
    )
    wheel, said = build(python, project, tmp_path / "out", trait.env)
    assert names_in(wheel) == sorted(trait.holds)
    assert tag_of(wheel).startswith(trait.tag)
    assert try_wheel(python, wheel, tmp_path, trait.code) == f"{trait.prints}\n"
    for words in trait.says:
        assert words in said


def _copied(name, tmp_path):
    return Path(shutil.copytree(PACKAGES / name, tmp_path / "project"))


def test_cplusplus(python, tmp_path):
    need("c++")
    wheel, _ = build(python, _copied("cplusplus", tmp_path), tmp_path / "out")
    assert names_in(wheel) == ["words/__init__.py", "words/_words.abi3.so"]
    code = "import words; print(words.distinct('a rose is a rose'))"
    assert try_wheel(python, wheel, tmp_path, code) == "3\n"


def test_abi_mode_is_for_every_platform_and_needs_no_compiler(python, tmp_path):
    env = {"CC": "officina-no-such-compiler"}
    wheel, _ = build(python, _copied("abi_mode", tmp_path), tmp_path / "out", env)
    assert names_in(wheel) == ["clock/__init__.py", "clock/_clock.py"]
    assert tag_of(wheel) == "py3-none-any"
    assert try_wheel(python, wheel, tmp_path, "import clock; print(clock.lib.abs(-3))") == "3\n"


def test_embedding_makes_the_library_that_ffi_compile_would(python, tmp_path):
    wheel, _ = build(python, _copied("embedding", tmp_path), tmp_path / "out")
    assert names_in(wheel) == ["demo_plugin.so"]
    assert "abi3" not in tag_of(wheel)
    code = "import ctypes, sys; print(bool(ctypes.CDLL(sys.path[1] + '/demo_plugin.so').add))"
    assert try_wheel(python, wheel, tmp_path, code) == "True\n"


def test_two_entries_of_one_file_run_it_once(python, tmp_path):
    trace = tmp_path / "trace"
    second = ADD.replace("ffi.", "two.").replace("ffi =", "two =").replace("_demo", "_two")
    text = f"with open({str(trace)!r}, 'a') as f: f.write('run\\n')\n{ADD}{second}"
    project = demo(
        tmp_path / "project",
        files={"build_demo.py": text},
        modules=["build_demo.py:ffi", "build_demo.py:two"],
    )
    wheel, _ = build(python, project, tmp_path / "out")
    assert names_in(wheel) == ["demo/__init__.py", "demo/_demo.abi3.so", "demo/_two.abi3.so"]
    assert trace.read_text() == "run\n"


def test_include_from_another_distribution(python, tmp_path):
    base = make_project(
        tmp_path / "base",
        {
            "base/__init__.py": "",
            "base/build_base.py": "from cffi import FFI\nffi = FFI()\n"
            "ffi.cdef('typedef struct { int x; } point;')\n"
            "ffi.set_source('base._base', 'typedef struct { int x; } point;')\n",
        },
        modules=["base/build_base.py:ffi"],
        project=PROJECT.replace('"demo"', '"base"'),
    )
    wheel, _ = build(python, base, tmp_path / "base-out")
    installed = unpack(wheel, tmp_path / "installed")
    including = (
        "from cffi import FFI\nfrom base.build_base import ffi as base\nffi = FFI()\n"
        "ffi.include(base)\nffi.cdef('int get(point *);')\n"
        "ffi.set_source('demo._demo', 'typedef struct { int x; } point; "
        "static int get(point *p) { return p->x; }')\n"
    )
    project = demo(tmp_path / "project", files={"build_demo.py": including})
    wheel, _ = build(python, project, tmp_path / "out", {"PYTHONPATH": str(installed)})
    assert names_in(wheel) == ["demo/__init__.py", "demo/_demo.abi3.so"]
    code = (
        f"import sys; sys.path.append({str(installed)!r})\n"
        "from demo._demo import ffi, lib; print(lib.get(ffi.new('point *', [7])))"
    )
    assert try_wheel(python, wheel, tmp_path, code) == "7\n"


def test_a_module_that_is_not_limited_makes_the_whole_wheel_specific(python, tmp_path):
    text = builder("'static int add(int a, int b) { return a + b; }', py_limited_api=False", name="demo._own")
    project = demo(
        tmp_path / "project",
        files={"build_own.py": text},
        modules=["build_demo.py:ffi", "build_own.py:ffi"],
    )
    wheel, _ = build(python, project, tmp_path / "out")
    version = "cp{}{}".format(*sys.version_info)
    assert tag_of(wheel).startswith(f"{version}-{version}-")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    assert names_in(wheel) == sorted(["demo/__init__.py", "demo/_demo.abi3.so", f"demo/_own{suffix}"])


def test_one_source_in_two_modules_with_different_flags(python, tmp_path):
    def module(name, value):
        tail = f"'int add(int a, int b);', sources=['c/sum.c'], define_macros=[('MORE', '{value}')]"
        return builder(tail, name=f"demo.{name}")

    project = demo(
        tmp_path / "project",
        files={
            "demo/__init__.py": "",
            "c/sum.c": "int add(int a, int b) { return a + b + MORE; }\n",
            "build_demo.py": module("_one", 1),
            "build_two.py": module("_two", 2),
        },
        modules=["build_demo.py:ffi", "build_two.py:ffi"],
    )
    wheel, _ = build(python, project, tmp_path / "out")
    code = "from demo import _one, _two; print(_one.lib.add(0, 0), _two.lib.add(0, 0))"
    assert try_wheel(python, wheel, tmp_path, code) == "1 2\n"


def test_a_package_that_pkg_config_knows(python, tmp_path):
    need("pkg-config")
    (tmp_path / "pc").mkdir()
    (tmp_path / "pc" / "officina-test.pc").write_text(
        "Name: officina-test\nDescription: for a test\nVersion: 1\nCflags: -DMAGIC=37\nLibs: -lm\n"
    )
    text = (
        "from cffi import FFI\nffi = FFI()\nffi.cdef('int add(int, int); double cos(double);')\n"
        "ffi.set_source_pkgconfig('demo._demo', ['officina-test'], '#include <math.h>\\n"
        "static int add(int a, int b) { return a + b + MAGIC; }')\n"
    )
    project = demo(tmp_path / "project", files={"build_demo.py": text})
    env = {"PKG_CONFIG_PATH": str(tmp_path / "pc")}
    wheel, _ = build(python, project, tmp_path / "out", env)
    assert try_wheel(python, wheel, tmp_path, USE) == "42\n"


def test_whatever_a_builder_prints_reaches_the_user_and_disturbs_nothing(python, tmp_path):
    text = (
        "import sys\nprint('first line')\n"
        "for _ in range(50_000):\n    print('x' * 100)\n"
        f"sys.stderr.write('last line\\n')\n{ADD}"
    )
    project = demo(tmp_path / "project", files={"build_demo.py": text})
    wheel, said = build(python, project, tmp_path / "out")
    assert "first line" in said and "last line" in said
    assert said.count("x" * 100 + "\n") == 50_000
    assert try_wheel(python, wheel, tmp_path, USE) == "5\n"


def test_what_builders_say_side_by_side_comes_byte_for_byte(python, tmp_path):
    # Latin-1, a byte that no encoding has, and a colour that the builder chose itself.
    words = b"caf\xe9 \xff \x1b[31mred\x1b[0m\n"
    text = f"import os\nos.write(1, {words!r})\n{ADD}"
    files = {"build_demo.py": text, "second.py": ADD.replace("_demo", "_second")}
    modules = ["build_demo.py:ffi", "second.py:ffi"]
    project = demo(tmp_path / "project", files=files, modules=modules)
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path))
    done = subprocess.run(command, cwd=project, capture_output=True, check=True)
    assert words in done.stderr


@pytest.mark.parametrize("package", ["dmeo", "elsewhere", "demo.inner"])
def test_a_slip_in_the_package_of_a_module_is_pointed_out(package, python, tmp_path):
    files = {"demo/__init__.py": "", "build_demo.py": ADD.replace("demo._demo", f"{package}._demo")}
    wheel, said = build(python, demo(tmp_path / "project", files=files), tmp_path / "out")
    assert f"{package.replace('.', '/')}/_demo.abi3.so" in names_in(wheel)
    assert ("did you mean `demo._demo`?" in said) == (package == "dmeo"), said


@pytest.mark.parametrize("compiler", ["gcc", "clang", "ccache gcc", "env LC_ALL=C gcc"])
def test_compilers_and_launchers(compiler, python, tmp_path):
    need(*(word for word in compiler.split() if "=" not in word))
    env = {"CC": compiler, "CCACHE_DIR": str(tmp_path / "ccache")}
    wheel, _ = build(python, demo(tmp_path / "project"), tmp_path / "out", env)
    assert try_wheel(python, wheel, tmp_path, USE) == "5\n"


def test_a_compiler_that_a_builder_chooses(python, tmp_path):
    trace = tmp_path / "trace"
    compiler = tmp_path / "my-cc"
    compiler.write_text(f'#!/bin/sh\necho used >> "{trace}"\nexec cc "$@"\n')
    compiler.chmod(0o755)
    text = f"import os\nos.environ['CC'] = {str(compiler)!r}\n{ADD}"
    project = demo(tmp_path / "project", files={"build_demo.py": text})
    build(python, project, tmp_path / "out")
    assert "used" in trace.read_text()


def test_the_environments_flags_are_used(python, tmp_path):
    text = builder("'static int add(int a, int b) { return a + b + ONE + TWO; }'")
    project = demo(tmp_path / "project", files={"build_demo.py": text})
    env = {"CFLAGS": "-DONE=10", "CPPFLAGS": "-DTWO=100", "LDFLAGS": "-Wl,-O1"}
    wheel, said = build(python, project, tmp_path / "out", env, {"verbose": "true"})
    assert try_wheel(python, wheel, tmp_path, USE) == "115\n"
    assert "-DONE=10" in said and "-DTWO=100" in said and "-Wl,-O1" in said


def test_verbose_and_debug(python, tmp_path):
    project = demo(tmp_path / "project")
    _, quiet = build(python, project, tmp_path / "quiet")
    assert " -c " not in quiet and "demo._demo" in quiet
    config = {"verbose": "true", "profile": "debug", "jobs": "1"}
    _, said = build(python, project, tmp_path / "loud", None, config)
    words = re.split(r"\s+", said)
    assert "-c" in words and "-g" in words and "-O0" in words


def test_nothing_of_the_build_machine_is_in_the_module(python, tmp_path):
    wheel, _ = build(python, demo(tmp_path / "project"), tmp_path / "out")
    module = unpack(wheel, tmp_path / "unpacked") / "demo" / "_demo.abi3.so"
    content = module.read_bytes()
    libdir = sysconfig.get_config_var("LIBDIR").encode()
    assert str(tmp_path).encode() not in content
    assert libdir not in content or libdir in (b"/usr/lib", b"/usr/lib64"), "an rpath of this machine"
    assert os.environ.get("HOME", "/nowhere").encode() + b"/" not in content
