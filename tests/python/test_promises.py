"""What pyproject.toml promises and the wheel does not hold is said while it is built."""

from __future__ import annotations

import pytest
from building import build, hook_command, run
from projects import ADD, PROJECT, demo, make_project, snapshot

HEAD = '[build-system]\nrequires = ["officina"]\nbuild-backend = "officina"\n\n[project]\n' + PROJECT
SCRIPTS = '\n[project.scripts]\ndemo = "{}"\n\n[project.entry-points.plugins]\nmore = "{}"\n'


@pytest.mark.parametrize(
    "objects, says",
    [
        (("demo.cil:main", "demo"), "`demo` of `[project.scripts]` is `demo.cil:main`, and the wheel holds no module"),
        (("demo.cli:main", "demo.gone"), '`more` of `[project.entry-points."plugins"]` is `demo.gone`'),
        (("demo.cli:main", "demo._demo:lib"), None),
        (("demo:main", "space.other"), None),
    ],
)
def test_entry_points_that_lead_nowhere(objects, says, python, tmp_path):
    files = {"demo/cli.py": "def main(): pass\n", "space/part.py": ""}
    settings = 'packages = ["demo", "space"]\n'
    project = demo(tmp_path / "project", files=files, settings=settings, more=SCRIPTS.format(*objects))
    _, said = build(python, project, tmp_path / "out")
    if says:
        assert f"warning: {says}" in said, said
    else:
        assert "warning:" not in said, said


@pytest.mark.parametrize(
    "text, name, says",
    [
        ("from ._demo import lib\n", "_demo", "`demo/__init__.py` imports `demo._demo` (line 1)"),
        ("import os\nfrom . import _demo\n", "_demo", 'set `ext-package = "demo"`'),
        ("from demo import _demo\n", "_demo", "give it the name `demo._demo`"),
        ("import _demo\n", "_demo", None),
        ("from ._demo import lib\n", "demo._demo", None),
    ],
)
def test_a_module_outside_of_the_package_that_wants_it(text, name, says, python, tmp_path):
    files = {"demo/__init__.py": text, "build_demo.py": ADD.replace("demo._demo", name)}
    _, said = build(python, demo(tmp_path / "project", files=files), tmp_path / "out")
    assert (says or "Linked") in said and ("warning: " in said) == bool(says), said


def test_files_of_setuptools_that_do_not_count(python, tmp_path):
    setup = "from setuptools import setup\nsetup({})\n"
    files = {"setup.py": setup.format('cffi_modules=["build_demo.py:ffi"]'), "MANIFEST.in": "include *.h\n"}
    project = demo(tmp_path / "project", files=files)
    _, said = build(python, project, tmp_path / "out")
    assert "warning: `setup.py` names `cffi_modules`" in said, said
    (tmp_path / "sdist").mkdir()
    command = hook_command(python, tmp_path / "answer", "build_sdist", sdist_directory=str(tmp_path / "sdist"))
    assert "warning: `MANIFEST.in` has no effect here" in run(command, project).output
    (project / "setup.py").write_text(setup.format(""))
    _, said = build(python, project, tmp_path / "out")
    assert "warning: " not in said, said


@pytest.mark.parametrize(
    "more, warned",
    [
        ("ffi.compile()\n", True),
        ("ffi.compile(verbose=True, tmpdir='lib')\n", True),
        ("if True:\n    print(ffi.compile())\n", True),
        ('if __name__ == "__main__":\n    ffi.compile()\n', False),
    ],
)
def test_a_builder_that_compiles_by_itself(more, warned, python, tmp_path):
    project = demo(tmp_path / "project", files={"build_demo.py": ADD + more})
    before = snapshot(project)
    _, said = build(python, project, tmp_path / "out")
    assert ("a build does not run `compile()`" in said) == warned, said
    assert ("build_demo.py:" in said) == warned and snapshot(project) == before


@pytest.mark.parametrize(
    "script, tool, says",
    [
        ("build_demo.py", "", 'add `cffi_modules = ["build_demo.py:ffi"]`'),
        ("demo/_ffi_build.py", "[tool.officina]\n", "`demo/_ffi_build.py` makes the module `demo._demo`"),
        ("build_demo.py", "[tool.officina]\ncffi_modules = []\n", None),
        ("tests/build_demo.py", "", None),
        (
            "build_demo.py",
            '[[tool.officina.overrides]]\nif.platform = "windows"\ncffi_modules = ["build_demo.py:ffi"]\n',
            None,
        ),
    ],
)
def test_a_builder_that_no_entry_names(script, tool, says, python, tmp_path):
    files = {"pyproject.toml": f"{HEAD}\n{tool}", script: ADD, "demo/__init__.py": ""}
    project = make_project(tmp_path / "project", files)
    _, said = build(python, project, tmp_path / "out")
    if says:
        assert f"{says}" in said and "warning: " in said, said
    else:
        assert "warning:" not in said, said
