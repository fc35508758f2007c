"""Extensions, static libraries and steps of pyproject.toml, beside CFFI modules."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from building import Outcome, build, hook_command, names_in, run, tag_of, try_wheel
from projects import demo, make_project
from servers import need
from sites import Site

PLAIN = """\
#include <Python.h>
#include "fast.h"
static PyObject *total(PyObject *self, PyObject *args) {
    int a, b;
    if (!PyArg_ParseTuple(args, "ii", &a, &b)) return NULL;
    return PyLong_FromLong(fast_add(a, b) + fast_cxx(3) + FROM_STEP);
}
static PyMethodDef methods[] = {{"total", total, METH_VARARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_plain", 0, -1, methods};
PyMODINIT_FUNC PyInit__plain(void) { return PyModule_Create(&module); }
"""

HEADER = """\
#ifdef __cplusplus
extern "C" {
#endif
int fast_add(int, int);
int fast_cxx(int);
#ifdef __cplusplus
}
#endif
"""

FILES = {
    "demo/__init__.py": "",
    "builder.py": """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int fast_add(int, int); static const int FROM_STEP;")
ffi.set_source("demo._ffi", '#include "fast.h"\\n#include "made.h"', libraries=["fast"])
""",
    "ext/plain.c": '#include "made.h"\n' + PLAIN,
    "fast/add.c": '#include "fast.h"\nint fast_add(int a, int b) { return a + b + deep(); }\n',
    "fast/cxx.cpp": '#include "fast.h"\n#include <vector>\n'
    "int fast_cxx(int n) { std::vector<int> all(n, 2); return all.at(0) * n; }\n",
    "fast/public/fast.h": HEADER,
    "deep/deep.c": "int deep(void) { return 100; }\n",
    "deep/public/deep.h": "int deep(void);\n",
    "gen/make.py": """\
import os, pathlib, sys
value = pathlib.Path(sys.argv[1], "gen/value.txt").read_text().strip()
os.makedirs("include", exist_ok=True)
pathlib.Path("include/made.h").write_text(f"#define FROM_STEP {value}\\n")
pathlib.Path(sys.argv[1], "demo/made.py").write_text(f"value = {value}\\n")
""",
    "gen/value.txt": "1000\n",
}

PARTS = """
[[tool.officina.extensions]]
name = "demo._plain"
sources = ["ext/*.c"]
libraries = ["fast"]

[[tool.officina.libraries]]
name = "fast"
sources = ["fast/*.c", "fast/*.cpp"]
define-macros = ["FAST=1"]
extra-compile-args = ["-include", "deep/public/deep.h"]
public-include-dirs = ["fast/public"]
libraries = ["deep"]

[[tool.officina.libraries]]
name = "deep"
sources = ["deep/deep.c"]

[[tool.officina.steps]]
name = "made"
commands = [["{python}", "{root}/gen/make.py", "{root}"]]
inputs = ["gen/**"]
outputs = ["demo/made.py"]
provides = { include-dirs = ["include"] }
"""

ASK = "import demo._plain, demo._ffi, demo.made; "
ASK += "print(demo._plain.total(1, 2), demo._ffi.lib.fast_add(1, 2), demo._ffi.lib.FROM_STEP, demo.made.value)"

STEP = {"Ran made"}
FAST = {"Compiled fast/add.c", "Compiled fast/cxx.cpp", "Archived fast"}
DEEP = {"Compiled deep/deep.c", "Archived deep"}
PLAIN_MODULE = {"Compiled ext/plain.c", "Linked demo/_plain"}
FFI_MODULE = {"Compiled demo._ffi.c", "Linked demo/_ffi"}
LINKS = {"Linked demo/_plain", "Linked demo/_ffi"}
ALL = STEP | FAST | DEEP | PLAIN_MODULE | FFI_MODULE | {"Generated demo._ffi"}


def project(folder: Path, **changes: object) -> Path:
    changes.setdefault("more", PARTS)
    changes.setdefault("modules", ["builder.py:ffi"])
    files = {**FILES, **changes.pop("files", {})}
    return make_project(folder, files, settings='packages = ["demo"]', **changes)


def steps(output: str) -> set[str]:
    """`Ran made`, `Compiled fast/add.c`, `Archived fast`, `Linked demo/_plain`"""
    found = re.findall(r"^ *(Ran|Generated|Compiled|Archived|Linked) (.*) \(\d", output, re.MULTILINE)
    name = {"Compiled": lambda what: what.split(": ")[-1], "Linked": lambda what: what.split(".")[0]}
    return {f"{verb} {name.get(verb, str)(what)}" for verb, what in found}


@pytest.fixture
def rebuild(python, tmp_path) -> Callable[[Path], set[str]]:
    """Builds, compares with a clean build elsewhere, and returns the steps that ran."""

    def rebuild(tree: Path) -> set[str]:
        wheel, output = build(python, tree, tmp_path / "out")
        clean = tmp_path / "clean"
        shutil.rmtree(clean, ignore_errors=True)
        shutil.copytree(tree, clean, ignore=shutil.ignore_patterns("build", "made.py"))
        same, _ = build(python, clean, tmp_path / "clean-out")
        assert wheel.read_bytes() == same.read_bytes(), "not the wheel of a clean build"
        return steps(output)

    return rebuild


def failing(python: Path, tree: Path, tmp_path: Path) -> Outcome:
    arguments = {"wheel_directory": str(tmp_path)}
    done = run(hook_command(python, tmp_path / "answer", "build_wheel", **arguments), tree)
    assert done.code != 0, done.output
    assert "Traceback" not in done.output
    assert not list(tmp_path.glob("*.whl"))
    return done


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def test_everything_is_built_linked_and_packed(python, tmp_path):
    tree = project(tmp_path / "tree")
    wheel, output = build(python, tree, tmp_path / "out")
    assert steps(output) == ALL, output
    assert tag_of(wheel).startswith("cp3"), "the extension is for one Python"
    assert "abi3" not in tag_of(wheel)
    assert try_wheel(python, wheel, tmp_path, ASK).split() == ["1109", "103", "1000", "1000"]


def test_an_edit_runs_exactly_what_depends_on_it(python, tmp_path, rebuild):
    tree = project(tmp_path / "tree")
    assert rebuild(tree) == ALL
    assert rebuild(tree) == set()
    edits = [
        (lambda: append(tree / "fast/public/fast.h", "#define NEW 1\n"), FAST - {"Archived fast"} | {
            "Compiled ext/plain.c", "Compiled demo._ffi.c"}),
        (lambda: append(tree / "fast/add.c", "int more(void) { return 1; }\n"),
         {"Compiled fast/add.c", "Archived fast"} | LINKS),
        (lambda: append(tree / "deep/deep.c", "int deeper(void) { return 2; }\n"), DEEP | LINKS),
        (lambda: (tree / "gen/value.txt").write_text("2000\n"),
         STEP | {"Compiled ext/plain.c", "Compiled demo._ffi.c"} | LINKS),
        (lambda: (tree / "demo/made.py").unlink(), STEP),
        (lambda: (tree / "ext/new.c").write_text("int stranger(void) { return 1; }\n"),
         {"Compiled ext/new.c", "Linked demo/_plain"}),
        (lambda: (tree / "ext/new.c").unlink(), {"Linked demo/_plain"}),
        (lambda: (tree / "gen/new.txt").write_text("x"), STEP),
    ]  # fmt: skip
    for number, (edit, expected) in enumerate(edits):
        edit()
        assert rebuild(tree) == expected, number


def test_a_setting_of_one_part_is_its_own(tmp_path, rebuild):
    tree = project(tmp_path / "tree")
    rebuild(tree)
    pyproject = tree / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("FAST=1", "FAST=2"))
    assert rebuild(tree) == {"Compiled fast/add.c", "Compiled fast/cxx.cpp"}
    pyproject.write_text(pyproject.read_text().replace("gen/make.py", "./gen/make.py"))
    assert rebuild(tree) == STEP


def test_the_sdist_holds_the_inputs_and_not_what_steps_make(python, tmp_path):
    tree = project(tmp_path / "tree")
    wheel, _ = build(python, tree, tmp_path / "out")
    done = run([python.parent / "officina", "build", "--sdist", "-o", tmp_path / "dist", tree], tmp_path)
    assert done.code == 0, done.output
    subprocess.run(["tar", "xf", next((tmp_path / "dist").glob("*.tar.gz"))], cwd=tmp_path, check=True)
    unpacked = tmp_path / "demo-1.0"
    held = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert held == {*FILES, "pyproject.toml", "PKG-INFO"}
    same, _ = build(python, unpacked, tmp_path / "again")
    assert names_in(same) == names_in(wheel)
    assert wheel.read_bytes() == same.read_bytes()


def test_show_and_check_know_the_steps(python, tmp_path):
    officina = python.parent / "officina"
    tree = project(tmp_path / "tree")
    build(python, tree, tmp_path / "out")
    (tree / "gen/value.txt").write_text("2000\n")
    told = run([officina, "show", "--why", tree], tmp_path).stdout
    assert re.search(r"command made\s.*gen/value.txt` changed", told), told
    told = run([officina, "show", "--why", tree], tmp_path).stdout
    assert "command made" not in told, told
    proof = run([officina, "check", tree], tmp_path)
    assert proof.code == 0, proof.output
    run(["git", "init", "-q", tree], tmp_path)
    (tree / ".gitignore").write_text("value.txt\n")
    done = run([officina, "check", tree], tmp_path)
    assert done.code != 0
    assert "`gen/value.txt` (ignored by .gitignore:1 `value.txt`) is read by the step `made`" in done.output


def test_a_header_that_a_step_makes_in_the_tree_is_no_missing_input(python, tmp_path):
    more = (
        PARTS
        + """
[[tool.officina.steps]]
name = "header"
commands = [["{python}", "-c", "open('ext/more.h', 'w').write('#define MORE 1')"]]
directory = "{root}"
inputs = ["gen/value.txt"]
outputs = ["ext/more.h"]
"""
    )
    files = {"ext/plain.c": '#include "more.h"\n#include "made.h"\n' + PLAIN}
    tree = project(tmp_path / "tree", more=more, files=files)
    proof = run([python.parent / "officina", "check", tree], tmp_path)
    assert proof.code == 0, proof.output


def test_an_editable_install_sees_every_part(tmp_path, officina_wheel):
    site = Site(tmp_path / "site")
    site.pip("install", officina_wheel, "cffi")
    tree = project(tmp_path / "tree")
    pyproject = tree / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("packages =", "editable.rebuild = true\npackages =", 1))
    site.pip("install", "--no-build-isolation", "-e", tree)

    def asked() -> list[str]:
        done = run([site.python, "-c", ASK], tmp_path)
        assert done.code == 0, done.output
        return done.stdout.split()

    assert asked() == ["1109", "103", "1000", "1000"]
    (tree / "gen/value.txt").write_text("2000\n")
    assert asked() == ["2109", "103", "2000", "2000"]
    (tree / "deep/deep.c").write_text("int deep(void) { return 200; }\n")
    assert asked() == ["2209", "203", "2000", "2000"]


def test_a_new_file_in_a_deep_folder_is_seen_at_import(tmp_path, officina_wheel):
    site = Site(tmp_path / "site")
    site.pip("install", officina_wheel, "cffi")
    more = PARTS.replace('"deep/deep.c"', '"./deep/**/*.c"')
    tree = project(tmp_path / "tree", more=more)
    pyproject = tree / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("packages =", "editable.rebuild = true\npackages =", 1))
    (tree / "deep/a/empty").mkdir(parents=True)
    (tree / "deep/.git").mkdir()
    site.pip("install", "--no-build-isolation", "-e", tree)

    def total() -> str:
        done = run([site.python, "-c", ASK], tmp_path)
        assert done.code == 0, done.output
        return done.stdout.split()[0]

    assert total() == "1109"
    (tree / "deep/a/two").mkdir()
    (tree / "deep/a/two/more.c").write_text("int more(void) { return 50; }\n")
    (tree / "deep/deep.c").write_text("int more(void); int deep(void) { return 100 + more(); }\n")
    assert total() == "1159"
    (tree / "deep/a/two/more.c").rename(tree / "deep/a/empty/more.c")
    assert total() == "1159"
    (tree / "deep/a/empty/more.c").write_text("int more(void) { return 60; }\n")
    assert total() == "1169"


def test_the_limited_api_is_said_and_kept(python, tmp_path):
    more = PARTS.replace('libraries = ["fast"]', 'libraries = ["fast"]\nlimited-api = "3.10"', 1)
    wheel, _ = build(python, project(tmp_path / "tree", more=more), tmp_path / "out")
    assert tag_of(wheel).startswith("cp310-abi3-")
    assert "demo/_plain.abi3.so" in names_in(wheel)


def test_what_is_beyond_the_limited_api_is_named_with_its_source(python, tmp_path):
    more = PARTS.replace('libraries = ["fast"]', 'libraries = ["fast"]\nlimited-api = "3.10"', 1)
    source = PLAIN.replace("return PyLong", "if (a > 1000) return _PyLong_New(1);\n    return PyLong")
    declared = "PyObject *_PyLong_New(Py_ssize_t);\n"
    files = {"ext/plain.c": '#include "made.h"\n' + source.replace("static PyObject", declared + "static PyObject", 1)}
    tree = project(tmp_path / "tree", more=more, files=files)
    output = failing(python, tree, tmp_path).output
    assert "`demo._plain` uses `_PyLong_New` in `ext/plain.c`, which no limited API has" in output
    assert "`limited-api` of `demo._plain` in `pyproject.toml` asks for the limited API" in output
    assert "or give the module `limited-api = false`" in output


def test_a_failure_of_an_optional_part_leaves_it_out(python, tmp_path):
    more = PARTS.replace('name = "demo._plain"', 'name = "demo._plain"\noptional = true', 1)
    tree = project(tmp_path / "tree", more=more, files={"ext/plain.c": "#error no\n"})
    wheel, output = build(python, tree, tmp_path / "out")
    assert "`demo._plain` is optional and left out" in output
    assert "demo/_plain" not in "".join(names_in(wheel))
    assert "abi3" in tag_of(wheel)


def test_an_optional_part_is_left_out_without_its_package(python, tmp_path):
    more = PARTS.replace('name = "demo._plain"', 'name = "demo._plain"\noptional = true\npkg-config = ["no-such"]', 1)
    wheel, output = build(python, project(tmp_path / "tree", more=more), tmp_path / "out")
    assert "`demo._plain` is optional and left out" in output
    assert "demo/_plain" not in "".join(names_in(wheel))


def test_paths_may_begin_with_a_dot(python, tmp_path):
    more = PARTS
    for glob in ['"ext/*.c"', '"fast/*.c"', '"gen/**"', '"demo/made.py"', '"deep/deep.c"']:
        assert glob in more, glob
        more = more.replace(glob, glob.replace('"', '"./', 1), 1)
    plain, _ = build(python, project(tmp_path / "tree", more=PARTS), tmp_path / "plain")
    dotted, _ = build(python, project(tmp_path / "tree2", more=more), tmp_path / "dotted")
    assert names_in(dotted) == names_in(plain)


def test_two_of_one_name_may_not_both_count(python, tmp_path):
    for kind, name in [("extensions", "demo._plain"), ("libraries", "deep"), ("steps", "made")]:
        begin = PARTS.index(f'name = "{name}"') - len(f"[[tool.officina.{kind}]]\n")
        part = PARTS[begin:].split("\n[[tool")[0]
        both = [f'{part.rstrip()}\nif.env = {{ {variable} = "1" }}\n\n' for variable in ("ONE", "OTHER")]
        more = PARTS.replace(part, both[0] + both[1])
        tree = project(tmp_path / kind, more=more)
        build(python, tree, tmp_path / f"out-{kind}", {"ONE": "1"})
        command = hook_command(python, tmp_path / "a", "build_wheel", wheel_directory=str(tmp_path / "never"))
        done = run(command, tree, {"ONE": "1", "OTHER": "1"})
        assert done.code != 0
        assert f"`{name}` is there twice in `tool.officina.{kind}`" in done.output
        assert "an `if` of which one holds" in done.output


def test_an_archive_goes_with_its_library(python, tmp_path):
    tree = project(tmp_path / "tree")
    build(python, tree, tmp_path / "out")
    archives = lambda: sorted(path.name for path in (tree / "build").rglob("libraries/*") if path.suffix)  # noqa: E731
    assert archives() == ["libdeep.a", "libfast.a"]
    pyproject = tree / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"deep"', '"depth"'))
    build(python, tree, tmp_path / "out")
    assert archives() == ["libdepth.a", "libfast.a"]


def test_conditions_decide_where_a_part_is_built(python, tmp_path):
    nowhere = "if.env = { NEVER_SET_ANYWHERE = true }"
    more = PARTS.replace('name = "demo._plain"', f'name = "demo._plain"\n{nowhere}', 1)
    wheel, output = build(python, project(tmp_path / "tree", more=more), tmp_path / "out")
    assert "Compiled ext/plain.c" not in steps(output)
    assert "abi3" in tag_of(wheel)


def test_pkg_config_is_asked(python, tmp_path):
    need("pkg-config")
    (tmp_path / "pc").mkdir()
    (tmp_path / "pc/demo-fast.pc").write_text("Name: x\nDescription: x\nVersion: 1.5\nCflags: -DFROM_PC=7\nLibs: -lm\n")
    source = PLAIN.replace("FROM_STEP", "FROM_PC")
    more = PARTS.replace('sources = ["ext/*.c"]', 'sources = ["ext/*.c"]\npkg-config = ["demo-fast >= 1.2"]', 1)
    tree = project(tmp_path / "tree", more=more, files={"ext/plain.c": source})
    env = {"PKG_CONFIG_PATH": str(tmp_path / "pc")}
    wheel, _ = build(python, tree, tmp_path / "out", env)
    assert try_wheel(python, wheel, tmp_path, "import demo._plain as p; print(p.total(1, 2))").strip() == "116"
    (tree / "pyproject.toml").write_text((tree / "pyproject.toml").read_text().replace(">= 1.2", ">= 1.9"))
    done = run(hook_command(python, tmp_path / "a", "build_wheel", wheel_directory=str(tmp_path)), tree, env)
    assert done.code != 0
    assert "pkg-config does not know `demo-fast >= 1.9`" in done.output
    assert re.search(r"pyproject.toml:\d+:", done.output)


def changed(before: str, after: str) -> str:
    assert before in PARTS
    return PARTS.replace(before, after, 1)


BAD = {
    "a flag of C++ for C": (
        changed(
            'sources = ["fast/*.c", "fast/*.cpp"]',
            'sources = ["fast/*.c", "fast/*.cpp"]\nextra-compile-args = ["-std=c++20"]',
        ).replace('extra-compile-args = ["-include", "deep/public/deep.h"]\n', ""),
        {},
        ["`-std=c++20` is for C++, and `fast/add.c` is not", "a static library of their own"],
    ),
    "a flag of C for C++": (
        changed('"-include", "deep/public/deep.h"', '"-std=gnu11"'),
        {},
        ["`-std=gnu11` is for C, and `fast/cxx.cpp` is not"],
    ),
    "a glob that matches nothing": (
        changed("ext/*.c", "exts/*.c"),
        {},
        ["`exts/*.c` in `sources` matches no file", "there is no folder `exts`"],
    ),
    "a source that is not there": (
        changed("ext/*.c", "ext/plian.c"),
        {},
        ["no file `ext/plian.c`, a source of `demo._plain`", "there is a file `ext/plain.c`"],
    ),
    "a circle": (
        changed('sources = ["deep/deep.c"]', 'sources = ["deep/deep.c"]\nlibraries = ["fast"]'),
        {},
        ["libraries need each other in a circle: `fast` -> `deep` -> `fast`"],
    ),
    "the name of a builder's module": (
        changed('"demo._plain"', '"demo._ffi"'),
        {},
        ["a builder makes a module `demo._ffi` too"],
    ),
    "the name of a Python file": (
        changed('"demo._plain"', '"demo.tool"'),
        {"demo/tool.py": ""},
        ["`demo/tool.py` has the name of the extension `demo.tool`"],
    ),
    "the name of a package": (
        changed('"demo._plain"', '"demo.tool"'),
        {"demo/tool/__init__.py": ""},
        ["`demo/tool/__init__.py` has the name of the extension `demo.tool`"],
    ),
    "two in force with one name": (
        PARTS
        + '[[tool.officina.extensions]]\nname = "demo._twice"\nsources = ["ext/plain.c"]\nif.python = "cpython"\n'
        + '[[tool.officina.extensions]]\nname = "demo._twice"\nsources = ["ext/plain.c"]\nif.platform = "*"\n',
        {},
        ["`demo._twice` is there twice in `tool.officina.extensions`"],
    ),
    "another name than the source has": (
        changed('"demo._plain"', '"demo._plane"'),
        {},
        ["`demo._plane` would fail to import", "PyInit__plane"],
    ),
    "a step that fails": (
        changed("gen/make.py", "gen/fails.py"),
        {"gen/fails.py": "raise SystemExit(3)"},
        ["the step `made` failed", "exit code 3"],
    ),
    "a program that is not there": (
        changed('[["{python}"', '[["no-such-program"'),
        {},
        ["the step `made` cannot start `no-such-program`"],
    ),
    "no such placeholder": (changed("{python}", "{pyhton}"), {}, ["`{pyhton}` is no placeholder", "`{python}`"]),
    "a step that writes elsewhere": (
        changed('outputs = ["demo/made.py"]', 'outputs = ["demo/__init__.py"]'),
        {},
        ["the step `made` wrote `demo/made.py`, which is none of its `outputs`"],
    ),
    "a step that does not make what it should": (
        changed('outputs = ["demo/made.py"]', 'outputs = ["demo/made.py", "demo/other.py"]'),
        {},
        ["the step `made` made no file `demo/other.py`"],
    ),
    "a step without its folder": (
        changed('include-dirs = ["include"]', 'include-dirs = ["headers"]'),
        {},
        ["the step `made` made no folder `headers`"],
    ),
    "inputs that are not there": (
        changed('inputs = ["gen/**"]', 'inputs = ["gen/*.c"]'),
        {},
        ["`gen/*.c` in `inputs` matches no file"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_said_at_its_line(python, tmp_path, case):
    more, files, expected = BAD[case]
    output = failing(python, project(tmp_path / "tree", more=more, files=files), tmp_path).output
    for text in expected:
        assert text in output, output
    if "source that is not there" not in case and "another name" not in case:
        assert re.search(r"pyproject.toml:\d+:\d+", output), output


def test_sources_may_lie_in_a_folder_of_the_extensions_name(python, tmp_path):
    more = changed("ext/*.c", "demo/_plain/*.c")
    tree = project(tmp_path / "tree", more=more, files={"demo/_plain/plain.c": '#include "made.h"\n' + PLAIN})
    wheel, _ = build(python, tree, tmp_path / "out")
    assert try_wheel(python, wheel, tmp_path, ASK).split()[0] == "1109"


def test_a_step_finds_what_the_step_before_it_made(python, tmp_path):
    more = (
        PARTS
        + """
[[tool.officina.steps]]
name = "copied"
commands = [["{python}", "-c", "import shutil; shutil.copy('demo/made.py', 'demo/copied.py')"]]
directory = "{root}"
inputs = ["demo/mad*.py"]
outputs = ["demo/copied.py"]
"""
    )
    tree = project(tmp_path / "tree", more=more)
    wheel, output = build(python, tree, tmp_path / "out")
    assert {"Ran made", "Ran copied"} <= steps(output)
    assert "demo/copied.py" in names_in(wheel)
    assert steps(build(python, tree, tmp_path / "out")[1]) == set()
    (tree / "gen/value.txt").write_text("2000\n")
    assert {"Ran made", "Ran copied"} <= steps(build(python, tree, tmp_path / "out")[1])


@pytest.mark.parametrize(
    "command, directory",
    [
        ('"{python}", "-B", "-W", "error", "{root}/tools/make.py"', "{build}"),
        ('"{python}", "tools/make.py"', "{root}"),
        ('"{python}", "-m", "tools.make"', "{root}"),
    ],
)
def test_what_the_script_of_a_step_imports_is_an_input(command, directory, rebuild, tmp_path):
    more = f"""
[[tool.officina.steps]]
name = "more"
commands = [[{command}]]
directory = "{directory}"
inputs = ["*.toml"]
provides = {{ include-dirs = ["inc"] }}
"""
    files = {
        "tools/make.py": "import os, pathlib, sys\nsys.path.insert(0, 'tools')\nfrom helper import VALUE\n"
        "folder = pathlib.Path(os.environ['INTO'], 'inc')\nfolder.mkdir(parents=True, exist_ok=True)\n"
        "(folder / 'more.h').write_text(f'#define MORE {VALUE}')\n",
        "tools/helper.py": "from words import VALUE\n",
        "tools/words.py": "VALUE = 1\n",
    }
    more = more.replace("provides", 'env = { INTO = "{build}" }\nprovides')
    tree = demo(tmp_path / "tree", files=files, more=more)
    assert "Ran more" in rebuild(tree) and "Ran more" not in rebuild(tree)
    for file, text in (("words", "VALUE = 23\n"), ("helper", "VALUE = 4\n")):
        (tree / f"tools/{file}.py").write_text(text)
        assert "Ran more" in rebuild(tree), file


def test_a_library_that_nobody_links_is_not_built(python, tmp_path):
    more = PARTS.replace('name = "deep"', 'name = "deeep"')
    more = more.replace('libraries = ["deep"]', "").replace(
        'extra-compile-args = ["-include", "deep/public/deep.h"]', ""
    )
    files = {"fast/add.c": '#include "fast.h"\nint fast_add(int a, int b) { return a + b; }\n'}
    _, output = build(python, project(tmp_path / "tree", more=more, files=files), tmp_path / "out")
    assert "the library `deeep` is not linked" in output
    assert "Compiled deep/deep.c" not in steps(output)


SLOW = """\
import os, pathlib, subprocess, sys, time
root = pathlib.Path(sys.argv[1])
pathlib.Path("half").write_text("begun")
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
(root.parent / "pids").write_text(f"{os.getpid()} {child.pid}")
if not (root / "gen/quick").exists():
    time.sleep(600)
child.kill()
assert (root / "gen/quick").read_text() == "ok"
os.makedirs("include", exist_ok=True)
pathlib.Path("include/made.h").write_text("#define FROM_STEP 1\\n")
pathlib.Path("said").write_text(str(sorted(os.listdir("."))))
(root / "demo/made.py").write_text("value = 1\\n")
"""


def is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_was_ended_in_the_middle_is_not_taken_for_done(python, tmp_path, number):
    tree = project(tmp_path / "tree", files={"gen/make.py": SLOW})
    arguments = {"wheel_directory": str(tmp_path)}
    command = hook_command(python, tmp_path / "answer", "build_wheel", **arguments)
    ended = subprocess.Popen(command, cwd=tree, stderr=subprocess.PIPE, start_new_session=True)
    pids = tmp_path / "pids"
    while not pids.exists() or " " not in pids.read_text():
        assert ended.poll() is None, ended.stderr.read().decode()
        time.sleep(0.02)
    own, child = map(int, pids.read_text().split())
    if number == signal.SIGINT:
        os.killpg(ended.pid, number)
        ended.communicate(timeout=60)
        deadline = time.monotonic() + 10
        while (is_running(own) or is_running(child)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not is_running(own) and not is_running(child)
    else:
        for pid in (own, child):
            os.kill(pid, number)
        assert ended.wait(60) != 0
    (tree / "gen/quick").write_text("ok")
    build(python, tree, tmp_path / "out")
    said = next((tree / "build").rglob("steps/made/said")).read_text()
    assert said == "['half', 'include']", "the folder was not emptied"


def test_make_gets_compiler_and_jobs(python, tmp_path):
    makefile = "all:\n\tmkdir -p include\n\techo '#define FROM_STEP 1' > include/made.h\n"
    makefile += '\t@echo "CC=$(CC) CFLAGS=$(CFLAGS) AR=$(AR) MAKEFLAGS=$(MAKEFLAGS)" > said\n'
    makefile += "\techo 'value = 1' > $(ROOT)/demo/made.py\n"
    more = changed(
        '[["{python}", "{root}/gen/make.py", "{root}"]]', '[["make", "-f", "{root}/gen/Makefile", "ROOT={root}"]]'
    )
    tree = project(tmp_path / "tree", more=more, files={"gen/Makefile": makefile})
    build(python, tree, tmp_path / "out", config={"jobs": "3"})
    said = next((tree / "build").rglob("steps/made/said")).read_text()
    assert re.search(r"CC=\S", said)
    assert "-fPIC" in said
    assert re.search(r"AR=\S*ar", said)
    assert "3" in said.partition("MAKEFLAGS=")[2], said


MAKEFILE = """\
all: include/made.h copy.py
include/made.h: $(ROOT)/gen/value.txt
\tmkdir -p include
\techo "#define FROM_STEP $$(cat $<)" > $@
copy.py: $(ROOT)/gen/value.txt
\techo "value = $$(cat $<) # $(LDFLAGS)" > $@
\tcp $@ $(ROOT)/demo/made.py
"""


@pytest.fixture
def with_make(tmp_path) -> Path:
    """A project whose step runs a Makefile, which looks at times."""
    more = PARTS.replace(
        '[["{python}", "{root}/gen/make.py", "{root}"]]', '[["make", "-f", "{root}/gen/Makefile", "ROOT={root}"]]'
    )
    return project(tmp_path / "tree", more=more, files={"gen/Makefile": MAKEFILE})


def test_a_changed_input_that_is_older_than_what_was_made_is_seen(with_make, rebuild):
    value = with_make / "gen/value.txt"
    rebuild(with_make)
    (with_make / "other.txt").write_text("2000\n")
    os.utime(with_make / "other.txt", (1_000_000_000, 1_000_000_000))
    (with_make / "other.txt").rename(value)
    assert rebuild(with_make) >= STEP
    assert "2000" in next((with_make / "build").rglob("include/made.h")).read_text()


def test_make_finds_what_it_made_before(with_make, rebuild):
    rebuild(with_make)
    marked = next((with_make / "build").rglob("steps/made")) / "mark"
    marked.touch()
    (with_make / "gen/value.txt").write_text("3000\n")
    assert rebuild(with_make) >= STEP
    assert marked.exists()


def test_variables_that_compilers_and_linkers_read_count(with_make, python, tmp_path):
    build(python, with_make, tmp_path / "out")
    build(python, with_make, tmp_path / "out", {"LDFLAGS": "-Wl,-O1"})
    assert "-Wl,-O1" in (with_make / "demo/made.py").read_text()


KEEPING = """\
import os, pathlib, subprocess
from cffi import FFI

folder = pathlib.Path(os.environ["OFFICINA_BUILDER_DIR"])
archive = folder / "libkept.a"
if not archive.exists():
    subprocess.run(["cc", "-fPIC", "-c", os.path.abspath("c/kept.c"), "-o", str(folder / "kept.o")], check=True)
    subprocess.run(["ar", "rcs", str(archive), str(folder / "kept.o")], check=True)
    print("made the archive")
ffi = FFI()
ffi.cdef("int kept(void);")
ffi.set_source("demo._NAME", "int kept(void);", extra_objects=[str(archive)])
"""


@pytest.mark.parametrize("names", [["one"], ["one", "two"]])
def test_a_builder_has_a_folder_that_is_kept(python, tmp_path, names):
    files = {f"{name}.py": KEEPING.replace("NAME", name) for name in names}
    files |= {"demo/__init__.py": "", "c/kept.c": "int kept(void) { return 7; }\n"}
    tree = make_project(tmp_path / "tree", files, modules=[f"{name}.py:ffi" for name in names])
    wheel, output = build(python, tree, tmp_path / "out")
    assert output.count("made the archive") == len(names)
    again, output = build(python, tree, tmp_path / "again")
    assert "made the archive" not in output
    assert wheel.read_bytes() == again.read_bytes()
    code = "; ".join(f"import demo._{name} as m; assert m.lib.kept() == 7" for name in names)
    try_wheel(python, wheel, tmp_path, code)


@pytest.mark.parametrize("origin", ["$ORIGIN", "$ORIGIN/../libs"])
def test_a_library_beside_the_module_is_found_in_an_editable_install(tmp_path, officina_wheel, origin):
    folder = "demo" if origin == "$ORIGIN" else "libs"
    make = "from cffi import FFI\nffi = FFI()\nffi.cdef('int beside(void);')\n"
    make += "ffi.set_source('demo._demo', 'int beside(void);', libraries=['beside'], "
    make += f"library_dirs=['{folder}'], runtime_library_dirs=['{origin}'])\n"
    files = {"demo/__init__.py": "", "libs/__init__.py": "", "make.py": make}
    tree = make_project(tmp_path / "tree", files, modules=["make.py:ffi"], settings='packages = ["demo", "libs"]')
    (tmp_path / "beside.c").write_text("int beside(void) { return 9; }\n")
    library = tree / folder / "libbeside.so"
    subprocess.run(["cc", "-shared", "-fPIC", tmp_path / "beside.c", "-o", library], check=True)
    site = Site(tmp_path / "site")
    site.pip("install", officina_wheel, "cffi")
    site.pip("install", "--no-build-isolation", "-e", tree)
    assert site.says("import demo._demo; print(demo._demo.lib.beside())") == "9"
    site.pip("uninstall", "-y", "demo")
    site.pip("install", "--no-build-isolation", tree)
    assert site.says("import demo._demo; print(demo._demo.lib.beside())") == "9"
