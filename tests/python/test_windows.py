"""What is Windows' own: consoles, loaded modules, drives and paths, one folder of import libraries.

`conftest.py` has it collected there alone; `make windows` runs it everywhere.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from building import build, call_hook, hook_command, names_in, run, run_tests_of, tag_of, try_wheel, unpack
from projects import ADD, demo
from sites import Site

ASK = "from demo._demo import lib; print(lib.add(2, 3))"
LONG = "/".join(f"{number:03} {'long ' * 10}name" for number in range(5))


def wait_for(path: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} does not come"
        time.sleep(0.05)


def test_two_builds_are_the_same_bytes_in_any_folder(python, tmp_path):
    wheels = []
    for name in ("here", "ein Örtchen, 日本語"):
        folder = tmp_path / name
        wheel, said = build(python, demo(folder / "project"), folder / "out")
        assert "Compiled" in said
        assert names_in(wheel) == ["demo/__init__.py", "demo/_demo.pyd"]
        assert tag_of(wheel) == "cp39-abi3-win_amd64"
        wheels.append(wheel)
    assert len({wheel.read_bytes() for wheel in wheels}) == 1
    again, said = build(python, tmp_path / "here/project", tmp_path / "again")
    assert "Compiled" not in said
    assert again.read_bytes() == wheels[0].read_bytes()
    assert try_wheel(python, wheels[1], tmp_path / "here", ASK) == "5\n"


def test_paths_may_be_longer_than_old_programs_can_open(python, tmp_path):
    # No process can start in a folder of more than 258 letters; what lies in it may have longer paths.
    folder = tmp_path / "long ".ljust(200 - len(str(tmp_path)), "x")
    wheel, _ = build(python, demo(folder), tmp_path / LONG / "out")
    assert len(str(wheel)) > 260
    assert max(len(str(path)) for path in folder.rglob("*")) > 260
    assert try_wheel(python, wheel, tmp_path, ASK) == "5\n"


@pytest.mark.parametrize(
    ("edited", "text", "expected"),
    [("c/deep.h", "#define MORE 2\n", "7"), ("c/one.c", '#include "one.h"\nint more(void) { return 5; }\n', "10")],
    ids=["a header of a header", "a source"],
)
def test_what_compilers_read_is_known(edited, text, expected, python, tmp_path):
    files = {
        "build_demo.py": ADD.replace(
            '"static int add(int a, int b) { return a + b; }"',
            "'#include \"one.h\"\\nstatic int add(int a, int b) { return a + b + more(); }',"
            ' sources=["c/one.c"], include_dirs=["c"]',
        ),
        "c/one.c": '#include "one.h"\nint more(void) { return MORE; }\n',
        "c/one.h": '#include "deep.h"\nint more(void);\n',
        "c/deep.h": "#define MORE 0\n",
    }
    project = demo(tmp_path / "project", files=files)
    wheel, _ = build(python, project, tmp_path / "first")
    assert try_wheel(python, wheel, tmp_path / "first", ASK) == "5\n"
    (project / edited).write_bytes(text.encode())
    wheel, said = build(python, project, tmp_path / "second")
    assert "Compiled" in said
    assert "Generated" not in said
    assert try_wheel(python, wheel, tmp_path / "second", ASK) == f"{expected}\n"
    wheel, said = build(python, project, tmp_path / "third")
    assert "Compiled" not in said


def test_without_the_limited_api_the_module_is_for_one_python(python, tmp_path):
    project = demo(tmp_path / "project", settings="limited-api = false\n")
    wheel, _ = build(python, project, tmp_path / "out")
    version = "cp{}{}".format(*sys.version_info)
    assert tag_of(wheel) == f"{version}-{version}-win_amd64"
    assert f"demo/_demo.{version}-win_amd64.pyd" in names_in(wheel)
    assert try_wheel(python, wheel, tmp_path, ASK) == "5\n"


def test_pip_builds_the_example_and_its_own_tests_pass(python, example_project, tmp_path):
    project = tmp_path / "example"
    shutil.copytree(example_project, project)
    done = run([python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", tmp_path, project], tmp_path)
    assert done.code == 0, done.output
    [wheel] = tmp_path.glob("officina_example-*.whl")
    path = unpack(wheel, tmp_path / "installed")
    done = run_tests_of(project, path, tmp_path)
    assert done.code == 0, done.output


# What is in DLLs of MinGW's own, which nobody has who installs the wheel.
OF_COMPILERS = {
    "exceptions and threads of C++": (
        ".cpp",
        """\
#include <stdexcept>
#include <thread>
#include <vector>
static int add(int a, int b) {
    std::vector<int> sum;
    std::thread([&] { sum.resize(a + b); }).join();
    try { throw std::runtime_error("thrown"); } catch (const std::exception &) { return sum.size(); }
}""",
    ),
    "numbers of 128 bits": (
        ".c",
        "static int add(int a, int b) { volatile __int128 two = 2; return (int)((__int128)(a + b) * two / two); }",
    ),
    "threads of POSIX": (
        ".c",
        """\
#include <pthread.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int add(int a, int b) { return pthread_mutex_lock(&mutex) + pthread_mutex_unlock(&mutex) + a + b; }""",
    ),
}


@pytest.mark.parametrize("settings", ["", "limited-api = false\n"], ids=["limited API", "full API"])
@pytest.mark.parametrize("kind", OF_COMPILERS)
def test_libraries_of_the_compiler_are_in_the_module(kind, settings, python, tmp_path):
    extension, source = OF_COMPILERS[kind]
    plain = '"static int add(int a, int b) { return a + b; }"'
    builder = ADD.replace(plain, f"{source!r}, source_extension={extension!r}")
    assert builder != ADD
    project = demo(tmp_path / "project", files={"build_demo.py": builder}, settings=settings)
    wheel, _ = build(python, project, tmp_path / "out")
    assert try_wheel(python, wheel, tmp_path, ASK) == "5\n"


def test_several_builders_run_side_by_side(python, tmp_path):
    builders = {f"build_{name}.py": ADD.replace("_demo", f"_{name}") for name in "abc"}
    files = {"demo/__init__.py": "", **builders}
    project = demo(tmp_path / "project", files=files, modules=[f"{name}:ffi" for name in builders])
    wheel, _ = build(python, project, tmp_path / "out")
    code = "from demo import _a, _b, _c; print(_a.lib.add(1, 1) + _b.lib.add(1, 1) + _c.lib.add(1, 1))"
    assert try_wheel(python, wheel, tmp_path, code) == "6\n"


def test_clean_removes_all_that_builds_left(python, tmp_path):
    project = demo(tmp_path / "project")
    build(python, project, tmp_path / "out")
    done = run([python, "-m", "officina", "clean"], project)
    assert done.code == 0, done.output
    assert not (project / "build").exists()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os; os._exit(3)", "exit code 3"),
        ("import os; os.abort()", "exit code "),
        ("import ctypes; ctypes.string_at(0)", "exit code "),
        ("import ctypes; ctypes.windll.kernel32.ExitProcess(0xC0000005)", "exit code 0xc0000005 (access violation)"),
    ],
)
def test_how_a_builder_ended_is_said(code, expected, python, tmp_path):
    project = demo(tmp_path / "project", files={"build_demo.py": f"{code}\n{ADD}"})
    done = run(hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path)), project)
    assert done.code == 1
    assert "build_demo.py" in done.output
    if "string_at" not in code:  # which Python makes an exception of
        assert expected in done.output


# Presses Ctrl-C in a console of its own, once the build has begun.
PRESS = """\
import ctypes, json, os, subprocess, sys, time
command, begun, code, output = json.loads(sys.argv[1]), *sys.argv[2:]
with open(output, "wb") as said:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    while not os.path.exists(begun) and process.poll() is None:
        time.sleep(0.05)
    kernel = ctypes.windll.kernel32
    kernel.SetConsoleCtrlHandler(None, True)
    assert kernel.GenerateConsoleCtrlEvent(0, 0), ctypes.GetLastError()
    text = str(process.wait(60))
with open(code, "w") as file:
    file.write(text)
"""
SLOW = """\
import pathlib, time
for beat in range(600):
    pathlib.Path("beats").write_text(str(beat))
    pathlib.Path("begun").touch()
    time.sleep(0.1)
"""


def test_ctrl_c_ends_the_build_and_all_that_it_runs(python, tmp_path):
    project = demo(tmp_path / "project", files={"build_demo.py": SLOW + ADD})
    (tmp_path / "temp").mkdir()
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path / "out"))
    code, output = tmp_path / "code", tmp_path / "output"
    words = [sys.executable, "-c", PRESS, json.dumps(command), str(project / "begun"), str(code), str(output)]
    env = {"TEMP": str(tmp_path / "temp"), "TMP": str(tmp_path / "temp")}
    done = run(words, project, env, creationflags=subprocess.CREATE_NEW_CONSOLE)
    said = output.read_text(errors="replace")
    assert done.code == 0, done.output + said
    assert code.read_text() == "130", said
    assert "interrupted" in said
    assert not list((tmp_path / "temp").iterdir())
    beats = (project / "beats").read_text()
    time.sleep(1)
    assert (project / "beats").read_text() == beats, "the builder still runs"
    project = demo(project)
    wheel, _ = build(python, project, tmp_path / "out")
    assert try_wheel(python, wheel, tmp_path, ASK) == "5\n"


def test_a_module_that_is_loaded_is_rebuilt(python, tmp_path, officina_wheel):
    files = {
        "build_demo.py": ADD.replace("static int add(int a, int b) { return a + b; }", "int add(int, int);").replace(
            '"demo._demo", ', '"demo._demo", sources=["add.c"], source='
        ),
        "add.c": "int add(int a, int b) { return a + b; }\n",
    }
    project = demo(tmp_path / "project", files=files, settings="editable.rebuild = true\n")
    site = Site(tmp_path / "site")
    name = call_hook(python, project, tmp_path, "build_editable", wheel_directory=str(tmp_path))
    site.pip("install", tmp_path / str(name))
    assert site.says(ASK) == "5"
    waits = "import sys; from demo._demo import lib; print(lib.add(2, 3), flush=True); input(); print(lib.add(2, 3))"
    kept = subprocess.Popen(
        [site.python, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert kept.stdout.readline() == "5\n"
    for number in (1, 2):
        (project / "add.c").write_bytes(f"int add(int a, int b) {{ return a + b + {number}; }}\n".encode())
        assert site.says(ASK) == str(5 + number)
    assert list(site.packages.rglob("part.*")), "where a module that is loaded has gone"
    said, _ = kept.communicate("\n", timeout=60)
    assert (said, kept.returncode) == ("5\n", 0)
    (project / "add.c").write_bytes(b"int add(int a, int b) { return a * b; }\n")
    assert site.says(ASK) == "6"
    assert not list(site.packages.rglob("part.*")), "nobody uses it any more"
    site.pip("uninstall", "--yes", "demo")
    assert not list(site.packages.glob("*demo*"))
