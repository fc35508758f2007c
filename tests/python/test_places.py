"""Where a project may lie: in a very long path, under any letters, where nobody may write."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from building import build, call_hook, hook_command, run
from mounts import mounting, mounts_work
from projects import demo
from refusals import assert_message, contents
from sites import Site

HOOKS = {"build_wheel": "wheel_directory", "build_sdist": "sdist_directory", "build_editable": "wheel_directory"}
LONGEST = 4096 - 1  # PATH_MAX counts the NUL at the end


@dataclass(frozen=True)
class Place:
    """Where the project lies, and how a command is run there."""

    folder: Path
    within: Callable[[Sequence[str]], list[str]] = list


def _long(tmp_path: Path) -> Place:
    # The longest file of the project has the longest path that there is.
    room = LONGEST - len("/demo/__init__.py") - len(str(tmp_path))
    parts = []
    while room > 250:
        parts.append("a" * 199)
        room -= 200
    return Place(tmp_path.joinpath(*parts, "b" * (room - 1)))


def _odd(tmp_path: Path) -> Place:
    return Place(tmp_path / "Ünï cödé & 'Œuvres' $(x) 日本" / 'pro "jékt" #1 100%')


def _read_only(tmp_path: Path) -> Place:
    folder = tmp_path / "read-only"
    script = f'mount --bind -o ro "{folder}" "{folder}"; cd "{folder}"; ! touch x 2>/dev/null'
    return Place(folder, lambda command: mounting(script, command))


needs_mounts = pytest.mark.skipif(not mounts_work(), reason="this user may not mount")
PLACES = [_long, _odd, pytest.param(_read_only, marks=needs_mounts)]


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("place", PLACES)
def test_every_product_is_made_there(place, hook, python, tmp_path):
    found = place(tmp_path)
    project = demo(found.folder)
    if place is _long:
        assert len(str(project / "demo/__init__.py")) == LONGEST
    out, answer = tmp_path / "out", tmp_path / "answer"
    out.mkdir()
    command = hook_command(python, answer, hook, **{HOOKS[hook]: str(out)})
    done = run(found.within(command), project)
    assert done.code == 0, done.output
    [made] = out.iterdir()
    if hook != "build_editable":  # which names the folder
        elsewhere = demo(tmp_path / "elsewhere")
        name = call_hook(python, elsewhere, tmp_path, hook, **{HOOKS[hook]: str(tmp_path)})
        assert made.read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("place", [_long, _odd])
def test_pip_installs_as_editable_from_there(place, tmp_path):
    project = demo(place(tmp_path).folder)
    site = Site(tmp_path / "site")
    site.pip("install", "-e", project)
    assert site.says("import demo; print(demo.lib.add(2, 3), demo.__file__)") == f"5 {project}/demo/__init__.py"


def test_a_folder_of_two_lines_is_refused_for_an_editable_install_only(python, tmp_path):
    project = demo(tmp_path / "one\nimport os")
    out = tmp_path / "out"
    command = hook_command(python, tmp_path / "answer", "build_editable", wheel_directory=str(out))
    done = run(command, project)
    assert done.code == 1
    assert "cannot be installed as editable" in done.output and "hint: " in done.output
    assert not list(out.iterdir())
    build(python, project, out)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_folder_whose_name_is_not_utf8_is_refused(hook, python, tmp_path):
    project = demo(Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9")))
    (tmp_path / "tmp").mkdir()
    out = tmp_path / "out"
    command = hook_command(python, tmp_path / "answer", hook, **{HOOKS[hook]: str(out)})
    done = run(command, project, {"TMPDIR": str(tmp_path / "tmp")})
    assert done.code == 1
    assert_message(done.output, (f"`{tmp_path}/caf\ufffd` is not UTF-8", "hint: give the folder"))
    assert not out.exists() and not contents(tmp_path / "tmp")
