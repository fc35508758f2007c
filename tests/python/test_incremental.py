"""After an edit exactly what depends on it runs again, and the wheel is that of a clean build."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from building import build, hook_command
from projects import make_project

FILES = {
    "demo/__init__.py": "",
    "one.py": """\
import os
from pathlib import Path
from cffi import FFI
import shared

ffi = FFI()
ffi.cdef("int one(void);")
names = sorted(os.listdir("parts"))
text = Path("data/one.txt").read_text().strip()
ffi.set_source(
    "demo._one",
    f'#include "outer.h"\\nint one(void) {{ return OUTER + {len(names)} + {text} + helper(); }}',
    sources=["c/helper.c"],
    include_dirs=["include"],
    define_macros=[("LEVEL", os.environ.get("DEMO_LEVEL", "1"))],
)
""",
    "shared.py": "",
    "two.py": """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int two(void);")
ffi.set_source("demo._two", '#include "c/two.h"\\nint two(void) { return TWO; }', include_dirs=["."])
""",
    "include/outer.h": '#include "inner.h"\n#define OUTER INNER\nint helper(void);\n',
    "include/inner.h": "#define INNER 10\n",
    "c/helper.c": "int helper(void) { return LEVEL; }\n",
    "c/two.h": "#define TWO 2\n",
    "data/one.txt": "100\n",
    "parts/a": "",
    "parts/b": "",
}

ONE = {"Generated demo._one", "Compiled demo._one", "Compiled c/helper.c", "Linked demo/_one"}
TWO = {"Generated demo._two", "Compiled demo._two", "Linked demo/_two"}


def project(folder: Path) -> Path:
    return make_project(folder, FILES, modules=["one.py:ffi", "two.py:ffi"])


def steps(output: str) -> set[str]:
    """`Generated demo._one`, `Compiled c/helper.c`, `Linked demo/_one`"""
    found = set()
    for verb, what in re.findall(r"^ *(Generated|Compiled|Linked) (.*) \(\d", output, re.MULTILINE):
        name = what.split(": ")[-1]
        found.add(
            f"{verb} {name.split('.abi3')[0].removesuffix('.c') if verb != 'Compiled' or 'demo._' in name else name}"
        )
    return found


@pytest.fixture
def rebuild(python, tmp_path) -> Callable[..., set[str]]:
    """Builds, compares with a clean build elsewhere, and returns the steps that ran."""

    def rebuild(tree: Path, env: dict[str, str] | None = None, config: dict | None = None) -> set[str]:
        wheel, output = build(python, tree, tmp_path / "out", env, config)
        clean = tmp_path / "clean"
        shutil.rmtree(clean, ignore_errors=True)
        shutil.copytree(tree, clean, ignore=shutil.ignore_patterns("build"))
        same, _ = build(python, clean, tmp_path / "clean-out", env, config)
        assert wheel.read_bytes() == same.read_bytes(), "not the wheel of a clean build"
        return steps(output)

    return rebuild


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


EDITS = {
    "nothing": (lambda tree: None, set()),
    "a header two includes deep": (
        lambda tree: edit(tree / "include/inner.h", "10", "11"),
        {"Compiled demo._one", "Linked demo/_one"},
    ),
    "a source": (
        lambda tree: edit(tree / "c/helper.c", "LEVEL", "LEVEL + 1"),
        {"Compiled c/helper.c", "Linked demo/_one"},
    ),
    "a comment in a source": (
        lambda tree: edit(tree / "c/helper.c", "int", "/* same */ int"),
        {"Compiled c/helper.c"},
    ),
    "a data file that the builder reads": (
        lambda tree: edit(tree / "data/one.txt", "100", "101"),
        ONE - {"Compiled c/helper.c"},
    ),
    "a file added to a folder that it lists": (lambda tree: (tree / "parts/c").touch(), ONE - {"Compiled c/helper.c"}),
    "a file taken from a folder that it lists": (
        lambda tree: (tree / "parts/b").unlink(),
        ONE - {"Compiled c/helper.c"},
    ),
    "a module that the builder imports": (lambda tree: edit(tree / "shared.py", "", "x = 1"), {"Generated demo._one"}),
    "a comment in a builder": (lambda tree: edit(tree / "two.py", "ffi = ", "# same\nffi = "), {"Generated demo._two"}),
    "a cdef": (
        lambda tree: edit(tree / "two.py", '"int two(void);"', '"int two(void); static const int TWO;"'),
        TWO,
    ),
    "a touched but equal file": (lambda tree: os.utime(tree / "c/helper.c"), set()),
    "a clock set back": (lambda tree: set_back(tree / "c/two.h"), {"Compiled demo._two", "Linked demo/_two"}),
    "a header that comes between": (
        lambda tree: (tree / "include/stddef.h").write_text("#include_next <stddef.h>\n#define X 1\n"),
        {"Compiled demo._one"},
    ),
    "a file that nobody reads": (lambda tree: (tree / "c/other.txt").write_text("x"), set()),
}


def set_back(path: Path) -> None:
    """Another content of the same size, with an older time than the one that was built from."""
    edit(path, "TWO 2", "TWO 3")
    os.utime(path, (1, 1))


@pytest.mark.parametrize("name", [*EDITS])
def test_exactly_the_dependents_run(name, rebuild, tmp_path):
    tree = project(tmp_path / "tree")
    assert rebuild(tree) == ONE | TWO
    change, expected = EDITS[name]
    change(tree)
    assert rebuild(tree) == expected
    assert rebuild(tree) == set()


def test_what_is_said_from_outside(rebuild, tmp_path):
    tree = project(tmp_path / "tree")
    assert rebuild(tree) == ONE | TWO
    # A variable that a builder asks for is a macro here; another one is nobody's business.
    compiled = {"Generated demo._one", "Compiled demo._one", "Compiled c/helper.c"}
    assert rebuild(tree, {"DEMO_LEVEL": "5"}) == compiled | {"Linked demo/_one"}
    assert rebuild(tree, {"DEMO_LEVEL": "5", "OTHER": "1"}) == set()
    every_compile = {step for step in ONE | TWO if not step.startswith("Generated")}
    assert rebuild(tree, {"DEMO_LEVEL": "5", "CFLAGS": "-O1"}) == every_compile
    assert rebuild(tree, {"DEMO_LEVEL": "5", "CFLAGS": "-O1", "CPATH": str(tree / "data")}) >= {"Compiled c/helper.c"}
    macro = rebuild(tree, {"DEMO_LEVEL": "5", "CFLAGS": "-O1"}, {"define-macros": "NEW"})
    assert macro >= {"Compiled c/helper.c", "Compiled demo._one", "Compiled demo._two"}


def test_another_compiler_and_its_upgrade(rebuild, tmp_path):
    tree = project(tmp_path / "tree")
    compiler = tmp_path / "bin" / "my-gcc"
    compiler.parent.mkdir()
    compiler.write_text('#!/bin/sh\nexec gcc "$@"\n')
    compiler.chmod(0o755)
    every_compile = {step for step in ONE | TWO if not step.startswith("Generated")}
    assert rebuild(tree) == ONE | TWO
    assert rebuild(tree, {"CC": str(compiler)}) == every_compile
    assert rebuild(tree, {"CC": str(compiler)}) == set()
    compiler.write_text('#!/bin/sh\n# a newer one\nexec gcc "$@"\n')
    assert rebuild(tree, {"CC": str(compiler)}) == every_compile


def test_a_deleted_source_is_missed_and_a_deleted_module_leaves_nothing(rebuild, python, tmp_path):
    tree = project(tmp_path / "tree")
    rebuild(tree)
    with pytest.raises(AssertionError, match=r"no file `c/helper\.c`"):
        (tree / "c/helper.c").unlink()
        build(python, tree, tmp_path / "out")
    edit(tree / "pyproject.toml", '"one.py:ffi", ', "")
    assert rebuild(tree) == set()
    left = [path.name for path in (tree / "build").rglob("*") if "_one" in path.name or "helper" in path.name]
    assert left == []


def test_a_builder_that_starts_programs_runs_each_time(rebuild, tmp_path):
    tree = project(tmp_path / "tree")
    edit(tree / "two.py", "ffi = ", "import subprocess\nsubprocess.run(['true'], check=True)\nffi = ")
    assert rebuild(tree) == ONE | TWO
    assert rebuild(tree) == {"Generated demo._two"}


def test_a_failure_keeps_what_succeeded_before_it(rebuild, python, tmp_path):
    tree = project(tmp_path / "tree")
    edit(tree / "c/two.h", "2", "2 +")
    with pytest.raises(AssertionError, match=r"compiling `demo\._two\.c`"):
        build(python, tree, tmp_path / "out", config={"jobs": "1"})
    edit(tree / "c/two.h", "2 +", "2")
    assert rebuild(tree) == {"Compiled demo._two", "Linked demo/_one", "Linked demo/_two"}


def test_damage_is_noticed(rebuild, tmp_path):
    tree = project(tmp_path / "tree")
    rebuild(tree)
    made = {path.name: path for path in (tree / "build").rglob("*") if path.is_file()}
    made["_two.abi3.so"].write_bytes(b"broken")
    assert rebuild(tree) == {"Linked demo/_two"}
    made["helper.c.o"].unlink()
    assert rebuild(tree) == {"Compiled c/helper.c"}
    made["demo._one.c"].write_text("broken")
    assert rebuild(tree) == {"Generated demo._one"}
    state = made["state.json"]
    state.write_bytes(state.read_bytes()[:-1])
    assert rebuild(tree) == ONE | TWO


def test_warnings_are_said_again(python, tmp_path):
    tree = project(tmp_path / "tree")
    (tree / "c/helper.c").write_text("int helper(void) { int unused; return LEVEL; }\n")
    for _ in range(2):
        _, output = build(python, tree, tmp_path / "out")
        assert "unused variable" in output
    assert steps(output) == set()


def test_what_the_link_check_warned_of_is_said_again(python, tmp_path):
    builder = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int inside(void);")
ffi.set_source("demo._demo", "int inside(void);", libraries=["inside"], library_dirs=["lib"])
"""
    files = {"demo/__init__.py": "", "build_demo.py": builder, "inside.c": "int inside(void) { return 1; }\n"}
    project = make_project(tmp_path / "project", files, modules=["build_demo.py:ffi"])
    (project / "lib").mkdir()
    subprocess.run(["cc", "-shared", "-fPIC", "inside.c", "-o", "lib/libinside.so"], cwd=project, check=True)
    warning = "warning: `demo._demo` needs `libinside.so`, which only the linker was told to look for in `lib`"
    for out in ("one", "two"):
        _, said = build(python, project, tmp_path / out)
        assert said.count(warning) == 1, said
    assert "Unchanged 4 of 4" in said


def test_kills_at_any_moment_spoil_nothing(rebuild, python, tmp_path):
    tree = project(tmp_path / "tree")
    chance = random.Random(7)
    for round_ in range(12):
        (tree / "data/one.txt").write_text(f"{round_}\n")
        (tree / "include/inner.h").write_text(f"#define INNER {round_}\n")
        command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path / "killed"))
        process = subprocess.Popen(command, cwd=tree, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(chance.uniform(0.02, 0.6))
        for pid in {process.pid, *children(process.pid)}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
    rebuild(tree)
    assert rebuild(tree) == set()


def children(pid: int) -> list[int]:
    direct = []
    with contextlib.suppress(OSError):  # it may have ended
        for listed in Path(f"/proc/{pid}/task").glob("*/children"):
            direct += [int(word) for word in listed.read_text().split()]
    return direct + [child for parent in direct for child in children(parent)]


def test_a_tree_that_cannot_be_written_is_built_elsewhere(python, tmp_path):
    tree = project(tmp_path / "tree")
    (tree / "build").write_text("a file")
    wheel, output = build(python, tree, tmp_path / "out")
    assert wheel.is_file() and steps(output) == ONE | TWO
    assert (tree / "build").read_text() == "a file"


def test_git_does_not_see_the_build_directory(python, tmp_path):
    tree = project(tmp_path / "tree")
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    build(python, tree, tmp_path / "out")
    done = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=tree, capture_output=True, text=True, check=True
    )
    assert "build/" not in done.stdout and "one.py" in done.stdout
