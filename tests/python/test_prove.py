"""`officina compare` grades the differences of two products; `officina migrate --prove` builds both and compares."""

from __future__ import annotations

import io
import json
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import setuptools_projects
from building import Outcome, run
from projects import snapshot

BUILDER = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int add(int, int);")
ffi.set_source("demo._demo", "static int add(int a, int b) { return a + b; }")
"""

# As poetry's own documentation has it: the modules are built in place, and packed with the package.
SCRIPT = """\
import os
from demo_build import ffi

os.chdir("src")
ffi.compile()
"""

WHO = """\
import os
import sys

WHO = f"/* {os.path.basename(sys.argv[0]) == 'build.py'} */ "
ffi = FFI()
"""

POETRY = """\
[build-system]
requires = ["poetry-core", "setuptools", "cffi"]
build-backend = "poetry.core.masonry.api"

[tool.poetry]
name = "Demo-App"
version = "1.0"
description = "Adds"
authors = ["Ann Lee <ann@example.org>"]
license = "MIT"
readme = "README.md"
homepage = "https://example.org"
keywords = ["one", "two"]
packages = [{ include = "demo", from = "src" }]
include = [{ path = "src/demo/*.so", format = "wheel" }]

[tool.poetry.build]
script = "build.py"

[tool.poetry.dependencies]
python = "^3.9"
cffi = "^1.15.1"
attrs = ">=20"
click = { version = "~8.1", optional = true, python = "<3.12" }

[tool.poetry.extras]
cli = ["click"]

[tool.poetry.scripts]
demo = "demo:main"

[tool.other]
kept = true
"""

PROJECT = {
    "pyproject.toml": POETRY,
    "build.py": SCRIPT,
    "demo_build.py": BUILDER,
    "src/demo/__init__.py": "from demo._demo import lib\n\n\ndef main():\n    print(lib.add(2, 3))\n",
    "README.md": "# Demo\n",
    "LICENSE": "MIT\n",
}


@pytest.fixture
def python(officina_wheel) -> Path:
    return setuptools_projects.env("newest", officina_wheel, "poetry-core")


@pytest.fixture
def officina(python) -> Callable[..., Outcome]:
    def call(directory: Path, *words: object, env: Mapping[str, str] | None = None) -> Outcome:
        return run([python.parent / "officina", *words], directory, env)

    return call


def poetry_project(folder: Path, **changes: str) -> Path:
    """The project; a change is a text of a file, by its name with `_` for what no name may hold."""
    files = {**PROJECT, **{name.replace("__", "/").replace("_dot_", "."): text for name, text in changes.items()}}
    return setuptools_projects.write(folder, files)


def proof(done: Outcome) -> dict[str, dict[str, list]]:
    """Grade -> subject -> words, for the wheel and for the sdist, out of the JSON."""
    found = {}
    for comparison in json.loads(done.stdout)["proof"]:
        kind = "wheel" if comparison["new"].endswith(".whl") else "sdist"
        grades = found.setdefault(kind, {"lost": {}, "better": {}, "benign": {}})
        for difference in comparison["differences"]:
            grades[difference["grade"]].setdefault(difference["subject"], []).append(difference["words"])
    return found


def wheel(path: Path, files: Mapping[str, str], fields: str = "") -> Path:
    info = "demo-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n{fields}"
    all_files = {**files, f"{info}/METADATA": metadata, f"{info}/WHEEL": "Wheel-Version: 1.0\n"}
    record = "".join(f"{name},,\n" for name in all_files) + f"{info}/RECORD,,\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**all_files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


def sdist(path: Path, files: Mapping[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {"PKG-INFO": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n", **files}.items():
            entry = tarfile.TarInfo(f"demo-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


ANY = "demo-1.0-py3-none-any.whl"


def test_two_wheels_are_compared_and_a_loss_is_exit_code_1(officina, tmp_path):
    old = wheel(tmp_path / "old" / ANY, {"demo/__init__.py": "", "demo/data.txt": "x"}, "Home-page: https://x\n")
    new = wheel(tmp_path / "new" / ANY, {"demo/__init__.py": ""}, "Project-URL: Homepage, https://x\n")
    done = officina(tmp_path, "compare", old, new)
    assert done.code == 1 and "error: one thing is lost in the new build" in done.output
    assert "  lost\n    demo/data.txt: is gone" in done.stdout
    assert "      hint: name the file that becomes `demo/data.txt` in `include` of `[tool.officina]`\n" in done.stdout
    assert "  benign\n    Home-page: `https://x` is the `Project-URL` named Homepage\n" in done.stdout
    back = officina(tmp_path, "compare", new, old)
    assert back.code == 0 and "demo/data.txt: is new" in back.stdout
    same = officina(tmp_path, "compare", old, old, "--format", "json")
    assert same.code == 0 and json.loads(same.stdout) == {"old": ANY, "new": ANY, "differences": []}


def test_two_sdists_are_compared(officina, tmp_path):
    old = sdist(tmp_path / "old" / "demo-1.0.tar.gz", {"setup.py": "x", "a.py": "x", "demo.egg-info/SOURCES.txt": ""})
    new = sdist(tmp_path / "new" / "demo-1.0.tar.gz", {"b.py": "x"})
    done = officina(tmp_path, "compare", old, new, "--format", "json")
    grades = {found["subject"]: found["grade"] for found in json.loads(done.stdout)["differences"]}
    assert grades == {"a.py": "lost", "b.py": "benign", "demo.egg-info": "benign", "setup.py": "benign"}
    assert done.code == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wheel", "sdist", "a wheel cannot be compared with an sdist"),
        ("wheel", "absent.whl", "cannot read"),
        ("wheel", "text.whl", "cannot read"),
        ("text.tar.gz", "text.tar.gz", "cannot read"),
        ("text.txt", "text.txt", "is no wheel and no sdist"),
    ],
)
def test_what_is_no_pair_is_refused(officina, tmp_path, old, new, said):
    made = {"wheel": wheel(tmp_path / ANY, {}), "sdist": sdist(tmp_path / "demo-1.0.tar.gz", {})}
    for name in ("text.whl", "text.tar.gz", "text.txt"):
        (tmp_path / name).write_text("no archive")
    done = officina(tmp_path, "compare", made.get(old, tmp_path / old), made.get(new, tmp_path / new))
    assert done.code == 1 and f"error: {said}" in done.output.replace(f"`{tmp_path / 'text.txt'}` ", ""), done.output


def test_a_project_that_moved_well_has_lost_nothing(officina, tmp_path):
    project = poetry_project(tmp_path / "demo")
    before = snapshot(project)
    done = officina(project, "migrate", "--prove", "--format", "json")
    assert done.code == 0, done.output
    note = "note: this runs the builders of the project, in two copies of the tree: with `poetry.core.masonry.api`"
    assert note in done.output
    assert snapshot(project) == before, "the tree is as it was"
    found = proof(done)
    assert found["wheel"]["lost"] == {} and found["sdist"]["lost"] == {}, done.stdout
    assert "every CPython from 3.9 on" in found["wheel"]["better"]["tag"][0]
    assert "demo_build.py" in found["sdist"]["benign"], "poetry left the builder out of its sdist"
    text = json.loads(done.stdout)["changes"][0]["after"]
    assert 'dependencies = ["cffi>=1.15.1,<2", "attrs>=20"]' in text
    assert "[tool.other]\nkept = true" in text and "tool.poetry" not in text


def test_what_is_lost_is_named(officina, tmp_path):
    project = poetry_project(
        tmp_path / "demo",
        # A file that the script writes into the package, and nobody else does.
        build_dot_py=SCRIPT + "open('demo/made.txt', 'w').write('x')\n",
        # A dependency that has no form in PEP 440.
        pyproject_dot_toml=POETRY.replace('attrs = ">=20"', 'attrs = "^20 || ^23"'),
        # What the builder is told depends on who runs it.
        demo_build_dot_py=BUILDER.replace('"static', 'WHO + "static', 1).replace("ffi = FFI()\n", WHO, 1),
    )
    done = officina(project, "migrate", "--prove", "--format", "json")
    assert done.code == 1 and "lost in the new build" in done.output
    found = proof(done)
    lost = {subject: words[0] for subject, words in found["wheel"]["lost"].items()}
    assert lost == {
        "demo/made.txt": "is gone: `exclude` names it, or something else made it",
        "Requires-Dist": "`attrs (>=20,<21 || >=23,<24)` is gone",
        "_demo.c": "cffi writes other C for it",
    }
    assert set(found["sdist"]["lost"]) == {"Requires-Dist"}


SETUP = """\
from setuptools import setup
from setuptools.command.build_py import build_py


class Build(build_py):
    def run(self):
        super().run()
        with open(f"{self.build_lib}/demo/made.txt", "w") as file:
            file.write("made")


setup(
    name="demo", version="1.0", packages=["demo"], package_dir={"": "src"}, python_requires=">=3.9", url="https://x.org",
    author="Ann", author_email="ann@x.org", license="MIT", keywords="one two", install_requires=["cffi>=1.0"],
    entry_points={"console_scripts": ["demo=demo:main"]}, package_data={"demo": ["*.txt"]},
    cffi_modules=["build_demo.py:ffi"],
    CMDCLASS
)
"""


@pytest.mark.parametrize(
    ("command_class", "lost"), [("", []), ('cmdclass={"build_py": Build},', ["demo/made.txt"])], ids=["moves", "loses"]
)
def test_a_project_of_setuptools(officina, tmp_path, command_class, lost):
    files = {
        "src/demo/data.txt": "x\n",
        "LICENSE": "MIT\n",
        "MANIFEST.in": "include build_demo.py LICENSE\nrecursive-include csrc *\n",
    }
    setup = SETUP.replace("CMDCLASS", command_class)
    project = setuptools_projects.classic(tmp_path / "demo", setup, files)
    system = setuptools_projects.SYSTEM.replace('"officina"', '"cffi"')
    (project / "pyproject.toml").write_text(system)
    before = snapshot(project)
    done = officina(project, "migrate", "--prove", "--format", "json")
    assert snapshot(project) == before
    found = proof(done)
    assert sorted(found["wheel"]["lost"]) == lost and found["sdist"]["lost"] == {}, found
    assert done.code == bool(lost), done.output
    assert {"tag", "License"} <= set(found["wheel"]["better"])
    assert {"Home-page", ".dist-info/top_level.txt"} <= set(found["wheel"]["benign"])
    assert {"setup.py", "src/demo.egg-info"} <= set(found["sdist"]["benign"])


def test_a_loss_stops_the_write(officina, tmp_path):
    lossy = poetry_project(tmp_path / "lossy", LICENSE="MIT\n", build_dot_py=SCRIPT + "open('demo/made.txt', 'w')\n")
    before = snapshot(lossy)
    done = officina(lossy, "migrate", "--prove", "--write")
    assert done.code == 1 and "demo/made.txt: is gone" in done.output
    assert snapshot(lossy) == before
    good = poetry_project(tmp_path / "good")
    done = officina(good, "migrate", "--prove", "--write")
    assert done.code == 0, done.output
    assert 'build-backend = "officina"' in (good / "pyproject.toml").read_text()
    again = officina(good, "migrate", "--prove")
    assert again.code == 1 and "Officina builds this project already" in again.output


def test_an_old_build_that_fails_is_shown_whole(officina, tmp_path):
    project = poetry_project(
        tmp_path / "demo", build_dot_py="print('at the start')\nraise SystemExit('no such thing')\n"
    )
    done = officina(project, "migrate", "--prove")
    assert done.code == 1
    assert (
        "error: the old build fails: `build_wheel` of `poetry.core.masonry.api` ended with exit code 1" in done.output
    )
    assert "at the start" in done.output and "no such thing" in done.output


def test_what_the_old_build_needs_is_named_and_installed_only_when_told(officina, python, tmp_path):
    text = POETRY.replace('"cffi"]', '"cffi", "filelock"]')
    project = poetry_project(
        tmp_path / "demo", pyproject_dot_toml=text, demo_build_dot_py="import filelock\n" + BUILDER
    )
    done = officina(project, "migrate", "--prove")
    assert done.code == 1
    assert "the old build needs `filelock`, which this Python lacks" in done.output
    assert 'python -m pip install "filelock"' in done.output and "--install" in done.output
    import wheelhouse

    wheelhouse.fill(sys.executable, "filelock", "poetry-core", "setuptools", "cffi")
    done = officina(project, "migrate", "--prove", "--install", "--format", "json")
    assert done.code == 0, done.output
    assert proof(done)["wheel"]["lost"] == {}
    assert run([python, "-c", "import filelock"], tmp_path).code == 1, "it went into an environment of its own"
