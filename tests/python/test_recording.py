"""What a builder reads is recorded, whichever way it reads."""

from __future__ import annotations

import json
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
    root, control = folder / "root", folder / "control"
    for name, text in {**FILES, "make.py": builder}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    control.mkdir(parents=True)
    (root / "out").mkdir()
    question = {
        "protocol": 4,
        "root": str(root),
        "script": "make.py",
        "objects": ["ffi"],
        "sys_path": [],
        "paths": [str(root)],
        "output": str(root / "out"),
    }
    (control / "builder.json").write_text(json.dumps(question))
    done = run([python, "-u", "-B", PACKAGE / "_run_builder.py", control], root, env)
    assert done.code == 0, done.output
    return json.loads((control / "modules.json").read_text())["done"]["inputs"]


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
    assert (asked["ASKED"], asked["ASKED_IF"], asked["NOT_SET"]) == ("yes", "", None)
    assert "HOME" in asked and "OWN" not in asked
    assert inputs["whole_environment"] is False
    assert ["-c", "pass", "one"] in [program[1:] for program in inputs["programs"]]
    assert ["echo made > made.txt"] in inputs["programs"]
    if "pypy" not in interpreter:  # whose own library holds cffi
        assert any(Path(path).name == "recompiler.py" for path in inputs["files"])
    assert not any(Path(path).name in ("os.py", "json", "glob.py") for path in inputs["files"])


def test_the_whole_environment_is_not_each_variable(python, tmp_path):
    builder = BUILDER.replace("import helper\n", 'dict(os.environ, X="1")\nos.environ.copy()\n')
    inputs = recorded(python, tmp_path, builder, {"ASKED": "yes", "NOBODY": "1"})
    assert inputs["whole_environment"] is True
    assert "NOBODY" not in inputs["environment"] and inputs["environment"]["ASKED"] == "yes"


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
