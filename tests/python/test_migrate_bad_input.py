"""`officina migrate` where setup.py cannot be read, there is nothing to move, or something would be lost."""

from __future__ import annotations

import pytest
from building import run
from moving import FILES, PACKAGE, SYSTEM, migrate
from projects import snapshot
from setuptools_projects import env, write

GOOD = """\
from setuptools import setup
setup(name='demo', version='1', packages=['demo'], cffi_modules=['build_demo.py:ffi'])
"""

BAD = {
    "exits": ("import sys\nsys.exit('no')\n", "error: setup.py:2 ends before it calls `setup()`"),
    "asks": ("name = input('Name? ')\n", "error: setup.py:1 asks for an answer, and nobody is there to type it"),
    "lacks a module": (
        "\nimport nowhere_to_be_found\n",
        "error: setup.py:2 needs `nowhere_to_be_found`, which this Python does not have",
    ),
    "raises": ("def f():\n    raise ValueError('odd')\nf()\n", "error: setup.py:2 fails: ValueError: odd"),
    "is no Python": ("setup(\n", "error: setup.py:1 fails: SyntaxError"),
    "never calls setup()": ("import setuptools\n", "error: setup.py never calls `setup()`"),
    "ends its process": ("import os\nos._exit(3)\n", "error: setup.py ended its Python (exit code 3)"),
    "waits": (
        "import time\n\ntime.sleep(60)\n",
        "error: setup.py:3 has not come to its call of `setup()` after 2 seconds",
    ),
}


@pytest.fixture(scope="module")
def newest(officina_wheel):
    return env("newest", officina_wheel)


def project_of(folder, setup, **more):
    return write(folder / "demo", {**FILES, **PACKAGE, "setup.py": setup, **more})


@pytest.mark.parametrize("name", BAD)
def test_a_setup_that_cannot_be_read_is_an_error_with_its_line(name, newest, tmp_path):
    text, message = BAD[name]
    project = project_of(tmp_path, text)
    before = snapshot(project)
    moved = migrate(newest, project, "--write", *(["--time-limit", "2"] if name == "waits" else []))
    assert moved.outcome.code == 1 and message in moved.outcome.output, moved.outcome.output
    assert "hint: " in moved.outcome.output and '_read_setup.py", line' not in moved.outcome.stdout
    assert snapshot(project) == before


def test_what_setup_writes_and_prints_stays_out(newest, tmp_path):
    text = "print('{')\nopen('made.txt', 'w').write('x')\nopen('demo/made.py', 'w')\n" + GOOD
    project = project_of(tmp_path, text)
    before = snapshot(project)
    moved = migrate(newest, project)
    assert moved.outcome.code == 0 and moved.new["project"]["name"] == "demo"
    assert snapshot(project) == before


def test_no_builder_runs(newest, tmp_path):
    project = project_of(tmp_path, GOOD, **{"build_demo.py": "import os\nopen(os.environ['RAN'], 'w')\n"})
    assert migrate(newest, project, "--write", env={"RAN": str(tmp_path / "ran")}).outcome.code == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "there is no project in"),
        ({"pyproject.toml": SYSTEM.replace("setuptools.build_meta", "enscons.api")}, "builds this project"),
        ({"pyproject.toml": "[a\n", "setup.py": GOOD}, "`pyproject.toml` is not valid TOML"),
    ],
)
def test_what_is_no_project_of_setuptools_is_refused(files, message, newest, tmp_path):
    project = write(tmp_path / "demo", {"notes.txt": "", **files})
    moved = migrate(newest, project)
    assert moved.outcome.code == 1 and message in moved.outcome.output, moved.outcome.output


def test_changes_that_are_not_committed_are_not_written_over(newest, tmp_path):
    project = project_of(tmp_path, GOOD)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        assert run([*git, *words], project).code == 0
    (project / "README.md").write_text("changed\n")
    before = snapshot(project)
    refused = migrate(newest, project, "--write")
    assert refused.outcome.code == 1 and snapshot(project) == before
    assert "error: the tree has changes that are not committed" in refused.outcome.output
    assert migrate(newest, project).outcome.code == 0, "it may be looked at"
    elsewhere = {"GIT_DIR": str(tmp_path / "elsewhere"), "GIT_WORK_TREE": str(tmp_path)}
    assert run(["git", "init", "-q"], tmp_path, elsewhere).code == 0
    refused = migrate(newest, project, "--write", env=elsewhere)
    assert refused.outcome.code == 1 and snapshot(project) == before, "the repository that holds the project counts"
    index = (project / ".git/index").read_bytes()
    (project / ".git/index").write_bytes(b"x" * 40)
    refused = migrate(newest, project, "--write")
    assert "error: git cannot say whether all changes are committed" in refused.outcome.output
    assert "hint: or say `--force`" in refused.outcome.output and (project / "setup.py").exists()
    (project / ".git/index").write_bytes(index)
    assert run(["git", "checkout", "-q", "README.md"], project).code == 0
    moved = migrate(newest, project, "--write", env={"GIT_TRACE": "1"})
    assert moved.outcome.code == 0, "what git says to people is no change"
    assert migrate(newest, project, "--write").outcome.code == 1, "now there are changes"


def test_kept_files_are_not_written_over(newest, tmp_path):
    project = project_of(tmp_path, GOOD, **{"setup.py.orig": "mine\n"})
    refused = migrate(newest, project, "--write")
    assert refused.outcome.code == 1 and "error: `setup.py.orig` is there already" in refused.outcome.output
    assert (project / "setup.py.orig").read_text() == "mine\n" and (project / "setup.py").exists()
    assert migrate(newest, project, "--write", "--force").outcome.code == 0
    assert (project / "setup.py.orig").read_text() == GOOD


def test_what_is_required_is_installed_when_told(newest, tmp_path):
    helper = write(
        tmp_path / "helper",
        {
            "pyproject.toml": "[build-system]\nrequires = ['setuptools']\nbuild-backend = 'setuptools.build_meta'\n"
            "[project]\nname = 'helper'\nversion = '1'\n",
            "helper.py": "",
        },
    )
    system = SYSTEM.replace('"cffi"', f'"cffi", "helper @ {helper.as_uri()}"')
    project = project_of(tmp_path, f"import helper\n{GOOD}", **{"pyproject.toml": system})
    refused = migrate(newest, project)
    assert refused.outcome.code == 1 and "error: setup.py:1 needs `helper`" in refused.outcome.output
    assert "`--install` installs" in refused.outcome.output
    moved = migrate(newest, project, "--install")
    assert moved.outcome.code == 0 and moved.new["project"]["name"] == "demo", moved.outcome.output
