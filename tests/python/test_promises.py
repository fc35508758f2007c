"""What pyproject.toml promises and the wheel does not hold is said while it is built."""

from __future__ import annotations

import pytest
from building import build, hook_command, run
from projects import ADD, PROJECT, demo, make_project, snapshot
from refusals import refused

HEAD = '[build-system]\nrequires = ["officina"]\nbuild-backend = "officina"\n\n[project]\n' + PROJECT
SCRIPTS = '\n[project.scripts]\ndemo = "{}"\n\n[project.entry-points.plugins]\nmore = "{}"\n'


@pytest.mark.parametrize(
    "objects, says",
    [
        (("demo.cil:main", "demo"), "`demo` of `[project.scripts]` is `demo.cil:main`, and the wheel holds no module"),
        (("demo.cli:main", "demo.gone"), '`more` of `[project.entry-points."plugins"]` is `demo.gone`'),
        (("demo.cli:main", "demo._demo:lib"), None),
        (("demo:lib", "space.other"), None),
        (
            ("demo:main", "space.other"),
            "`demo` of `[project.scripts]` is `demo:main`, and `demo/__init__.py`",
        ),
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


FAILS = "`import demo` would fail: the wheel holds no module `demo._demo`"


@pytest.mark.parametrize(
    "text, name, says",
    [
        ("from ._demo import lib\n", "_demo", ["demo/__init__.py:1:1", 'set `ext-package = "demo"`']),
        ("import os\nfrom . import _demo\n", "_demo", ["demo/__init__.py:2:1"]),
        ("from demo import _demo\n", "_demo", ["give it the name `demo._demo`"]),
        ("import demo._demo\n", "dem._demo", ["the module that is built is `dem._demo`", "or import `dem._demo`"]),
        ("from ._demo import lib\n", "demo.sub._demo", ["or import `demo.sub._demo`"]),
    ],
)
def test_a_package_that_cannot_be_imported(text, name, says, python, tmp_path):
    files = {"demo/__init__.py": text, "build_demo.py": ADD.replace("demo._demo", name)}
    refused(python, demo(tmp_path / "project", files=files), tmp_path, FAILS, *says)


@pytest.mark.parametrize(
    "files, name, says",
    [
        ({"demo/__init__.py": "", "demo/cli.py": "from ._demo import lib\n"}, "_demo", 'set `ext-package = "demo"`'),
        ({"demo/__init__.py": "from ._dmeo import lib\n"}, "demo._demo", "import `demo._demo`, or give it the name"),
        ({"demo/__init__.py": "from . import _demos\n"}, "demo._demo", "imports `demo._demos` (line 1)"),
        ({"demo/__init__.py": "try:\n    from ._demo import lib\nexcept ImportError:\n    0\n"}, "_demo", "(line 2)"),
        ({"demo/__init__.py": "import _demo, sys\nsys.modules[0] = 1\nimport demo._demo\n"}, "_demo", None),
        ({"demo/__init__.py": "import _demo\n"}, "_demo", None),
        ({"demo/__init__.py": "from ._demo import lib\n"}, "demo._demo", None),
        ({"demo/__init__.py": "_demos = 1\nfrom . import _demos\n"}, "demo._demo", None),
        ({"demo/__init__.py": "try:\n    from ._demos import lib\nexcept ImportError:\n    0\n"}, "demo._demo", None),
        ({"demo/__init__.py": "from ._demos import x\n", "demo/_demos.py": "x = 1\n"}, "demo._demo", None),
        ({"demo/__init__.py": "from .b import _demo\n", "demo/b.py": "_demo = 1\n"}, "other._demo", None),
        ({"demo/__init__.py": "from other._demos import lib\n"}, "demo._demo", None),
    ],
)
def test_a_module_that_a_package_may_not_find(files, name, says, python, tmp_path):
    builder = {"build_demo.py": ADD.replace("demo._demo", name)}
    _, said = build(python, demo(tmp_path / "project", files={**files, **builder}), tmp_path / "out")
    assert (says or "Linked") in said and ("warning: " in said) == bool(says), said


@pytest.mark.parametrize(
    "file, name, free",
    [
        ("demo.py", "demo._demo", "_demo"),
        ("src/demo.py", "demo._demo", "_demo"),
        ("demo/part.py", "demo.part._demo", "demo._demo"),
        ("demo/part.py", "demo.part.deep._demo", "demo.deep._demo"),
    ],
)
def test_a_module_below_a_file_that_is_no_package(file, name, free, python, tmp_path):
    files = {file: "x = 1\n", "build_demo.py": ADD.replace("demo._demo", name)}
    files.update({"demo/__init__.py": ""} if file.startswith("demo/") else {})
    project = make_project(tmp_path / "project", files, modules=["build_demo.py:ffi"])
    says = f"the module `{name}` collides with the source file `{file}`"
    package = f"{file[:-3]}/__init__.py"
    refused(python, project, tmp_path, says, f"name the module `{free}`", f"rename `{file}` to `{package}`")
    (project / file).write_text("__path__ = []\n")
    _, said = build(python, project, tmp_path / "out")
    assert "Linked" in said


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
