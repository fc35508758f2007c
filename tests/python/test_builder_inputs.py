"""A builder runs again when what it asked has another answer, each time when nobody knows what it read, else not."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from building import build, try_wheel
from projects import make_project

# In ABI mode, so that nothing is compiled. Each works in a folder of its own.
SCRIPT = """\
import glob, os, pathlib, shutil, sys
from cffi import FFI

os.chdir("at/{name}")
{code}
ffi = FFI()
ffi.cdef(f"#define VALUE {{int(value)}}")
ffi.set_source("demo._{name}", None)
"""


def many(folder: Path, builders: dict[str, str]) -> Path:
    """A project with a builder for each piece of code, which sets `value`."""
    files = {"demo/__init__.py": ""}
    for name, code in builders.items():
        files[f"make_{name}.py"] = SCRIPT.format(name=name, code=code)
        files[f"at/{name}/here.txt"] = "1"
    return make_project(folder, files, modules=[f"make_{name}.py:ffi" for name in builders])


def ran(output: str) -> set[str]:
    return {line.split("demo._")[1].split()[0] for line in output.splitlines() if "Generated demo._" in line}


def generated(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("demo/_") and name != "demo/__init__.py"]
        return {name[len("demo/_") : -len(".py")]: archive.read(name) for name in names}


def touch(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).touch()


def link(name: str, target: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return change


# name: what it asks, and what gives that another answer, in the builder's own folder
QUESTIONS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "exists": ("value = os.path.exists('x')", touch("x")),
    "isfile": ("value = os.path.isfile('x')", touch("x")),
    "isdir": ("value = os.path.isdir('x')", lambda folder: (folder / "x").mkdir()),
    "lexists": ("value = os.path.lexists('x')", link("x", "nowhere")),
    "islink": ("value = os.path.islink('here.txt')", link("here.txt", "../exists/here.txt")),
    "gone": ("value = os.path.exists('here.txt')", lambda folder: (folder / "here.txt").unlink()),
    "access": ("value = os.access('x', os.R_OK)", touch("x")),
    "executable": ("value = os.access('here.txt', os.X_OK)", None),
    "size": ("value = os.path.getsize('here.txt')", lambda folder: (folder / "here.txt").write_text("123")),
    "time": ("value = os.stat('here.txt').st_mtime_ns % 2**40", touch("here.txt")),
    "same": ("value = os.path.realpath('here.txt').endswith('here.txt')", link("here.txt", "other.txt")),
    "readlink": ("try: value = len(os.readlink('x'))\nexcept OSError: value = 0", link("x", "somewhere")),
    "plainglob": ("value = len(glob.glob('x'))", touch("x")),
    "pathglob": ("value = len(list(pathlib.Path('.').glob('x')))", touch("x")),
    "pathexists": ("value = pathlib.Path('x').exists()", touch("x")),
    "pathfile": ("value = pathlib.Path('x').is_file()", touch("x")),
    "pathstat": ("value = pathlib.Path('here.txt').stat().st_size", lambda f: (f / "here.txt").write_text("12")),
    "entry": (
        "value = sum(entry.stat().st_size for entry in os.scandir('.'))",
        lambda folder: (folder / "here.txt").write_text("12345"),
    ),
    "linked": (
        "value = sum(entry.is_dir() for entry in os.scandir('.'))",
        link("here.txt", "../exists"),
    ),
    "which": ("value = shutil.which('x', path='bin') is not None", lambda folder: program(folder / "bin/x")),
    "failed": ("try: import later as found\nexcept ImportError: found = None\nvalue = found is not None", None),
    "inside": ("import part\ntry: from part import late\nexcept ImportError: late = 0\nvalue = late != 0", None),
    "shadowed": ("import colorsys\nvalue = hasattr(colorsys, 'OURS')", None),
    "namespace": ("import spread\nvalue = spread.__file__ is not None", None),
    "spec": ("import importlib.util\nvalue = importlib.util.find_spec('sought') is not None", None),
}


def program(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("")
    path.chmod(0o755)


def change_all(project: Path) -> None:
    (project / "at/executable/here.txt").chmod(0o755)
    (project / "later.py").write_text("")
    (project / "part/late.py").write_text("")
    (project / "colorsys.py").write_text("OURS = 1\n")
    (project / "spread/__init__.py").write_text("")
    (project / "sought").mkdir()
    for name, (_, change) in QUESTIONS.items():
        if change:
            change(project / "at" / name)


def test_every_question_is_an_input(python, tmp_path):
    project = many(tmp_path / "project", {name: code for name, (code, _) in QUESTIONS.items()})
    for name in ("part/__init__.py", "spread/x.txt"):
        (project / name).parent.mkdir()
        (project / name).write_text("")
    wheel, output = build(python, project, tmp_path / "first")
    before = generated(wheel)
    assert ran(output) == set(QUESTIONS)
    assert ran(build(python, project, tmp_path / "again")[1]) == set()
    change_all(project)
    wheel, _ = build(python, project, tmp_path / "changed")
    after = generated(wheel)
    assert {name for name in before if before[name] == after[name]} == set(), "these did not run again"
    shutil.copytree(project, tmp_path / "clean", symlinks=True, ignore=shutil.ignore_patterns("build"))
    assert generated(build(python, tmp_path / "clean", tmp_path / "clean-out")[0]) == after
    assert ran(build(python, project, tmp_path / "last")[1]) == set()


# What nobody can follow. `foreign` is a package of the environment.
UNHEARD = {
    "fork": "child = os.fork()\nif not child: os._exit(0)\nos.waitpid(child, 0)",
    "processes": (
        "import multiprocessing\n"
        "child = multiprocessing.get_context('fork').Process(target=int)\nchild.start(); child.join()"
    ),
    "ctypes": "import ctypes",
    "database": "import sqlite3\nsqlite3.connect(':memory:').close()",
    "network": "import socket\ntry: socket.create_connection(('127.0.0.1', 9))\nexcept OSError: pass",
    "system": "open('/proc/self/status').close()",
    "systemfolder": "os.listdir('/proc/self')",
    "openfolder": "folder = os.open('.', os.O_RDONLY)\nos.stat('here.txt', dir_fd=folder)\nos.close(folder)",
    "listedfolder": "folder = os.open('.', os.O_RDONLY)\nos.listdir(folder)\nos.close(folder)",
    "input": "sys.stdin = open(0)",
    "library": "FFI().dlopen(None)",
    "foreign": "import pip",
    "program": "os.system('true')",
    "everything": "dict(os.environ)",
}
# What everybody can.
HEARD = {
    "modules": "import dataclasses, decimal, html, json, random, textwrap, uuid, zlib\nuuid.uuid4()",
    "temporary": "import tempfile\nwith tempfile.TemporaryDirectory() as folder: os.stat(folder)",
    "removed": "os.makedirs('gen/deep')\nopen('gen/deep/x', 'w').close()\nshutil.rmtree('gen')",
    "devices": "open('/dev/null').close()\nopen(os.devnull, 'w').close()\nos.urandom(4)",
    "warning": "import warnings\nwarnings.warn('well')",
    "found": "pathlib.Path('.').resolve()\nos.path.realpath('here.txt')",
    "sets": "value = hash('a') % 1000",
}


def test_what_nobody_can_follow_runs_each_time(python, tmp_path):
    builders = {name: f"value = 1\n{code}" for name, code in (UNHEARD | HEARD).items()}
    project = many(tmp_path / "project", builders)
    first, output = build(python, project, tmp_path / "first")
    assert ran(output) == set(builders)
    second, output = build(python, project, tmp_path / "second")
    assert ran(output) == set(UNHEARD)
    assert first.read_bytes() == second.read_bytes()


# What builders do with files of their own. Most run once more, since the tree is not what it was.
HABITS = {
    "writes": "open('own.h', 'w').write('1')",
    "folder": "os.makedirs('gen', exist_ok=True)\nopen('gen/own.h', 'w').write('1')",
    "if_missing": "if not os.path.exists('own.h'): open('own.h', 'w').write('1')",
    "beside": "os.listdir('.')\nopen('own.h', 'w').write('1')",
    "replaces": "os.listdir('.')\nopen('part', 'w').write('1')\nos.replace('part', 'own.h')",
    "compares": "p = pathlib.Path('own.h')\nif not p.is_file() or p.read_text() != '1': p.write_text('1')",
    "logs": "with open('log.txt', 'a') as log: log.write('x')",
    "rereads": "p = pathlib.Path('own.h')\np.touch()\np.read_text()\np.write_text('1')",
    "globs": "glob.glob('*.h')\nopen('own.h', 'w').write('1')",
    "imports": "open('../../own_module.py', 'w').write('')\nimport own_module",
}


def test_a_builder_that_writes_files_comes_to_rest(python, tmp_path):
    project = many(tmp_path / "project", {name: f"value = 1\n{code}" for name, code in HABITS.items()})
    build(python, project, tmp_path / "out")
    assert "writes" not in ran(build(python, project, tmp_path / "out")[1])
    assert ran(build(python, project, tmp_path / "out")[1]) == set()
    (project / "at/writes/own.h").unlink()
    assert ran(build(python, project, tmp_path / "out")[1]) == {"writes"}


def test_the_state_of_the_interpreter_counts(python, tmp_path):
    project = many(tmp_path / "project", {"one": "value = hash('a')"})
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    env = {"PYTHONPATH": str(hooks)}
    before = generated(build(python, project, tmp_path / "out", env)[0])
    assert ran(build(python, project, tmp_path / "out", {**env, "OTHER": "1"})[1]) == set()
    for name, value in {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONOPTIMIZE": "1", "PYTHONWARNINGS": "ignore"}.items():
        env[name] = value
        assert ran(build(python, project, tmp_path / "out", env)[1]) == {"one"}, name
        assert ran(build(python, project, tmp_path / "out", env)[1]) == set(), name
    after = generated(build(python, project, tmp_path / "out", env)[0])
    assert after == before, "hashes are the same in each build"
    env["PYTHONHASHSEED"] = "7"
    assert generated(build(python, project, tmp_path / "out", env)[0]) != before
    for text in ("", "x = 1\n"):
        (hooks / "sitecustomize.py").write_text(text)
        assert ran(build(python, project, tmp_path / "out", env)[1]) == {"one"}, text
        assert ran(build(python, project, tmp_path / "out", env)[1]) == set(), text


def of_a_distribution(python: Path, folder: Path) -> Path:
    """The same environment, with a Python that has a `sitecustomize` in its own library, as Debian's has."""
    asked = "import json, os, sys; print(json.dumps([sys.base_prefix, os.path.dirname(os.__file__)]))"
    base, library = map(Path, json.loads(subprocess.check_output([python, "-c", asked])))
    home, environment = folder / "base", folder / "environment"
    own = home / library.relative_to(base)
    own.mkdir(parents=True)
    for entry in library.iterdir():
        (own / entry.name).symlink_to(entry)
    (own / "sitecustomize.py").unlink(missing_ok=True)
    (own / "sitecustomize.py").write_text("import builtins\nbuiltins.customized = 'the library'\n")
    (home / "include").symlink_to(base / "include")
    (home / "bin").mkdir()
    (home / "bin" / python.resolve().name).symlink_to(python.resolve())
    shutil.copytree(python.parent.parent, environment, symlinks=True)
    (environment / "pyvenv.cfg").write_text(f"home = {home / 'bin'}\n")
    return environment / python.relative_to(python.parent.parent)


def test_another_customization_than_the_one_of_the_library_counts(python, tmp_path):
    python = of_a_distribution(python, tmp_path)
    project = many(tmp_path / "project", {"one": "import builtins\nvalue = len(builtins.customized)"})
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    env = {"PYTHONPATH": str(hooks)}
    before = generated(build(python, project, tmp_path / "out", env)[0])
    assert ran(build(python, project, tmp_path / "out", env)[1]) == set()
    (hooks / "sitecustomize.py").write_text("import builtins\nbuiltins.customized = 'ours'\n")
    wheel, output = build(python, project, tmp_path / "out", env)
    assert ran(output) == {"one"}
    assert generated(wheel) != before
    assert ran(build(python, project, tmp_path / "out", env)[1]) == set()


@pytest.mark.parametrize(
    ("statement", "first", "second"),
    [
        ("os.environ['CFLAGS'] = '-DVALUE=2'", "-DVALUE=2", ""),
        ("os.environ.update(CFLAGS='-DVALUE=2')", "-DVALUE=2", "-DVALUE=3"),
        ("os.putenv('CFLAGS', '-DVALUE=2')", "-DVALUE=2", "-DVALUE=3"),
        ("os.environ.pop('CFLAGS', None)", None, "-DVALUE=3"),
    ],
)
def test_what_a_builder_assigns_counts_though_it_was_so_before(statement, first, second, python, tmp_path):
    source = "#ifndef VALUE\n#define VALUE 1\n#endif\nint value(void) { return VALUE; }"
    script = f"""\
import os
from cffi import FFI

{statement}
ffi = FFI()
ffi.cdef("int value(void);")
ffi.set_source("demo._demo", {source!r})
"""
    project = make_project(tmp_path / "project", {"demo/__init__.py": "", "make.py": script}, modules=["make.py:ffi"])
    said = []
    for value in (first, second):
        wheel, _ = build(python, project, tmp_path / "out", {} if value is None else {"CFLAGS": value})
        said.append(try_wheel(python, wheel, tmp_path, "from demo._demo import lib; print(lib.value())"))
    assert said[0] == said[1] == ("1\n" if "pop" in statement else "2\n")


# Each makes a temporary file `name` that goes with its process.
TEMPORARY = {
    "atexit": "import atexit, shutil\nt = tempfile.mkdtemp()\natexit.register(shutil.rmtree, t)\nname = t + '/x.c'",
    "folder": "keep = tempfile.TemporaryDirectory()\nname = keep.name + '/x.c'",
    "file": "keep = tempfile.NamedTemporaryFile(suffix='.c')\nname = keep.name",
}


@pytest.mark.parametrize("names", [["atexit"], ["folder"], ["file"], [*TEMPORARY]], ids=",".join)
def test_what_goes_with_a_builder_is_there_for_the_compiler(names, python, tmp_path):
    files = {"demo/__init__.py": ""}
    for name in names:
        files[f"{name}.py"] = f"""\
import tempfile
from cffi import FFI

{TEMPORARY[name]}
text = open(name, "w")
text.write("int value(void) {{ return 7; }}")  # and leaves it to Python to write that out
ffi = FFI()
ffi.cdef("int value(void);")
ffi.set_source("demo._{name}", "int value(void);", sources=[name])
"""
    project = make_project(tmp_path / "project", files, modules=[f"{name}.py:ffi" for name in names])
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for out in ("first", "second"):
        wheel, output = build(python, project, tmp_path / out, {"TMPDIR": str(temporary)})
        assert ran(output) == set(names)
        for _ in range(100):
            if not list(temporary.iterdir()):
                break
            time.sleep(0.02)
        assert list(temporary.iterdir()) == []
    code = f"import importlib\nprint([importlib.import_module('demo._' + n).lib.value() for n in {names}])"
    assert try_wheel(python, wheel, tmp_path, code) == f"{[7] * len(names)}\n"
