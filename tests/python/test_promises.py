"""What pyproject.toml promises and the wheel does not hold is said while it is built."""

from __future__ import annotations

import pytest
from building import build
from projects import ADD, PROJECT, demo, make_project

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
