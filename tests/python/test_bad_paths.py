"""Paths and names that lead out of the project, that are not what they look like, or that are one
name in two spellings: in settings, in metadata and in builders."""

from __future__ import annotations

import json
import subprocess
import unicodedata

import pytest
from building import build, names_in
from projects import ADD, PROJECT, demo, snapshot
from refusals import refused

OUTSIDE = {
    "exclude": ({"settings": 'exclude = ["demo/../../x"]'}, ["`demo/../../x`", "exclude", "holds `..`"]),
    "include, with backslashes": ({"settings": "include = ['demo\\..\\..\\x']"}, ["include", "holds `..`"]),
    "sdist include": ({"settings": 'sdist = { include = ["../x"] }'}, ["`../x`", "include", "holds `..`"]),
    "sdist exclude": ({"settings": 'sdist = { exclude = ["/x"] }'}, ["`/x`", "exclude", "absolute path"]),
    "ext-package": ({"settings": 'ext-package = "../x"'}, ["ext-package", "`../x`", "dotted Python name"]),
    "py-modules": ({"settings": 'py-modules = ["../x"]'}, ["`../x`", "py-modules", "outside the project"]),
    "readme": ({"project": PROJECT + 'readme = "../README.md"\n'}, ["../README.md", "readme"]),
    "license-files": ({"project": PROJECT + 'license-files = ["../LICENSE"]\n'}, ["../LICENSE", "license-files"]),
    "version file": (
        {
            "project": 'name = "demo"\ndynamic = ["version"]\n',
            "settings": 'dynamic = { version = { file = "../VERSION" } }',
        },
        ["../VERSION", "version"],
    ),
    "version attribute": (
        {
            "project": 'name = "demo"\ndynamic = ["version"]\n',
            "settings": 'dynamic = { version = { attr = "../x:y" } }',
        },
        ["../x:y", "version"],
    ),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_settings_and_metadata_stay_in_the_project(case, python, tmp_path):
    changes, phrases = OUTSIDE[case]
    for name in ("README.md", "LICENSE", "VERSION", "x.py"):
        (tmp_path / name).write_text("1.0\n")
    refused(python, demo(tmp_path / "project", **changes), tmp_path, *phrases, "pyproject.toml:", "hint: ")


@pytest.mark.parametrize("name", ["../x", "demo/../../x", "/tmp/x", "demo..x", "demo.x y", "", "demo.1x", "x\\0y"])
@pytest.mark.parametrize("mode", ["API", "ABI"])
def test_a_module_cannot_be_called_so(name, mode, python, tmp_path):
    tail = "'')" if mode == "API" else "None)"
    builder = f"from cffi import FFI\nffi = FFI()\nffi.cdef('int abs(int);')\nffi.set_source('{name}', {tail}\n"
    project = demo(tmp_path / "project", files={"build_demo.py": builder})
    before = snapshot(tmp_path)
    # cffi itself refuses a `/`.
    traceback = "'module_name' must not contain '/'" if "/" in name else ""
    said = refused(python, project, tmp_path, "build_demo.py", traceback=traceback)
    assert traceback or "is not the name of a module" in said or "cannot write the module" in said, said
    outside = {path for path in snapshot(tmp_path).keys() - before.keys() if path not in ("tmp", "out")}
    assert not outside


@pytest.mark.parametrize("argument", ["libraries", "include_dirs", "sources", "define_macros"])
def test_a_nul_in_an_argument_is_refused(argument, python, tmp_path):
    value = '("X", "\\0")' if argument == "define_macros" else '"c\\0.c"'
    builder = ADD.replace('b; }")', f'b; }}", {argument}=[{value}])')
    assert builder != ADD
    project = demo(tmp_path / "project", files={"build_demo.py": builder})
    words = f"`{argument}` of `demo._demo` holds a NUL character"
    refused(python, project, tmp_path, words, "build_demo.py", "hint: ")


def test_a_link_in_a_package_that_leads_to_the_package_itself(python, tmp_path):
    project = demo(tmp_path / "project", files={"demo/data/x.txt": ""})
    plain, _ = build(python, project, tmp_path / "plain")
    (project / "demo/data/loop").symlink_to("..")
    (project / "demo/self").symlink_to("self")
    refused(python, project, tmp_path, "`demo/self` is a link to nothing", "hint: ")
    (project / "demo/self").unlink()
    looped, _ = build(python, project, tmp_path / "looped")
    assert looped.read_bytes() == plain.read_bytes()


def test_two_unicode_forms_of_a_name_in_a_wheel_are_refused(python, tmp_path):
    names = [f"demo/{unicodedata.normalize(form, 'é')}.txt" for form in ("NFC", "NFD")]
    project = demo(tmp_path / "project", files=dict.fromkeys(names, ""))
    if len(list((project / "demo").glob("*.txt"))) < 2:
        pytest.skip("this file system takes both names for one")
    refused(python, project, tmp_path, "two files for the path", "hint: ")


@pytest.mark.parametrize("written", ["NFC", "NFD"])
@pytest.mark.parametrize("stored", ["NFC", "NFD"])
def test_a_setting_finds_a_name_in_either_unicode_form(written, stored, python, tmp_path):
    name = unicodedata.normalize(stored, "données/é.txt")
    glob = unicodedata.normalize(written, "données/é*")
    project = demo(tmp_path / "project", files={name: ""}, settings=f'include = ["{glob}"]')
    wheel, _ = build(python, project, tmp_path / "out")
    assert unicodedata.normalize("NFC", name) in {unicodedata.normalize("NFC", found) for found in names_in(wheel)}


# Moves the cursor, sets the title of the window, turns the direction of writing around.
COMMANDS = ("\x1b[2J", "\x1b]0;x\x07", "\u009b2J", "\u202e", "\x7f\x08")


def _bare(text: bytes) -> str:
    """What a program printed, without a character that commands a terminal."""
    text = text.decode()
    assert not any(letter in text for letter in "\x1b\x07\x08\x7f\u009b\u202e"), repr(text)
    return text


@pytest.mark.parametrize("commands", COMMANDS)
def test_no_name_commands_a_terminal(commands, python, tmp_path):
    name = f"a{commands}b.h"
    shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in commands)
    files = {f"demo/{name}": "", f"demo/{name}.so": b"", ".gitignore": f"{name}.so\n"}
    project = demo(tmp_path / "project", files=files, settings='define-macros = ["A=\\u001b[1m"]')

    def officina(*arguments, code=0):
        command = [python.parent / "officina", *arguments]
        done = subprocess.run(command, cwd=project, capture_output=True, check=False)
        assert done.returncode == code, done.stderr.decode()
        return _bare(done.stdout), _bare(done.stderr)

    listed, _ = officina("list", "--left-out")
    assert f"demo/a{shown}b.h" in listed.replace("\\u{", "\\u").replace("}", "")
    listed, _ = officina("list", "--format", "json")
    assert f"demo/{name}" in {file["path"] for file in json.loads(listed)[0]["files"]}
    command = [python.parent / "officina", "build", "--wheel"]
    _bare(subprocess.run(command, cwd=project, capture_output=True, check=False).stderr)
    for file in (project / "demo").glob("a*b.h*"):
        file.unlink()  # no wheel holds a name with a control character
    planned, _ = officina("show", "--commands", "--why")
    assert "\\x1b[1m" in planned
    officina("build", "-C", "verbose=true")
    _, said = officina("build", "-C", f"jobs={commands}", code=1)
    assert "jobs" in said and "error: " in said
    _, said = officina("build", "-C", f"{commands}=1", code=1)
    assert "error: " in said
    (project / "pyproject.toml").write_text(f'[project]\nname = "{json.dumps(commands)[1:-1]}"\nversion = "1"\n')
    officina("list", code=1)
