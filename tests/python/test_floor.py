"""Which Pythons a wheel may be installed on: what pyproject.toml says, and what is so if it says nothing."""

from __future__ import annotations

import json
import zipfile

import pytest
from building import build, hook_command, run, tag_of
from projects import demo

NO_RANGE = 'name = "demo"\nversion = "1.0"\ndependencies = ["cffi"]\n'


@pytest.mark.parametrize("line", ["", 'requires-python = ">=3"\n', 'requires-python = "<9"\n'])
def test_without_a_lower_bound_the_stable_abi_begins_with_the_oldest_python_that_is_tested(line, python, tmp_path):
    project = demo(tmp_path / "project", project=NO_RANGE + line)
    wheel, _ = build(python, project, tmp_path / "out")
    tag = tag_of(wheel)
    assert tag.startswith(("cp39-abi3-", "pp"))
    shown = run([python.parent / "officina", "show", "--format", "json"], project)
    assert json.loads(shown.stdout)["tag"] == tag
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")]
        assert f"Tag: {tag}\n" in archive.read(name).decode()


def _call(python, project, out, hook, **arguments):
    out.mkdir(exist_ok=True)
    return run(hook_command(python, out / "answer", hook, **arguments), project)


@pytest.mark.parametrize("requires", [">=3.99", "<3.9", ">=3.9,!=3.*"])
@pytest.mark.parametrize("hook", ["build_wheel", "build_editable"])
def test_a_python_that_requires_python_does_not_take_is_refused(hook, requires, python, tmp_path):
    project = demo(tmp_path / "project", project=f'{NO_RANGE}requires-python = "{requires}"\n')
    line = (project / "pyproject.toml").read_text().splitlines().index(f'requires-python = "{requires}"') + 1
    out = tmp_path / "out"
    done = _call(python, project, out, hook, wheel_directory=str(out))
    assert done.code != 0, done.output
    version = run([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], project).stdout.strip()
    for words in (f"this is Python {version}", "`requires-python`", requires.split(",")[0], f"pyproject.toml:{line}:"):
        assert words in done.output, done.output
    assert list(out.iterdir()) == [] and not (project / "build").exists()
    done = run([python.parent / "officina", "build", "--wheel"], project)
    assert done.code != 0 and f"this is Python {version}" in done.output, done.output
    # The metadata and the sdist say what the project is for; neither needs this Python.
    for other, argument in (
        ("prepare_metadata_for_build_wheel", "metadata_directory"),
        ("build_sdist", "sdist_directory"),
    ):
        done = _call(python, project, out, other, **{argument: str(out)})
        assert done.code == 0, done.output


def test_a_patch_release_that_is_asked_for_is_not_taken_for_another_python(python, tmp_path):
    version = run([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], tmp_path).stdout.strip()
    project = demo(tmp_path / "project", project=f'{NO_RANGE}requires-python = ">={version}.1,<{version}.99"\n')
    build(python, project, tmp_path / "out")
