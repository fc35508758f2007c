"""What a builder reads is recorded, whichever way it reads."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from building import run
from interpreters import INTERPRETERS

PACKAGE = Path(__file__).resolve().parents[2] / "build_backend" / "officina"

BUILDER = """\
import glob, os, pathlib, subprocess, sys
import helper
from cffi import FFI

pathlib.Path("read.txt").read_text()
open("data/opened.txt", "rb").close()
os.close(os.open("low.txt", os.O_RDONLY))
try:
    open("missing.txt")
except OSError:
    pass
glob.glob("globbed/*.c")
os.listdir("listed")
list(os.walk("walked"))
pathlib.Path("written.txt").write_text("own")
pathlib.Path("written.txt").read_text()
with open("new.part", "w"):
    pass
os.replace("new.part", "renamed.txt")
open("renamed.txt").close()
os.system("echo made > made.txt")
open("made.txt").close()
os.environ.get("ASKED"), os.getenv("NOT_SET"), os.environ["HOME"], "ASKED_IF" in os.environ
os.environ["OWN"] = "1"
os.environ["OWN"]
subprocess.run([sys.executable, "-c", "pass", "one"], check=True)
ffi = FFI()
ffi.cdef("int x;")
ffi.set_source("m", "int x;")
"""

FILES = {
    "read.txt": "",
    "data/opened.txt": "",
    "low.txt": "",
    "globbed/a.c": "",
    "listed/b": "",
    "walked/deep/c": "",
    "helper.py": "import package.inner\n",
    "package/__init__.py": "",
    "package/inner.py": "",
    "unread.txt": "",
}


def recorded(python: Path, folder: Path, builder: str, env: dict[str, str] | None = None) -> dict:
    command, root = prepared(python, folder, builder)
    done = run(command, root, env)
    assert done.code == 0, done.output
    return answered(folder)


def answered(folder: Path) -> dict:
    return json.loads((folder / "control/modules.json").read_text())["done"]["inputs"]


def prepared(python: Path, folder: Path, builder: str) -> tuple[list[Path | str], Path]:
    """The command that runs a builder, and the project root."""
    root, control = folder / "root", folder / "control"
    for name, text in {**FILES, "make.py": builder}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    control.mkdir(parents=True)
    (root / "out").mkdir()
    question = {
        "protocol": 5,
        "root": str(root),
        "script": "make.py",
        "objects": ["ffi"],
        "sys_path": [],
        "paths": [str(root)],
        "output": str(root / "out"),
        "kept": str(root.parent / "kept"),
        "is_cross": False,
    }
    (control / "builder.json").write_text(json.dumps(question))
    return [python, "-u", "-B", PACKAGE / "_run_builder.py", control], root


def inside(root: Path, paths: list[str]) -> set[str]:
    return {Path(path).relative_to(root).as_posix() for path in paths if Path(path).is_relative_to(root)}


KINDS = [pytest.param(path, id=name) for name, path in INTERPRETERS.items() if path]


@pytest.mark.interpreters
@pytest.mark.parametrize("interpreter", KINDS)
def test_every_way_of_reading_is_heard(interpreter, build_env, tmp_path):
    inputs = recorded(build_env(interpreter), tmp_path, BUILDER, {"ASKED": "yes", "ASKED_IF": ""})
    root = tmp_path / "root"
    assert inside(root, inputs["files"]) == {
        "make.py",
        "helper.py",
        "package/__init__.py",
        "package/inner.py",
        "read.txt",
        "data/opened.txt",
        "low.txt",
        "missing.txt",
    }
    assert inside(root, inputs["folders"]) == {"globbed", "listed", "walked", "walked/deep"}
    assert inside(root, inputs["written"]) - {"new.part"} == {"written.txt", "renamed.txt", "made.txt"}
    asked = inputs["environment"]
    assert {"ASKED", "ASKED_IF", "NOT_SET", "HOME"} <= set(asked) and "OWN" not in asked
    assert inputs["whole_environment"] is False
    assert ["-c", "pass", "one"] in [program[1:] for program in inputs["programs"]]
    assert ["echo made > made.txt"] in inputs["programs"]
    if "pypy" not in interpreter:  # whose own library holds cffi
        assert any(Path(path).name == "recompiler.py" for path in inputs["files"])
    assert not any("/json/" in path or Path(path).name in ("os.py", "glob.py") for path in inputs["files"])


def test_the_whole_environment_is_not_each_variable(python, tmp_path):
    builder = BUILDER.replace("import helper\n", 'dict(os.environ, X="1")\nos.environ.copy()\n')
    inputs = recorded(python, tmp_path, builder, {"ASKED": "yes", "NOBODY": "1"})
    assert inputs["whole_environment"] is True
    assert "NOBODY" not in inputs["environment"] and "ASKED" in inputs["environment"]


def test_bytecode_stands_for_its_source(python, tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "helper.py").write_text("import package.inner\n")
    run([python, "-m", "py_compile", "helper.py"], tmp_path / "root")
    (tmp_path / "root" / "helper.py").touch()
    inputs = recorded(python, tmp_path, BUILDER)
    assert "helper.py" in inside(tmp_path / "root", inputs["files"])
    assert not any("__pycache__" in path for path in inputs["files"])


def test_the_environment_still_works(python, tmp_path):
    checks = """\
assert os.environb[b"ASKED"] == b"yes" and os.environ.pop("ASKED") == "yes"
os.environ["NEW"] = "1"
assert os.environb[b"NEW"] == b"1" and "ASKED" not in os.environ and len(os.environ) > 1
assert subprocess.check_output(["sh", "-c", "echo $NEW"]) == b"1\\n"
assert sorted(os.environ) == sorted(dict(os.environ)) == sorted(os.environ.keys())
"""
    recorded(python, tmp_path, BUILDER.replace("import helper\n", checks), {"ASKED": "yes"})


def test_an_edit_while_the_builder_runs_does_not_make_it_the_builders_own(python, tmp_path):
    edit = "subprocess.run(['sh', '-c', 'echo >> make.py; echo >> helper.py'], check=True)\n"
    inputs = recorded(python, tmp_path, BUILDER.replace("import helper\n", f"import helper\n{edit}"))
    assert {"make.py", "helper.py"} <= inside(tmp_path / "root", inputs["files"])
    without_programs = "open('read.txt').close(); os.utime('read.txt')\nimport cffi\nffi = cffi.FFI()\n"
    without_programs = f"import os\n{without_programs}ffi.cdef('int x;')\nffi.set_source('m', '')\n"
    inputs = recorded(python, tmp_path / "other", without_programs)
    assert "read.txt" in inside(tmp_path / "other/root", inputs["files"])


# What a builder does, and what somebody else does to the same before the builder ends.
MEANWHILE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a file comes into a folder": ("os.listdir('listed')", lambda root: (root / "listed/c").touch(), "listed"),
    "a file goes from a folder": ("os.listdir('listed')", lambda root: (root / "listed/b").unlink(), "listed"),
    "a folder is another": ("glob.glob('listed/*')", lambda root: swap(root / "listed", root / "walked"), "listed"),
    "a file is gone": ("open('read.txt').read()", lambda root: (root / "read.txt").unlink(), "read.txt"),
    "a file is another": (
        "open('read.txt').read()",
        lambda root: swap(root / "read.txt", root / "low.txt"),
        "read.txt",
    ),
    "its parent is another": (
        "open('data/opened.txt').read()",
        lambda root: (swap(root / "data", root / "listed"), (root / "data/opened.txt").touch()),
        "data/opened.txt",
    ),
    "a link leads elsewhere": ("open('link').read()", lambda root: relink(root / "link", "low.txt"), "link"),
    "a link that is asked for": ("os.path.isfile('link')", lambda root: relink(root / "link", "low.txt"), "link"),
    "a name comes up": ("os.path.exists('missing')", lambda root: (root / "missing").touch(), "missing"),
    "a file comes up": (
        "try: open('missing')\nexcept OSError: pass",
        lambda root: (root / "missing").write_text("1"),
        "missing",
    ),
    "a time is another": ("os.stat('read.txt')", lambda root: os.utime(root / "read.txt", (1, 1)), "read.txt"),
}


def swap(one: Path, other: Path) -> None:
    one.rename(one.with_name("aside"))
    other.rename(one)


def relink(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


@pytest.mark.parametrize("name", [*MEANWHILE])
def test_what_changed_while_the_builder_ran_is_told(name, python, tmp_path):
    code, change, expected = MEANWHILE[name]
    builder = f"""\
import glob, os, sys
from cffi import FFI

{code}
print("ready")
sys.stdin.readline()
ffi = FFI()
ffi.set_source("m", None)
"""
    command, root = prepared(python, tmp_path, builder)
    (root / "link").symlink_to("read.txt")
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        change(root)
        process.communicate(b"\n")
    assert process.returncode == 0
    assert inside(root, answered(tmp_path)["changed"]) == {expected}
