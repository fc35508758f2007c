"""`officina generate-ci github`: a workflow by GitHub's schema, whose selectors are those that cibuildwheel knows."""

from __future__ import annotations

import functools
import json
import os
import shlex
import subprocess
import sys
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from building import run
from projects import demo, make_project
from ruamel.yaml import YAML

BIN = Path(sys.executable).parent


def generate(python: Path, project: Path, *arguments: str) -> str:
    done = run([python, "-m", "officina", "generate-ci", "github", project, *arguments], project)
    assert done.code == 0, done.output
    return done.stdout


def document(text: str) -> dict:
    """The workflow as data. `on` is a Boolean in YAML 1.1, which nobody means."""
    return YAML(typ="safe").load(text)


@functools.cache
def schema() -> jsonschema.protocols.Validator:
    """GitHub's, as check-jsonschema brings it along."""
    file = resources.files("check_jsonschema") / "builtin_schemas/vendor/github-workflows.json"
    return jsonschema.Draft7Validator(json.loads(file.read_text(encoding="utf-8")))


def assert_valid(text: str) -> None:
    for error in schema().iter_errors(json.loads(json.dumps(document(text)))):
        raise error
    for job in document(text)["jobs"].values():
        for step in job["steps"]:
            if "run" in step:  # none of these is a line of another shell
                assert subprocess.run(["bash", "-n", "-c", step["run"]], check=False).returncode == 0, step
            else:
                assert step["uses"].rpartition("@")[2][0] in "vr", step
    placeholders = [word for word in text.split() if word.isupper() and len(word) > 4 and not word.startswith("CIBW")]
    assert not placeholders


def environment_of(text: str) -> dict[str, str]:
    [step] = [step for step in document(text)["jobs"]["wheels"]["steps"] if "cibuildwheel" in step.get("uses", "")]
    return step["env"]


def identifiers(project: Path, env: dict[str, str], platform: str) -> set[str]:
    """What cibuildwheel would build of a project, without the part that names the platform."""
    command = [BIN / "cibuildwheel", "--print-build-identifiers", "--platform", platform, "--archs", "all", project]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CIBW_")}
    done = subprocess.run(command, env={**clean, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {line.partition("-")[0] for line in done.stdout.split()}


EXTENSION = '[[tool.officina.extensions]]\nname = "demo._plain"\nsources = ["plain.c"]\n'
MODULE = '[[tool.officina.modules]]\nname = "demo._more"\ncdef = "int abs(int);"\nsource = "#include <stdlib.h>"\n'
PYTHON = 'name = "demo"\nversion = "1.0"\n'

# What pyproject.toml says -> what is built for Linux.
SELECTED = {
    "a builder": ({}, "cp310 cp314t cp315t pp311 pp312"),
    "a newer Python": ({"project": PYTHON + 'requires-python = ">=3.12"\n'}, "cp312 cp314t cp315t pp312"),
    "no bound": ({"project": PYTHON}, "cp310 cp314t cp315t pp311 pp312"),
    "the newest Python": ({"project": PYTHON + 'requires-python = ">=3.15"\n'}, "cp315 cp315t"),
    "an upper bound": ({"project": PYTHON + 'requires-python = ">=3.11,<3.15"\n'}, "cp311 cp314t pp311 pp312"),
    "a newer API": ({"settings": 'limited-api = "3.12"'}, "cp312 cp314t cp315t pp311 pp312"),
    "a module of a newer API": ({"more": MODULE + 'py-limited-api = "3.11"\n'}, "cp311 cp314t cp315t pp311 pp312"),
    "an extension": (
        {"more": EXTENSION, "files": {"plain.c": ""}, "project": PYTHON + 'requires-python = ">=3.13"\n'},
        "cp313 cp314 cp314t cp315 cp315t",
    ),
    "an extension of the limited API": (
        {"more": EXTENSION + 'limited-api = "3.11"\n', "files": {"plain.c": ""}},
        "cp311 cp314t cp315t pp311 pp312",
    ),
    "no limited API": (
        {"settings": "limited-api = false", "project": PYTHON + 'requires-python = ">=3.14"\n'},
        "cp314 cp314t cp315 cp315t",
    ),
    "no limited API somewhere": (
        {
            "more": '[[tool.officina.overrides]]\nif.platform = "windows"\nlimited-api = false\n',
            "project": PYTHON + 'requires-python = ">=3.14"\n',
        },
        "cp314 cp314t cp315 cp315t",
    ),
}


@pytest.mark.parametrize("case", SELECTED)
def test_the_wheels_that_a_project_asks_for_are_built(case, python, tmp_path):
    changes, expected = SELECTED[case]
    project = demo(tmp_path / "demo", **changes)
    text = generate(python, project)
    assert_valid(text)
    env = environment_of(text)
    assert identifiers(project, env, "linux") == set(expected.split())
    if case == "a builder":
        for platform in ("windows", "macos"):
            assert identifiers(project, env, platform) == set(expected.split())
    guarded = "officina generate-ci github --write" in json.dumps(document(text)["jobs"]["wheels"]["steps"])
    assert guarded == ("cp314 " not in f"{expected} ")


def test_what_is_trusted_and_what_may_be_written(python, tmp_path):
    workflow = document(generate(python, demo(tmp_path / "demo")))
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert all("permissions" not in job for name, job in jobs.items() if name != "publish")
    assert jobs["publish"]["needs"] == ["wheels", "sdist"] and jobs["publish"]["environment"] == "pypi"
    assert "release" in jobs["publish"]["if"]
    for job in jobs.values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


# Files and tables -> how tests are run.
TESTS = {
    "nothing": ({}, {"CIBW_TEST_COMMAND": 'python -c "import demo"'}),
    "a folder": (
        {"files": {"tests/test_a.py": ""}},
        {"CIBW_TEST_COMMAND": "python -m pytest tests", "CIBW_TEST_SOURCES": "tests", "CIBW_TEST_REQUIRES": "pytest"},
    ),
    "a group": (
        {"files": {"test/test_a.py": ""}, "more": '[dependency-groups]\ntest = ["pytest"]\n'},
        {"CIBW_TEST_COMMAND": "python -m pytest test", "CIBW_TEST_SOURCES": "test", "CIBW_TEST_GROUPS": "test"},
    ),
    "an extra": (
        {"files": {"tests/test_a.py": ""}, "more": '[project.optional-dependencies]\ntesting = ["pytest"]\n'},
        {"CIBW_TEST_COMMAND": "python -m pytest tests", "CIBW_TEST_SOURCES": "tests", "CIBW_TEST_EXTRAS": "testing"},
    ),
}


@pytest.mark.parametrize("case", TESTS)
def test_how_tests_are_run(case, python, tmp_path):
    changes, expected = TESTS[case]
    text = generate(python, demo(tmp_path / "demo", **changes))
    assert_valid(text)
    env = environment_of(text)
    assert {name: value for name, value in env.items() if "TEST" in name} == expected


def test_what_cibuildwheels_own_table_says_is_left_to_it(python, tmp_path):
    table = '[tool.cibuildwheel]\nbuild = "cp313-*"\ntest-command = "true"\nlinux.before-all = "true"\n'
    env = environment_of(generate(python, demo(tmp_path / "demo", more=table)))
    assert not {"CIBW_BUILD", "CIBW_TEST_COMMAND"} & env.keys() and "CIBW_ENABLE" in env


def test_packages_and_crates_are_installed_first(python, tmp_path):
    module = MODULE + 'pkg-config = ["zlib >= 1.2", "libgit2"]\n'
    crate = '[[tool.officina.crates]]\npath = "rust"\n'
    files = {
        "rust/Cargo.toml": '[package]\nname = "words"\nversion = "0.1.0"\nedition = "2021"\n',
        "rust/src/lib.rs": "",
        "rust/Cargo.lock": 'version = 3\n[[package]]\nname = "words"\nversion = "0.1.0"\n',
    }
    text = generate(python, demo(tmp_path / "demo", more=module + crate, files=files))
    assert_valid(text)
    env = environment_of(text)
    assert env["CIBW_BEFORE_ALL_LINUX"].startswith("dnf install -y 'pkgconfig(libgit2)' 'pkgconfig(zlib)' && curl ")
    assert shlex.split(env["CIBW_BEFORE_ALL_MACOS"]) == ["brew", "install", "pkgconf", "libgit2", "zlib"]
    assert env["CIBW_ENVIRONMENT_LINUX"] == 'PATH="$HOME/.cargo/bin:$PATH"'
    assert not any("windows" in runner for runner in document(text)["jobs"]["wheels"]["strategy"]["matrix"]["os"])


PURE = {
    "with tests": ({"tests/test_a.py": ""}, "", "python -m pytest tests"),
    "with a group": ({"tests/test_a.py": ""}, '[dependency-groups]\ntest = ["pytest"]\n', "python -m pytest tests"),
    "with an extra": (
        {"tests/test_a.py": ""},
        '[project.optional-dependencies]\ntest = ["pytest"]\n',
        "python -m pytest tests",
    ),
    "without tests": ({}, "", 'python -c "import demo"'),
}


@pytest.mark.parametrize("case", PURE)
def test_a_project_that_compiles_nothing_has_one_wheel(case, python, tmp_path):
    files, more, command = PURE[case]
    table = '[[tool.officina.modules]]\nname = "demo._m"\ncdef = "int abs(int);"\n'
    project = make_project(tmp_path / "demo", {"demo/__init__.py": "", **files}, more=table + more)
    text = generate(python, project)
    assert_valid(text)
    assert "cibuildwheel" not in text
    steps = document(text)["jobs"]["test"]["steps"]
    assert steps[-1]["run"] == command
    assert any("checkout" in step.get("uses", "") for step in steps) == bool(files)


def test_it_is_written_once(python, tmp_path):
    project = demo(tmp_path / "demo")
    text = generate(python, project)
    assert not (project / ".github").exists()
    assert generate(python, project, "--write") == ".github/workflows/wheels.yml\n"
    written = project / ".github/workflows/wheels.yml"
    assert written.read_text() == text
    assert generate(python, project, "--write")  # the same again
    written.write_text("mine\n")
    done = run([python, "-m", "officina", "generate-ci", "github", project, "--write"], project)
    assert done.code == 1 and "exists already" in done.output and "hint: " in done.output
    assert written.read_text() == "mine\n"


def test_every_new_project_has_a_workflow(python, tmp_path):
    for kind in ("--api", "--abi", "--vendored", "--crate"):
        assert run([python, "-m", "officina", "init", "demo", "--path", kind[2:], kind], tmp_path).code == 0
        assert_valid(generate(python, tmp_path / kind[2:]))
    done = run([python, "-m", "officina", "generate-ci", "github", tmp_path], tmp_path)
    assert done.code == 1 and "there is no pyproject.toml" in done.output
