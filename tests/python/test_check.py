"""`officina check` proves an sdist; `officina list` says why files are in it; `officina clean`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from building import Outcome, build, call_hook, names_in, run
from projects import ADD, demo, make_project, snapshot

HEADERS = {
    "include/outer.h": '#include "inner.h"\n#define OUTER INNER\n',
    "include/inner.h": "#define INNER 7\n",
    "data/names.txt": "add\n",
    "helpers/text.py": "SOURCE = '#include \"outer.h\"\\nstatic int add(int a, int b) { return a + b + OUTER; }'\n",
}

BUILDER = """\
import sys
from pathlib import Path

sys.path.insert(0, "helpers")
from cffi import FFI
from text import SOURCE

ffi = FFI()
for name in Path("data/names.txt").read_text().split():
    ffi.cdef(f"int {name}(int, int);")
Path("include/made.h").write_text("")
ffi.set_source("demo._demo", "#include \\"made.h\\"\\n" + SOURCE, include_dirs=["include"])
"""


@pytest.fixture
def officina(python):
    def call(directory: Path, *arguments: object, env: dict | None = None) -> Outcome:
        return run([python.parent / "officina", *arguments], directory, env)

    return call


def project_with_inputs(folder: Path, **changes: object) -> Path:
    project = demo(folder, files=HEADERS, **changes)
    (project / "build_demo.py").write_text(BUILDER)
    return project


def test_everything_that_a_build_reads_is_in_the_sdist(officina, tmp_path):
    project = project_with_inputs(tmp_path / "demo")
    done = officina(project, "check", "--format", "json")
    assert done.code == 0, done.output
    proof = json.loads(done.stdout)
    read = {entry["file"]: entry["readers"] for entry in proof["inputs"]}
    assert set(read) == {"build_demo.py", *HEADERS}
    assert read["include/inner.h"] == ["compiling `demo._demo.c` for `demo._demo`"]
    assert read["data/names.txt"] == ["builder `build_demo.py`"]
    assert (proof["sdist"], proof["programs"]) == ("demo-1.0.tar.gz", [])
    assert not list(tmp_path.rglob("*.whl")), "nothing of it is kept"
    text = officina(project, "check")
    assert text.code == 0 and "demo-1.0.tar.gz: holds all 5 files of the tree that the build reads" in text.stdout


@pytest.mark.parametrize("missing", [*HEADERS])
def test_any_input_left_out_is_named_with_its_reader_and_rule(officina, missing, tmp_path):
    project = project_with_inputs(tmp_path / "demo", more=f'[tool.officina.sdist]\nexclude = ["{missing}"]\n')
    done = officina(project, "check")
    assert done.code == 1
    assert f"error: the sdist leaves out files that the build reads: `{missing}`" in done.output
    reader = "compiling `demo._demo.c` for `demo._demo`" if "include" in missing else "builder `build_demo.py`"
    assert f"note: `{missing}` (`sdist.exclude` has `{missing}`) is read by {reader}" in done.output
    assert f"hint: narrow `{missing}` in `exclude` of `[tool.officina.sdist]`" in done.output
    assert "pyproject.toml:" in done.output


def test_what_git_ignores_is_mended_by_the_line_that_the_error_tells(officina, tmp_path):
    project = project_with_inputs(tmp_path / "demo")
    (project / ".gitignore").write_text("*.txt\n/include/made.h\n")
    done = officina(project, "check")
    assert done.code == 1
    assert "`data/names.txt` (ignored by .gitignore:1 `*.txt`) is read by builder `build_demo.py`" in done.output
    assert 'hint: write `include = ["data/names.txt"]` into `[tool.officina.sdist]`' in done.output
    with (project / "pyproject.toml").open("a") as file:
        file.write('[tool.officina.sdist]\ninclude = ["data/names.txt"]\n')
    done = officina(project, "check")
    assert done.code == 0, done.output


def test_a_wheel_that_depends_on_its_folder_is_noticed(officina, tmp_path):
    builder = ADD.replace("from cffi", "import os\nfrom cffi").replace(
        "int a, int b) {", 'int a, int b) {" + f" /* {os.getcwd()} */" + "'
    )
    project = demo(tmp_path / "demo")
    (project / "build_demo.py").write_text(
        builder.replace("ffi.set", 'open("demo/where.txt", "w").write(os.getcwd())\nffi.set')
    )
    done = officina(project, "check")
    assert done.code == 1
    assert "error: the wheel from the sdist is not the wheel from the source tree" in done.output
    assert "note: `demo/where.txt` is not the same" in done.output
    assert "note: `demo-1.0.dist-info/RECORD` is not the same" in done.output


# Each reads one file of the tree, by its absolute path.
ABSOLUTE = {
    "an argument of the linker": ("v.a", "linking `demo._demo`", "extra_link_args=[ROOT + '/v.a']"),
    "an object": ("v.o", "linking `demo._demo`", "extra_objects=[ROOT + '/v.o']"),
    "a library": ("libv.a", "linking `demo._demo`", "libraries=['v'], library_dirs=[ROOT]"),
    "a script of the linker": (
        "v.map",
        "linking `demo._demo`",
        "extra_link_args=['-Wl,--version-script=' + ROOT + '/v.map']",
    ),
    "a header": ("v.h", "compiling `demo._demo.c` for `demo._demo`", "extra_compile_args=['-include', ROOT + '/v.h']"),
    "a source": ("v.c", "compiling `demo._demo.c` for `demo._demo`", "define_macros=[('V', '<' + ROOT + '/v.c>')]"),
    "what is read": ("v.txt", "builder `build_demo.py`", "define_macros=[('V', open(ROOT + '/v.txt').read())]"),
}


def project_with_absolute_path(folder: Path, name: str, keywords: str, **changes: object) -> Path:
    project = demo(folder, files={"v.c": "int v(void) { return 1; }\n", "v.txt": "1", "v.h": ""}, **changes)
    (project / "v.map").write_text("{ global: PyInit_*; local: *; };\n")
    run(["sh", "-c", "gcc -fPIC -c v.c && ar rc v.a v.o && ar rc libv.a v.o"], project)
    builder = ADD.replace('b; }"', f'b; }}", {keywords}').replace(
        "ffi = FFI()", f"ROOT = {str(project)!r}\nffi = FFI()"
    )
    include = "\n#ifdef V\n#include V\n#endif\n"
    if name.endswith(".c"):
        builder = builder.replace('"static int', f'"{include.encode("unicode_escape").decode()}static int')
    (project / "build_demo.py").write_text(builder)
    return project


@pytest.mark.parametrize("how", [*ABSOLUTE])
def test_an_absolute_path_into_the_tree_proves_nothing(officina, how, tmp_path):
    name, reader, keywords = ABSOLUTE[how]
    project = project_with_absolute_path(tmp_path / "demo", name, keywords)
    if name.endswith((".o", ".a")):  # no sdist holds these by itself
        with (project / "pyproject.toml").open("a") as file:
            file.write(f'[tool.officina.sdist]\ninclude = ["{name}"]\n')
    done = officina(project, "check")
    assert done.code == 1, done.output
    assert f"error: the wheel from the sdist is built with files of the source tree: `{name}`" in done.output
    assert f"note: `{name}` is read by {reader}" in done.output
    assert "hint: name files by paths that are relative" in done.output


@pytest.mark.parametrize("how", [*ABSOLUTE])
def test_what_an_absolute_path_leads_to_is_missed_in_the_sdist(officina, how, tmp_path):
    name, reader, keywords = ABSOLUTE[how]
    more = f'[tool.officina.sdist]\nexclude = ["{name}"]\n'
    done = officina(project_with_absolute_path(tmp_path / "demo", name, keywords, more=more), "check")
    assert done.code == 1
    assert f"error: the sdist leaves out files that the build reads: `{name}`" in done.output
    assert f") is read by {reader}" in done.output


def test_what_a_program_of_a_builder_makes_for_the_linker_is_not_missed(officina, tmp_path):
    project = demo(tmp_path / "demo", files={"v.c": "int v(void) { return 1; }\n", ".gitignore": "*.[oa]\n"})
    make = "import subprocess\nsubprocess.run('gcc -fPIC -c v.c && ar rcD v.a v.o', shell=True, check=True)\n"
    (project / "build_demo.py").write_text(make + ADD.replace('b; }"', 'b; }", extra_link_args=["v.a"]'))
    done = officina(project, "check")
    assert done.code == 0, done.output


def test_programs_that_builders_start_are_told(officina, tmp_path):
    project = demo(tmp_path / "demo")
    (project / "build_demo.py").write_text("import subprocess\nsubprocess.run(['true', 'one'])\n" + ADD)
    done = officina(project, "check")
    assert done.code == 0, done.output
    assert "note: what `true one` reads, which build_demo.py runs, is not known" in done.stdout


def test_list_is_what_is_packed(officina, python, tmp_path):
    project = make_project(
        tmp_path / "demo",
        {
            ".gitignore": "*.log\n",
            "demo/__init__.py": "",
            "demo/data.txt": "",
            "demo/x.h": "",
            "make.py": ADD,
            "notes.log": "",
            "LICENSE": "MIT",
            ".env": "",
        },
        modules=["make.py:ffi"],
        project='name = "demo"\nversion = "1.0"\ndependencies = ["cffi"]\nlicense-files = ["LICENSE"]\n',
    )
    before = snapshot(project)
    done = officina(project, "list", "--left-out", "--format", "json")
    assert done.code == 0, done.output
    assert snapshot(project) == before and "Generated" not in done.output
    sdist, wheel = json.loads(done.stdout)
    name = call_hook(python, project, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    listed = [f"demo-1.0/{file['path']}" for file in sdist["files"]]
    tar = run(["tar", "tzf", tmp_path / name], tmp_path)
    assert sorted(listed) == sorted(tar.stdout.split()) and sdist["name"] == name
    built, _ = build(python, project, tmp_path / "out")
    held = {file["path"] for file in wheel["files"] if ".dist-info/" not in file["path"]}
    assert held | {"demo/_demo.abi3.so"} == set(names_in(built))
    assert wheel["built_by"] == ["make.py:ffi"]
    why = {file["path"]: file["why"] for file in sdist["files"]}
    assert (why["make.py"], why["LICENSE"], why["demo/x.h"]) == ("builder", "pyproject.toml names it", "not ignored")
    left_out = {file["path"]: file["why"] for file in sdist["left_out"]}
    assert left_out == {".env": "looks like a secret", "notes.log": "ignored by .gitignore:1 `*.log`"}
    left_out = {file["path"]: file["why"] for file in wheel["left_out"]}
    assert left_out["demo/x.h"] == "C source or header (`include` ships it)"
    text = officina(project, "list", "--wheel").stdout
    assert text.startswith("demo-1.0-*.whl\n") and "package `demo`" in text and "tar.gz" not in text
    assert "<make.py:ffi>" in text and "notes.log" not in text


def test_clean_removes_the_build_directory_and_nothing_else(officina, tmp_path):
    project = demo(tmp_path / "demo", settings='build-dir = "work"\n')
    before = snapshot(project)
    assert officina(project, "clean").stdout == "nothing to remove\n"
    assert officina(project, "build", "--wheel", "--out", tmp_path / "out").code == 0
    assert (project / "work").is_dir()
    done = officina(project, "clean")
    assert (done.code, done.stdout) == (0, f"removed {project}/work\n")
    assert snapshot(project) == before
    (project / "work").mkdir()
    (project / "work" / "mine").touch()
    done = officina(project, "clean")
    assert done.code == 1 and (project / "work" / "mine").exists()
    assert f"error: `{project}/work` was not made by a build" in done.output
    assert "pyproject.toml:" in done.output
