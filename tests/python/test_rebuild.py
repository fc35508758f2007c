"""Editable installs that rebuild on import: every edit is seen, nothing is built for nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from building import run
from interpreters import THIS, each
from mounts import mounting, mounts_work
from projects import PROJECT, make_project, snapshot
from sites import EditableProject, Site

# Says how often it ran, reads data, lists a folder, and has C with a header two includes deep.
BUILDER = """\
import os, pathlib
from cffi import FFI

with open(os.environ["BUILDS_LOG"], "a") as log:
    log.write("x")
ffi = FFI()
ffi.cdef("int answer(void); int data(void); int files(void);")
ffi.set_source(
    "demo._demo",
    '#include "answer.h"\\n'
    f"static int data(void) {{ return {pathlib.Path('data.txt').read_text()}; }}"
    f"static int files(void) {{ return {len(os.listdir('listed'))}; }}",
    sources=["c/answer.c"],
    include_dirs=["c"],
)
abi = FFI()
abi.cdef("enum { KIND = 1 };")
abi.set_source("demo._abi", None)
bare = FFI()
bare.cdef("#define SIZE 1")
bare.set_source("_bare", "#define SIZE 1")
"""

FILES = {
    "make.py": BUILDER,
    "src/demo/__init__.py": "from demo._demo import lib\n",
    "c/answer.c": '#include "answer.h"\nint answer(void) { return ANSWER + 0; }\n',
    "c/answer.h": '#include "deep.h"\nint answer(void);\n',
    "c/deep.h": "#define ANSWER 1\n",
    "data.txt": "1",
    "listed/one": "",
}

SHOWN = "from demo import lib; import demo._abi, _bare; " + (
    "print(lib.answer(), lib.data(), lib.files(), demo._abi.ffi.dlopen(None).KIND, _bare.lib.SIZE)"
)


class Install(EditableProject):
    """The project above, and an environment that it is installed into."""

    shown = SHOWN

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.root = make_project(
            folder / "the project",
            FILES,
            modules=["make.py:ffi", "make.py:abi", "make.py:bare"],
            settings="editable.rebuild = true\n",
            project=PROJECT.replace('"cffi"', "\"cffi; platform_python_implementation != 'PyPy'\""),
        )
        self.log = folder / "builds"
        self.env = {"BUILDS_LOG": str(self.log)}
        self.site = Site(folder / "site", python)
        self.empty = set(self.site.packages.iterdir())

    def pip(self, *more: str) -> Install:
        self.site.pip("install", *more, "-e", self.root, env=self.env)
        return self

    def uv(self, *more: str) -> Install:
        """As `pip`, in a quarter of the time."""
        self.site.uv("install", *more, "-e", self.root, env=self.env)
        return self

    @property
    def builds(self) -> int:
        return len(self.log.read_text())

    def left(self) -> set[str]:
        """What is there of ours and was not there before the install."""
        names = {path.name for path in set(self.site.packages.iterdir()) - self.empty}
        return {name for name in names if "cffi" not in name and "pycparser" not in name and name != "__pycache__"}


@pytest.fixture
def install(tmp_path):
    return Install(tmp_path)


def edits(install: Install) -> None:
    """Makes every kind of edit and sees it in the next process."""
    assert install.says() == "1 1 1 1 1"
    before = install.builds
    install.edit("c/answer.c", "+ 0", "+ 1")
    assert install.says() == "2 1 1 1 1"
    install.edit("c/deep.h", "1", "4")
    assert install.says() == "5 1 1 1 1"
    install.edit("data.txt", "1", "7")
    assert install.says() == "5 7 1 1 1"
    (install.root / "listed/two").touch()
    assert install.says() == "5 7 2 1 1"
    install.edit("make.py", "KIND = 1", "KIND = 8")
    assert install.says() == "5 7 2 8 1"
    install.edit("make.py", "#define SIZE 1", "#define SIZE 9")
    assert install.says() == "5 7 2 8 9"
    assert install.builds == before + 4  # for what is its business, not for C
    assert install.says() == "5 7 2 8 9"
    assert install.builds == before + 4


@pytest.mark.parametrize("installer", ["pip", "pip --no-build-isolation", "uv"])
def test_every_edit_is_seen_and_an_uninstall_leaves_nothing(installer, install, officina_wheel):
    before = snapshot(install.root)
    if installer == "uv":
        install.uv()
    elif installer == "pip":
        install.pip()
    else:
        install.site.pip("install", "cffi", "setuptools", officina_wheel)
        install.empty = set(install.site.packages.iterdir())
        install.pip("--no-build-isolation")
    edits(install)
    changed = {path for path, entry in snapshot(install.root).items() if before.get(path) != entry}
    assert {path for path in changed if "__pycache__" not in path} == {
        "c/answer.c",
        "c/deep.h",
        "data.txt",
        "listed/two",
        "make.py",
    }
    if installer == "uv":
        install.site.uv("uninstall", "demo")
    else:
        install.site.pip("uninstall", "-y", "demo")
    assert install.left() == set()


@pytest.mark.interpreters
@pytest.mark.parametrize("interpreter", each(but=THIS))
def test_every_edit_is_seen_by_other_interpreters(interpreter, tmp_path):
    install = Install(tmp_path, interpreter).uv()
    edits(install)
    install.site.pip("uninstall", "-y", "demo")
    assert install.left() == set()


def test_a_touched_file_is_no_change(install):
    install.uv()
    assert install.says() == "1 1 1 1 1"
    os.utime(install.root / "c/deep.h")
    os.utime(install.root / "listed")
    assert install.says() == "1 1 1 1 1"
    assert install.builds == 1
    inputs = next(install.site.packages.glob("_officina_rebuild_demo/inputs"))
    found = (install.root / "c/deep.h").stat()
    assert f"f {found.st_mtime_ns} {found.st_size} " in inputs.read_text()


def test_no_rebuild_unless_it_is_wanted(install):
    install.uv("--config-setting", "editable-rebuild=false")
    install.edit("data.txt", "1", "7")
    assert install.says() == "1 1 1 1 1"
    assert not list(install.site.packages.glob("_officina_rebuild_demo"))
    install.uv("--config-setting", "editable-rebuild=true")
    install.edit("data.txt", "7", "8")
    assert install.says(env={"OFFICINA_EDITABLE_REBUILD": "false"}) == "1 7 1 1 1"
    assert install.says() == "1 8 1 1 1"


def test_what_was_said_at_the_install_is_said_again(install):
    install.edit("c/answer.c", "+ 0", "+ EXTRA + MORE")
    install.env["CFLAGS"] = "-O1 -DMORE=100"
    install.uv("--config-setting", "define-macros=EXTRA=10")
    del install.env["CFLAGS"]
    install.edit("data.txt", "1", "7")
    assert install.says(env={"CPPFLAGS": "-DANSWER=5"}) == "111 7 1 1 1"


def test_a_rebuild_tells_where_its_time_went(install):
    told = install.root / "build/officina/timings.json"
    install.uv("--config-setting", "timings=true")
    assert "pack" in {step["kind"] for step in json.loads(told.read_text())["steps"]}
    install.edit("c/answer.c", "+ 0", "+ 1")
    outcome = install.runs()
    assert outcome.stdout.strip() == "2 1 1 1 1" and f"Timings in {told.with_suffix('.html')}" in outcome.output
    ran = [step["name"] for step in json.loads(told.read_text())["steps"] if step["kind"] == "compile"]
    assert "demo._demo: c/answer.c" in ran


def test_a_failing_rebuild_tells_why_and_the_next_import_tries_again(install):
    install.uv()
    install.edit("c/answer.c", "+ 0", "+ ;")
    outcome = install.runs("import demo")
    assert outcome.code == 1
    why = "compiling `c/answer.c` for `demo._demo` failed"
    assert "c/answer.c:2" in outcome.output and f"error: {why}" in outcome.output
    last = outcome.output.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: `demo._demo` cannot be rebuilt: {why}")
    assert f"python -m pip install -e '{install.root}'" in last
    assert install.runs("import demo").code == 1
    again = """\
import pathlib
try:
    import demo
except ImportError:
    pass
file = pathlib.Path(ROOT) / "c/answer.c"
file.write_text(file.read_text().replace("+ ;", "+ 5"))
import demo
print(demo.lib.answer())
"""
    assert install.says(again.replace("ROOT", repr(str(install.root)))) == "6"


def test_a_source_that_is_gone_is_named(install):
    install.uv()
    (install.root / "c/answer.c").unlink()
    outcome = install.runs("import demo")
    assert outcome.code == 1
    assert "error: no file `c/answer.c`, a source of `demo._demo`" in outcome.output
    assert "ImportError: `demo._demo` cannot be rebuilt: no file `c/answer.c`" in outcome.output


def test_a_project_that_is_gone(install):
    install.uv()
    install.root.rename(install.root.with_name("elsewhere"))
    outcome = install.runs("import _bare")
    assert outcome.code == 1
    assert "ImportError: `_bare` cannot be rebuilt: cannot read" in outcome.output
    assert "if the project is no longer there" in outcome.output


def test_other_modules_need_another_install(install):
    install.uv()
    install.edit("make.py", '"demo._abi"', '"demo._other"')
    outcome = install.runs("import demo")
    assert outcome.code == 1
    assert "error: the project makes other modules than those that were installed" in outcome.output
    assert "note: new: `demo/_other.py`" in outcome.output and "note: gone: `demo/_abi.py`" in outcome.output
    assert "hint: install it again: python -m pip install -e " in outcome.output
    assert "ImportError: `demo._demo` cannot be rebuilt: the project makes other modules" in outcome.output
    install.uv()
    assert install.says("import demo, demo._other; print(demo.lib.answer())") == "1"


def test_other_metadata_is_a_warning(install):
    install.uv()
    install.edit("pyproject.toml", 'version = "1.0"', 'version = "2.0"')
    outcome = install.runs()
    assert outcome.code == 0 and outcome.stdout.strip() == "1 1 1 1 1"
    assert "warning: the metadata or the files of `demo` are not those that were installed" in outcome.output


def test_a_build_requirement_that_is_not_here(install, tmp_path):
    install.edit("make.py", "from cffi", "import needed\nfrom cffi")
    needed = make_project(tmp_path / "needed", {"needed.py": ""}, project='name = "needed"\nversion = "1"\n')
    install.edit("pyproject.toml", '["officina"]', f'["officina", "needed @ {needed.as_uri()}"]')
    install.uv()
    install.edit("data.txt", "1", "7")
    outcome = install.runs("import demo")
    assert outcome.code == 1
    assert "ImportError: `demo._demo` cannot be rebuilt: the builder `make.py` failed: ModuleNotFoundError" in (
        outcome.output
    )
    assert "install it into this environment, where editable modules are rebuilt" in outcome.output
    assert "hint: or let its frontend install it for a build: python -m pip install -e " in outcome.output


@pytest.mark.skipif(not mounts_work(), reason="this user may not mount")
def test_who_may_not_write_imports_as_long_as_nothing_changed(install):
    install.uv()
    os.utime(install.root / "c/deep.h")
    packages = install.site.packages
    mount = f"mount --bind '{packages}' '{packages}'; mount -o remount,ro,bind '{packages}'"
    command = mounting(mount, [install.site.python, "-B", "-c", SHOWN])
    outcome = run(command, packages, install.env)
    assert (outcome.code, outcome.stdout.strip()) == (0, "1 1 1 1 1"), outcome.output
    install.edit("c/deep.h", "1", "2")
    outcome = run(command, packages, install.env)
    assert outcome.code == 1
    assert "ImportError: `demo._demo` cannot be rebuilt: cannot write" in outcome.output


@pytest.mark.parametrize("text", ["no such lines\n", "f x 1 - /\n", "m\n"])
def test_inputs_that_make_no_sense_are_written_anew(text, install):
    install.uv()
    [inputs] = install.site.packages.glob("_officina_rebuild_demo/inputs")
    inputs.write_text(text)
    assert install.says() == "1 1 1 1 1"
    assert "make.py" in inputs.read_text()
    assert (install.says(), install.builds) == ("1 1 1 1 1", 1)


def test_processes_that_import_at_once_build_once(install):
    install.uv()
    before = install.builds
    install.edit("data.txt", "1", "3")
    command = [str(install.site.python), "-c", SHOWN]
    keywords = {"env": {**os.environ, **install.env}, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, cwd=install.site.packages, **keywords) for _ in range(4)]
    answers = [process.communicate(timeout=300) for process in processes]
    assert [out.decode().strip() for out, _ in answers] == ["1 3 1 1 1"] * 4, answers
    assert install.builds == before + 1


def test_threads_that_import_at_once_build_once(install):
    install.uv()
    before = install.builds
    install.edit("data.txt", "1", "3")
    code = """\
import importlib, threading
names = ["demo._demo", "demo._abi", "_bare", "demo"]
threads = [threading.Thread(target=importlib.import_module, args=[name]) for name in names]
[thread.start() for thread in threads], [thread.join() for thread in threads]
"""
    assert install.says(code + SHOWN) == "1 3 1 1 1"
    assert install.builds == before + 1


@pytest.mark.parametrize("victim", ["importing process", "executable"])
def test_a_rebuild_that_is_killed_leaves_the_install_whole(victim, install):
    install.uv()
    gate = install.log.with_name("gate")
    install.edit("make.py", "ffi = FFI()\n", f"while os.path.exists({str(gate)!r}): pass\nffi = FFI()\n")
    gate.touch()
    before = install.builds
    command = [str(install.site.python), "-c", "import demo"]
    process = subprocess.Popen(command, cwd=install.site.packages, env={**os.environ, **install.env})
    while install.builds == before:
        assert process.poll() is None, "it ended before it built"
        time.sleep(0.01)
    if victim == "importing process":
        process.kill()
    else:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
    process.wait(timeout=60)
    gate.unlink()
    install.edit("c/deep.h", "1", "3")
    assert install.says() == "3 1 1 1 1"
    install.site.pip("uninstall", "-y", "demo")
    assert install.left() == set()


def test_a_builder_that_imports_its_own_package_does_not_rebuild_it(install):
    install.uv()
    before = install.builds
    install.edit("make.py", "ffi = FFI()\n", "import demo\nassert demo.lib.data() == 1\nffi = FFI()\n")
    install.edit("data.txt", "1", "7")
    assert install.says() == "1 7 1 1 1"
    assert install.builds == before + 1


def test_what_a_builder_makes_is_not_an_input(install):
    made = "os.system('echo \"#define ANSWER 6\" > c/deep.h')\npathlib.Path('c/own.h').write_text('')\n"
    install.edit("make.py", "ffi = FFI()\n", f"{made}ffi = FFI()\n")
    install.edit("c/answer.h", "#include", '#include "own.h"\n#include')
    install.uv()
    assert [install.says(), install.says()] == ["6 1 1 1 1"] * 2
    assert install.builds == 1


def test_looking_at_400_inputs_takes_no_time(install):
    headers = {f"c/h{number}.h": "" for number in range(400)}
    for path, text in headers.items():
        (install.root / path).write_text(text)
    install.edit("c/deep.h", "#define", "".join(f'#include "h{n}.h"\n' for n in range(400)) + "#define")
    install.uv()
    # A folder that is searched may change while the installer writes: then the first import compares once.
    install.says()
    # Counted, not timed: one look at each file, and no module that was not there before.
    code = """\
import os, sys
import importlib.machinery, importlib.util
import _officina_editable_demo as finder
looks, before = [], set(sys.modules)
stat = os.stat
os.stat = lambda path, **more: looks.append(path) or stat(path, **more)
[path] = [entry for entry in sys.meta_path if getattr(entry, "rebuild_folder", None)]
changed = finder.may_have_changed(os.path.join(os.path.dirname(path.folder), path.rebuild_folder, "inputs"))
print(changed, len(looks) == len(set(looks)) > 400, set(sys.modules) - before)
"""
    assert install.says(code) == "False True set()"


def test_a_rebuild_is_silent_unless_something_is_to_be_said(install):
    install.uv()
    install.edit("c/answer.c", "+ 0", "+ 1")
    outcome = install.runs()
    assert outcome.output == outcome.stdout == "2 1 1 1 1\n"
    install.edit("c/answer.c", "+ 1", "+ 2")
    told = install.runs(env={"OFFICINA_EDITABLE_VERBOSE": "true"}).output
    assert "Compiled demo._demo" in told and "Rebuilt demo: `c/answer.c` changed" in told
    install.edit("c/answer.c", "+ 2; }", "+ 3; }\n#warning look here\n")
    told = install.runs().output
    assert "look here" in told and "Compiled" not in told
    install.edit("c/answer.c", "+ 3; }", "+ 3 }")
    assert "error: " in install.runs().output
