"""The commands that a person types: `officina build`, `officina show`."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from building import Outcome, build, call_hook, compile_as_told, names_in, run
from projects import demo, make_project, snapshot


@pytest.fixture
def officina(python):
    def call(directory: Path, *arguments: object, env: dict | None = None) -> Outcome:
        return run([python.parent / "officina", *arguments], directory, env)

    return call


def test_build_makes_the_sdist_and_the_wheel_from_it(officina, python, tmp_path):
    project = demo(tmp_path / "demo")
    done = officina(project, "build")
    assert done.code == 0, done.output
    dist = project / "dist"
    made = [Path(line) for line in done.stdout.splitlines()]
    assert made == [dist / "demo-1.0.tar.gz", dist / "demo-1.0-cp39-abi3-linux_x86_64.whl"]
    assert sorted(dist.iterdir()) == sorted(made), "something is left"
    wheel, _ = build(python, project, tmp_path / "hook")
    assert made[1].read_bytes() == wheel.read_bytes()
    sdist = call_hook(python, project, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    assert made[0].read_bytes() == (tmp_path / sdist).read_bytes()


def test_one_product_from_anywhere_into_any_folder(officina, tmp_path):
    project = demo(tmp_path / "demo")
    before = snapshot(project)
    for option, suffix in [("--wheel", ".whl"), ("--sdist", ".tar.gz")]:
        out = tmp_path / f"out{option}"
        done = officina(tmp_path, "build", option, "--out", out.name, "demo")
        assert done.code == 0, done.output
        [made] = out.iterdir()
        assert made.name.endswith(suffix) and done.stdout == f"{made}\n"
    assert snapshot(project) == before


def test_a_terminal_shows_what_runs_and_how_many_steps_have_ended(python, tmp_path):
    project = demo(tmp_path / "demo")
    here, there = os.openpty()
    command = [python.parent / "officina", "build", "--wheel", "--out", tmp_path / "out"]
    with subprocess.Popen(command, cwd=project, stderr=there, stdout=subprocess.PIPE) as running:
        os.close(there)
        seen = b""
        # A terminal that nobody writes to any more is an error to read from.
        with contextlib.suppress(OSError):
            while part := os.read(here, 65536):
                seen += part
        assert running.wait(60) == 0, seen
        assert running.stdout.read().endswith(b".whl\n")
    os.close(here)
    text = seen.decode()
    steps = [(int(ended), int(all_)) for ended, all_ in re.findall(r"Underway (\d+)/(\d+): ", text)]
    assert steps[0][0] == 0 and all(ended < all_ for ended, all_ in steps), text
    assert "_demo" in text.partition("Underway")[2]
    assert "Underway" not in text.rpartition("\x1b[2K")[2], "the line is left on the screen"
    quiet = run(command, project)
    assert quiet.code == 0 and "Underway" not in quiet.output


def test_a_wheel_that_the_sdist_cannot_make_leaves_nothing(officina, tmp_path):
    project = demo(tmp_path / "demo", files={".gitignore": "*.h\n", "secret.h": "#define X 1\n"})
    builder = project / "build_demo.py"
    builder.write_text(
        builder.read_text()
        .replace('"static int', '\'#include "secret.h"\\n\' "static int')
        .replace('}")', '}", include_dirs=["."])')
    )
    wheel = officina(project, "build", "--wheel")
    assert wheel.code == 0, wheel.output
    done = officina(project, "build", "--out", "both")
    assert done.code == 1
    assert "secret.h: No such file" in done.output
    assert "note: this was the wheel from the sdist" in done.output
    assert "`officina check` names what the sdist lacks" in done.output
    assert list((project / "both").iterdir()) == []


def test_another_python_and_settings_of_the_command_line(officina, build_env, tmp_path):
    project = demo(tmp_path / "demo", settings="limited-api = false\n")
    done = officina(
        project,
        "build",
        "--wheel",
        "--python",
        sys.executable,
        "-C",
        "jobs=1",
        "-C",
        "profile=debug",
        "-C",
        "verbose=1",
    )
    assert done.code == 0, done.output
    assert "-O0 -g" in done.output and sys.executable in done.output


def test_show_tells_the_plan_and_compiles_nothing(officina, python, tmp_path):
    project = make_project(
        tmp_path / "demo",
        {
            "demo/__init__.py": "",
            "c/own.c": "int own;\n",
            "make.py": """\
from cffi import FFI

api = FFI()
api.cdef("int own;")
api.set_source("demo._api", "extern int own;", sources=["c/own.c"], libraries=["m"], depends=["c/own.c"])
abi = FFI()
abi.set_source("demo._abi", None)
""",
        },
        modules=["make.py:api", "make.py:abi"],
    )
    before = snapshot(project)
    done = officina(project, "show", "--format", "json", env={"CC": "gcc"})
    assert done.code == 0, done.output
    assert "Compiled" not in done.output and snapshot(project) == before
    plan = json.loads(done.stdout)
    assert (plan["wheel"], plan["sdist"]) == ("demo-1.0-cp39-abi3-linux_x86_64.whl", "demo-1.0.tar.gz")
    assert plan["packages"] == ["demo"]
    api, abi = plan["modules"]
    assert (api["name"], api["file"], api["mode"]) == ("demo._api", "demo/_api.abi3.so", "api")
    assert (abi["name"], abi["file"], abi["mode"]) == ("demo._abi", "demo/_abi.py", "abi")
    assert [source["source"] for source in api["sources"]] == ["{build}/generated/demo._api.c", "c/own.c"]
    assert api["sources"][1]["compile"][0] == "gcc" and "c/own.c" in api["sources"][1]["compile"]
    assert api["link"][0] == "gcc" and "-lm" in api["link"]
    assert (api["libraries"], api["depends"]) == (["m"], ["c/own.c"])
    wheel, _ = build(python, project, tmp_path / "out")
    assert wheel.name == plan["wheel"]
    assert {api["file"], abi["file"]} < set(names_in(wheel))
    text = officina(project, "show", "--commands")
    assert text.code == 0, text.output
    for words in ["demo 1.0", "demo._api", "limited API", "c/own.c", " -c c/own.c ", "ABI: a Python file"]:
        assert words in text.stdout, words


def test_compile_commands_are_those_of_a_build(officina, tmp_path):
    project = demo(tmp_path / "a demo")
    done = officina(project, "show", "--format", "compile-commands")
    assert done.code == 0, done.output
    [entry] = json.loads(done.stdout)
    assert entry["directory"] == str(project) and entry["file"].startswith(f"{project}/build/officina/")
    compile_as_told([entry])


def test_what_a_frontend_would_do_otherwise_is_said(officina, tmp_path):
    project = demo(tmp_path / "demo")
    pyproject = project / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text().replace('requires = ["officina"]', 'requires = ["officina", "no-such-thing>=3"]')
    )
    done = officina(project, "build", "--wheel")
    assert done.code == 0, done.output
    assert "warning: `build-system.requires` names `no-such-thing>=3`, which this environment lacks" in done.output
    assert 'python -m pip install "no-such-thing>=3"' in done.output
    pyproject.write_text(
        pyproject.read_text().replace('build-backend = "officina"', 'build-backend = "setuptools.build_meta"')
    )
    done = officina(project, "show")
    assert "warning: frontends would build this project with `setuptools.build_meta`" in done.output


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["build", "nowhere"], "there is no pyproject.toml in `{0}/nowhere`", "did you mean the project `{0}`?"),
        (["build", "-C", "jbos=2"], "unknown config setting `jbos`", "did you mean `jobs`?"),
        (["build", "-C", "jobs"], "`jobs` is not a setting", "write `-C name=value`"),
        (["show", "--python", "no-python"], "there is no Python `no-python`", "`--python` takes a path"),
        (["show", "--python", "/bin/false"], "`/bin/false` cannot say what it is", "name a Python 3.9 or newer"),
    ],
)
def test_mistakes(officina, tmp_path, arguments, message, hint):
    project = demo(tmp_path / "demo")
    done = officina(project, *arguments)
    assert done.code == 1
    assert f"error: {message.format(project)}" in done.output
    assert f"hint: {hint.format(project)}" in done.output
    assert "Traceback" not in done.output


def test_the_bare_executable_asks_for_a_python(python, tmp_path):
    found = run([python, "-c", "import officina._core as core; print(core.EXECUTABLE)"], tmp_path)
    done = run([found.stdout.strip(), "show", demo(tmp_path / "demo")], tmp_path)
    assert done.code == 1
    assert "which Python to build for is not known" in done.output and "--python" in done.output


def test_help_names_every_command(officina, tmp_path):
    done = officina(tmp_path, "--help")
    assert done.code == 0
    for command in ["build", "list", "show", "check", "clean"]:
        assert f"  {command} " in done.stdout
