"""`officina init`: what it writes is a project that pip builds and whose tests pass."""

from __future__ import annotations

import keyword
import shutil
import sys
from pathlib import Path

import pytest
from building import run
from environments import REPOSITORY
from refusals import assert_message

KINDS = {
    "api": [],
    "abi": ["--abi"],
    "pkg-config": ["--pkg-config", "z"],
    "pkg-config, by its own name": ["--pkg-config", "liblz4", "--header", "lz4.h"],
    "vendored": ["--vendored"],
    "crate": ["--crate"],
}
TAGS = {"abi": "py3-none-any"}


def init(python: Path, directory: Path, *arguments: object):
    return run([python, "-m", "officina", "init", *arguments], directory)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_project_is_built_and_its_tests_pass(kind, python, tmp_path):
    if kind == "crate" and not shutil.which("cargo"):
        pytest.skip("needs cargo")
    done = init(python, tmp_path, "Sky-Net.x", *KINDS[kind])
    assert done.code == 0, done.output
    project = tmp_path / "Sky-Net.x"
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("next: cd Sky-Net.x && python -m pip install -e . pytest")
    written = sorted(str(path.relative_to(tmp_path)) for path in project.rglob("*") if path.is_file())
    assert sorted(lines[:-1]) == written
    wheels = tmp_path / "wheels"
    built = run([python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, project], tmp_path)
    assert built.code == 0 and "warning" not in built.output, built.output
    [wheel] = wheels.glob("*.whl")
    assert wheel.name.startswith("sky_net_x-0.1.0-")
    tag = TAGS.get(kind, "cp310-abi3-linux_x86_64" if sys.platform == "linux" else "")
    assert wheel.name.endswith(f"{tag}.whl")
    site = tmp_path / "site"
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel]
    assert run(install, tmp_path).code == 0
    # The package is the installed one; pytest is that of the run.
    tested = run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", project / "tests"],
        tmp_path,
        {"PYTHONPATH": str(site)},
    )
    assert tested.code == 0 and "1 passed" in tested.output, tested.output


@pytest.mark.parametrize("kind", ["api", "vendored", "crate"])
def test_the_sdist_of_a_new_project_is_whole(kind, python, tmp_path):
    if kind == "crate" and not shutil.which("cargo"):
        pytest.skip("needs cargo")
    assert init(python, tmp_path, "demo", *KINDS[kind]).code == 0
    checked = run([python, "-m", "officina", "check", "demo"], tmp_path)
    assert checked.code == 0, checked.output


def test_what_is_written_is_formatted(python, tmp_path):
    for kind, arguments in KINDS.items():
        assert init(python, tmp_path, f"demo-{kind[:3]}", "--path", kind, *arguments).code == 0
    ruff = Path(sys.executable).parent / "ruff"
    for command in (["check"], ["format", "--check"]):
        done = run([ruff, *command, "--isolated", "--line-length", "120", "."], tmp_path)
        assert done.code == 0, done.output


def test_it_goes_where_it_is_told_to(python, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    (here / "README.md").write_text("mine\n")
    done = init(python, here, "demo", "--here")
    assert done.code == 0, done.output
    assert "README.md (kept as it was)" in done.stdout and "next: python -m pip" in done.stdout
    assert (here / "README.md").read_text() == "mine\n" and (here / "pyproject.toml").is_file()
    done = init(python, tmp_path, "demo", "--path", "deep/er")
    assert done.code == 0 and (tmp_path / "deep/er/pyproject.toml").is_file(), done.output


@pytest.mark.parametrize("taken", ["pyproject.toml", "src/demo/__init__.py", "csrc"])
def test_nothing_is_written_over(taken, python, tmp_path):
    project = tmp_path / "demo"
    if taken == "csrc":  # a file where a folder has to go
        project.mkdir()
        (project / taken).write_text("mine")
    else:
        (project / taken).parent.mkdir(parents=True)
        (project / taken).symlink_to("nowhere")
    before = sorted(project.rglob("*"))
    done = init(python, tmp_path, "demo")
    assert done.code == 1
    assert_message(done.output, (taken,))
    assert sorted(project.rglob("*")) == before


NAMES = {
    "a b": "is not a name that a project can have",
    "caf\u00e9": "is not a name that a project can have",
    "..": "is not a name that a project can have",
    "3d": "no identifier begins with a digit",
    "class": "which is a keyword",
    "Lambda": "which is a keyword",
    "json": "standard library",
    "CFFI": "the project needs itself",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_none(name, python, tmp_path):
    done = init(python, tmp_path, name)
    assert done.code == 1
    assert_message(done.output, (NAMES[name], "hint: "))
    assert list(tmp_path.iterdir()) == []


def test_every_keyword_and_every_module_of_python_is_known():
    files = (REPOSITORY / "src" / name for name in ("templates/names.rs", "model/modules.rs"))
    text = "\n".join(file.read_text() for file in files)
    known = set(text.replace("\\\n", " ").replace('"', " ").replace(";", " ").replace(",", " ").split())
    names = [*keyword.kwlist, *(name for name in sys.stdlib_module_names if not name.startswith("_"))]
    # A package has a name in lower case, so that the first three are none.
    assert {name.lower() for name in names if name not in ("False", "None", "True")} <= known


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--api", "--abi"], "cannot be used with"),
        (["--here", "--path", "x"], "cannot be used with"),
        (["--header", "x.h"], "--pkg-config"),
        (["--pkg-config", 'a"b'], "is nothing for `--pkg-config`"),
        (["--pkg-config", "a", "--header", "<a.h>"], "is nothing for `--header`"),
    ],
)
def test_options_that_make_no_sense(arguments, message, python, tmp_path):
    done = init(python, tmp_path, "demo", *arguments)
    assert done.code in (1, 2) and message in done.output, done.output
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- python -m officina


def test_python_dash_m_is_the_command(python, tmp_path):
    assert init(python, tmp_path, "demo").code == 0
    # Modules of the working folder are not Python's own.
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')\n")
    for arguments in (
        ["--version"],
        ["--help"],
        [],
        ["list", "demo"],
        ["show", "demo", "--format", "json"],
        ["check", "nowhere"],
        ["header", "demo"],
        ["build", "demo", "--wheel", "--out", "out"],
        ["clean", "demo"],
        ["generate-ci", "github", "demo"],
        ["no-such-command"],
    ):
        command, module = (
            run([*start, *arguments], tmp_path) for start in ([python.parent / "officina"], [python, "-m", "officina"])
        )
        if arguments[:1] == ["clean"]:  # the first one has removed it
            assert (command.code, module.code, module.stdout) == (0, 0, "nothing to remove\n")
            continue
        assert (command.code, command.stdout) == (module.code, module.stdout), arguments
