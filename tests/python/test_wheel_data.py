"""Files at other places of a wheel than in the tree: `[tool.officina.data]` and `[tool.officina.files]`."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from building import build, call_hook, names_in, run, try_wheel, unpack_sdist
from projects import ADD, demo
from refusals import refused
from sites import Site

DATA = """
[tool.officina.data]
scripts = ["bin/*"]
headers = ["src/native/*.h"]
data = { "share/man/man1" = ["man/*.1"], "share/locale" = ["locale/*/LC_MESSAGES/*.mo"] }
"""
FILES = {
    "bin/demo-run": "#!python\nprint('run by', __import__('sys').prefix)\n",
    "bin/demo-env": "#!/usr/bin/env python\nprint('env')\n",
    "bin/demo-sh": "#!/bin/sh\necho shell\n",
    "bin/demo-run~": "an editor's",
    "src/native/demo.h": "int demo;\n",
    "src/native/more.h": "int more;\n",
    "man/demo.1": ".TH demo 1\n",
    "locale/de/LC_MESSAGES/demo.mo": "de",
    "locale/fr/LC_MESSAGES/demo.mo": "fr",
    "demo/__init__.py": "",
}
PLACED = [
    "demo-1.0.data/data/share/locale/de/LC_MESSAGES/demo.mo",
    "demo-1.0.data/data/share/locale/fr/LC_MESSAGES/demo.mo",
    "demo-1.0.data/data/share/man/man1/demo.1",
    "demo-1.0.data/headers/demo.h",
    "demo-1.0.data/headers/more.h",
    "demo-1.0.data/scripts/demo-env",
    "demo-1.0.data/scripts/demo-run",
    "demo-1.0.data/scripts/demo-sh",
]
PURE = 'name = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n'


def _pure(folder, files=(), more=DATA, project=PURE, settings=""):
    """A project without modules, so that nothing has to be compiled."""
    return demo(folder, files={**FILES, **dict(files)}, modules=[], more=more, project=project, settings=settings)


def _everything(folder: Path) -> set[str]:
    kept = ("__pycache__", ".lock")
    return {path.as_posix() for path in folder.rglob("*") if not any(word in path.as_posix() for word in kept)}


def test_files_go_to_the_schemes_with_the_same_bytes_each_time(python, tmp_path):
    project = _pure(tmp_path / "project")
    wheel, _ = build(python, project, tmp_path / "out")
    assert [name for name in names_in(wheel) if ".data/" in name] == PLACED
    with zipfile.ZipFile(wheel) as archive:
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in PLACED}
        assert archive.read("demo-1.0.data/scripts/demo-run").startswith(b"#!python\n")
        assert archive.read("demo-1.0.data/scripts/demo-env").startswith(b"#!/usr/bin/env python\n")
    for name, mode in modes.items():
        assert stat.S_IMODE(mode) == (0o755 if "/scripts/" in name else 0o644), name
    for path in (project / "bin").iterdir():
        path.chmod(0o700)
    again, _ = build(python, project, tmp_path / "again")
    assert hashlib.sha256(wheel.read_bytes()).digest() == hashlib.sha256(again.read_bytes()).digest()


@pytest.mark.parametrize("way", ["pip", "uv", "editable"])
def test_installers_put_them_where_they_belong_and_take_them_away(way, tmp_path):
    site = Site(tmp_path / "site")
    project = _pure(tmp_path / "project")
    prefix = tmp_path / "site"
    before = _everything(prefix)
    install = site.uv if way == "uv" else site.pip
    install("install", *(["-e"] if way == "editable" else []), project)
    bin_folder = site.python.parent
    assert run([bin_folder / "demo-run"], tmp_path).stdout == f"run by {prefix}\n"
    assert run([bin_folder / "demo-sh"], tmp_path).stdout == "shell\n"
    assert (bin_folder / "demo-env").read_text().startswith("#!/usr/bin/env python\n")
    assert os.access(bin_folder / "demo-env", os.X_OK)
    assert (prefix / "share/man/man1/demo.1").read_text() == ".TH demo 1\n"
    assert (prefix / "share/locale/fr/LC_MESSAGES/demo.mo").read_text() == "fr"
    headers = [path.relative_to(prefix).as_posix() for path in prefix.rglob("demo.h")]
    assert len(headers) == 1 and headers[0].startswith("include/") and headers[0].endswith("/demo/demo.h")
    if way == "uv":
        site.uv("uninstall", "demo")
    else:
        site.pip("uninstall", "-y", "demo")
    left = _everything(prefix) - before
    assert not [path for path in left if Path(path).is_file()], left


def test_headers_and_data_keep_the_folders_that_their_glob_leaves_open(python, tmp_path):
    headers = 'headers = { "v1/api" = ["inc"], "." = ["top.h"] }'
    more = f'[tool.officina.data]\n{headers}\ndata = {{ "etc" = ["conf/**/*.ini"] }}\n'
    files = {"inc/a.h": "", "inc/sub/b.h": "", "top.h": "", "conf/x.ini": "", "conf/d/y.ini": "", "conf/d/z.txt": ""}
    wheel, _ = build(python, _pure(tmp_path / "project", files, more), tmp_path / "out")
    assert [name.partition(".data/")[2] for name in names_in(wheel) if ".data/" in name] == [
        "data/etc/d/y.ini",
        "data/etc/x.ini",
        "headers/top.h",
        "headers/v1/api/a.h",
        "headers/v1/api/sub/b.h",
    ]


def test_what_a_builder_writes_counts_and_an_sdist_has_what_is_there(python, tmp_path):
    builder = ADD + "\nimport os\nos.makedirs('out', exist_ok=True)\nopen('out/made.1', 'w').write('made')\n"
    more = '[tool.officina.data]\ndata = { "man" = ["out/*.1"] }\nscripts = ["tools/ignored"]\n'
    project = demo(
        tmp_path / "project",
        files={"build_demo.py": builder, ".gitignore": "tools/\nout/\n", "tools/ignored": "#!/bin/sh\n"},
        more=more,
    )
    name = call_hook(python, project, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    with tarfile.open(tmp_path / name) as archive:
        names = archive.getnames()
        assert "demo-1.0/tools/ignored" in names and "demo-1.0/out/made.1" not in names
    tree = unpack_sdist(tmp_path / name, tmp_path / "unpacked")
    wheel, _ = build(python, project, tmp_path / "tree")
    from_sdist, _ = build(python, tree, tmp_path / "sdist")
    assert "demo-1.0.data/data/man/made.1" in names_in(wheel)
    assert wheel.read_bytes() == from_sdist.read_bytes()


def test_the_list_says_which_rule_places_a_file(python, tmp_path):
    project = _pure(tmp_path / "project", more=DATA + '[tool.officina.files]\n"demo/x.txt" = "man"\n')
    done = run([python.parent / "officina", "list", "--left-out", project], tmp_path)
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    assert "`data.scripts` has `bin/*`" in lines["demo-1.0.data/scripts/demo-run"], done.stdout
    assert "`data.data` has `man/*.1`" in lines["demo-1.0.data/data/share/man/man1/demo.1"]
    assert "`files` has `man`" in lines["demo/x.txt/demo.1"]
    assert "bin/demo-run~" in lines


@pytest.mark.parametrize(
    ("files", "more", "phrases"),
    [
        (
            {},
            '[tool.officina.data]\nscripts = ["bim/*"]\n',
            ["`bim/*` in `data.scripts` matches no file", "did you mean `bin/*`?", "tool.officina.data.scripts"],
        ),
        ({}, '[tool.officina.data]\ndata = { "x" = ["man/demo.2"] }\n', ["did you mean `man/demo.1`?"]),
        ({}, '[tool.officina.data]\nheaders = { "x" = ["demo.h"] }\n', ["there is `src/native/demo.h`"]),
        (
            {"tools/demo-sh": "x"},
            '[tool.officina.data]\nscripts = ["bin/*", "tools/*"]\n',
            ["two files for the path `demo-1.0.data/scripts/demo-sh`", "bin/demo-sh", "tools/demo-sh"],
        ),
        (
            {"other/demo.h": "x"},
            '[tool.officina.data]\nheaders = ["src/native/*.h", "other/*.h"]\n',
            ["two files for the path `demo-1.0.data/headers/demo.h`"],
        ),
        ({}, '[tool.officina.files]\n"demo/a" = "mann"\n', ["no `mann`, which `files` names", "you mean `man`?"]),
        ({}, '[tool.officina.files]\n"demo/__init__.py" = "man/demo.1"\n', ["for the path `demo/__init__.py`"]),
        ({}, '[tool.officina.files]\n"demo/a" = "man"\n"demo/a/demo.1" = "bin/demo-sh"\n', ["two files for the path"]),
    ],
)
def test_what_cannot_be_placed_is_refused(files, more, phrases, python, tmp_path):
    refused(python, _pure(tmp_path / "project", files, more), tmp_path, *phrases)


def test_a_script_and_an_entry_point_are_not_one_program(python, tmp_path):
    project = PURE + '[project.scripts]\ndemo-run = "demo:main"\n'
    made = _pure(tmp_path / "project", {"demo/__init__.py": "def main(): pass\n"}, project=project)
    refused(python, made, tmp_path, "the program `demo-run` is a script and an entry point as well")


def test_an_exclude_and_an_override_decide_about_data_too(python, tmp_path):
    more = DATA + (
        '[[tool.officina.overrides]]\nif.env.MORE = true\ninherit.data = "append"\ndata.scripts = ["man/*.1"]\n'
        "[[tool.officina.overrides]]\nif.env.NONE = true\ndata = {}\n"
    )
    project = _pure(tmp_path / "project", more=more, settings='exclude = ["bin/demo-sh", "locale"]')
    for env, count in [({}, 5), ({"MORE": "1"}, 6), ({"NONE": "1"}, 0)]:
        wheel, _ = build(python, project, tmp_path / f"out{count}", env)
        assert len([name for name in names_in(wheel) if ".data/" in name]) == count


RENAMED = """
[tool.officina.files]
"demo/_impl.py" = "impl/linux.py"
"demo/table.json" = "resources/table.json"
"whole" = "vendor/whole-1.2"
"single.py" = "impl/single_file.py"
"""
RENAMED_FILES = {
    "demo/__init__.py": "from demo._impl import value\n",
    "impl/linux.py": "value = 'linux'\n",
    "impl/single_file.py": "value = 'single'\n",
    "resources/table.json": "{}",
    "vendor/whole-1.2/__init__.py": "from whole.part import value\n",
    "vendor/whole-1.2/part.py": "value = 'part'\n",
    "vendor/whole-1.2/deep/data.h": "int x;",
    "vendor/whole-1.2/__pycache__/part.pyc": "x",
}
SAYS = "import demo, whole, single; print(demo.value, whole.value, single.value)"


def _renamed(folder):
    settings = 'packages = ["demo"]\npy-modules = []'
    return _pure(folder, RENAMED_FILES, RENAMED, settings=settings)


def test_files_and_folders_have_another_path_in_the_wheel(python, tmp_path):
    project = _renamed(tmp_path / "project")
    wheel, _ = build(python, project, tmp_path / "out")
    assert names_in(wheel) == [
        "demo/__init__.py",
        "demo/_impl.py",
        "demo/table.json",
        "single.py",
        "whole/__init__.py",
        "whole/deep/data.h",
        "whole/part.py",
    ]
    assert try_wheel(python, wheel, tmp_path, SAYS) == "linux part single\n"
    (project / ".gitignore").write_text("vendor/\nresources/\n")
    name = call_hook(python, project, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    tree = unpack_sdist(tmp_path / name, tmp_path / "unpacked")
    from_sdist, _ = build(python, tree, tmp_path / "sdist")
    assert wheel.read_bytes() == from_sdist.read_bytes()


def test_a_file_that_is_renamed_is_not_at_its_own_place(python, tmp_path):
    files = {"demo/_linux.py": "value = 1\n", "demo/_windows.py": "value = 2\n"}
    more = '[tool.officina.files]\n"demo/_impl.py" = "demo/_linux.py"\n'
    wheel, _ = build(python, _pure(tmp_path / "project", files, more), tmp_path / "out")
    assert names_in(wheel) == ["demo/__init__.py", "demo/_impl.py", "demo/_windows.py"]


def test_an_editable_install_finds_renamed_modules_where_they_lie(tmp_path):
    site = Site(tmp_path / "site")
    project = _renamed(tmp_path / "project")
    before = _everything(tmp_path / "site")
    said = site.pip("install", "--verbose", "-e", project)
    assert "`demo/table.json` is not seen in an editable install" in said
    assert site.says(SAYS) == "linux part single"
    (project / "impl/linux.py").write_text("value = 'edited'\n")
    (project / "vendor/whole-1.2/part.py").write_text("value = 'edited, too'\n")
    assert site.says(SAYS) == "edited edited, too single"
    read = "from importlib.resources import files; print((files('whole') / 'deep/data.h').read_text())"
    assert site.says(read) == "int x;"
    site.pip("uninstall", "-y", "demo")
    assert _everything(tmp_path / "site") - before == set()


def test_a_renamed_file_does_not_hide_a_module(python, tmp_path):
    more = '[tool.officina.files]\n"demo/_demo.py" = "impl.py"\n'
    project = demo(tmp_path / "project", files={"impl.py": "x = 1\n"}, more=more, settings="py-modules = []")
    refused(python, project, tmp_path, "the CFFI module `demo._demo` collides with the source file `impl.py`")
