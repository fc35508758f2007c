"""Real frontends: the same wheel from each, nothing left behind, and wheels that others accept."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from building import build, call_hook, frontends, run, tag_of, try_wheel, unpack
from mounts import mounting, mounts_work
from packaging.metadata import Metadata
from packaging.utils import parse_wheel_filename
from projects import ADD, PROJECT, demo, make_project, snapshot

FRONTENDS = ["pip", "pip --no-build-isolation", "build", "build --no-isolation", "uv build"]
BIN = Path(sys.executable).parent
ASK = "from demo._demo import lib; print(lib.add(2, 3))"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def made_by(python, once) -> Callable[[str], Path]:
    """`made_by(frontend)`: the wheel that a frontend makes of the same project, each from a tree of its own."""

    def made_by(name: str) -> Path:
        def make(folder: Path) -> None:
            done = run(frontends(python, demo(folder / "project"), folder / "out")[name], folder)
            assert done.code == 0, done.output

        [wheel] = once(f"made by {name}", make).glob("out/*.whl")
        return wheel

    return made_by


@pytest.mark.parametrize("name", FRONTENDS)
def test_every_frontend_makes_the_same_wheel(made_by, name):
    reference = made_by("pip --no-build-isolation")
    assert made_by(name).name == reference.name
    assert _digest(made_by(name)) == _digest(reference)


def test_the_wheel_imports_and_is_tagged_for_the_stable_abi(made_by, python, tmp_path):
    wheel = made_by("pip")
    assert tag_of(wheel).startswith("cp39-abi3-")
    assert try_wheel(python, wheel, tmp_path, ASK) == "5\n"


def test_metadata_hooks_run_no_builder_and_no_compiler(python, tmp_path):
    trace = tmp_path / "trace"
    compiler = tmp_path / "cc"
    compiler.write_text(f'#!/bin/sh\necho compiled >> "{trace}"\nexec cc "$@"\n')
    compiler.chmod(0o755)
    builder = f"with open({str(trace)!r}, 'a') as f: f.write('built\\n')\n{ADD}"
    project = demo(tmp_path / "project", files={"build_demo.py": builder})
    env = {"CC": str(compiler)}

    requires = call_hook(python, project, tmp_path, "get_requires_for_build_wheel", env)
    metadata = tmp_path / "metadata"
    metadata.mkdir()
    name = call_hook(
        python,
        project,
        tmp_path,
        "prepare_metadata_for_build_wheel",
        env,
        metadata_directory=str(metadata),
    )
    assert requires == []  # Officina's wheel brings cffi; what a hook asks for is installed in a second run
    assert "Name: demo" in (metadata / name / "METADATA").read_text()
    assert not trace.exists()

    build(python, project, tmp_path / "out", env)  # the marks are real: building leaves them
    assert {"built", "compiled"} <= set(trace.read_text().split())


def test_prepared_metadata_is_what_the_wheel_holds(python, tmp_path):
    project = demo(tmp_path / "project")
    folder = tmp_path / "metadata"
    folder.mkdir()
    name = call_hook(
        python,
        project,
        tmp_path,
        "prepare_metadata_for_build_wheel",
        metadata_directory=str(folder),
    )
    wheel, _ = build(python, project, tmp_path / "out")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"{name}/METADATA") == (folder / name / "METADATA").read_bytes()


def test_the_same_tree_gives_the_same_bytes_anywhere(python, tmp_path):
    here = demo(tmp_path / "a", files={"demo/data.txt": "data", "demo/py.typed": ""})
    there = tmp_path / "a much longer" / "way" / "to the same tree"
    shutil.copytree(here, there)
    for path in there.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    other = {"LC_ALL": "C", "TZ": "Asia/Tokyo", "HOME": str(tmp_path), "PYTHONHASHSEED": "7"}
    first, _ = build(python, here, tmp_path / "first", {"LC_ALL": "C.UTF-8", "TZ": "UTC"})
    before = os.umask(0o077)
    try:
        second, _ = build(python, there, tmp_path / "second", other)
    finally:
        os.umask(before)
    assert _digest(first) == _digest(second)


def test_source_date_epoch_sets_the_times(python, tmp_path):
    project = demo(tmp_path / "project")
    wheel, _ = build(python, project, tmp_path / "out", {"SOURCE_DATE_EPOCH": "1600000000"})
    with zipfile.ZipFile(wheel) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2020, 9, 13, 12, 26, 40)}


def test_nothing_is_written_into_the_source_tree(python, tmp_path):
    project = demo(tmp_path / "project")
    before = snapshot(project)
    build(python, project, tmp_path / "out")
    assert snapshot(project) == before


@pytest.mark.skipif(not mounts_work(), reason="this user may not mount")
def test_a_read_only_source_tree_builds(python, tmp_path):
    project = demo(tmp_path / "project")
    (tmp_path / "out").mkdir()
    code = f"import officina; officina.build_wheel({str(tmp_path / 'out')!r})"
    refused = mounting(f'mount --bind -o ro "{project}" "{project}"; cd "{project}"; touch x', ["true"])
    assert run(refused, tmp_path).code != 0  # the mount is what it says
    script = f'mount --bind -o ro "{project}" "{project}"; cd "{project}"'
    done = run(mounting(script, [python, "-c", code]), tmp_path)
    assert done.code == 0, done.output
    assert list((tmp_path / "out").glob("*.whl"))


def test_spaces_and_letters_beyond_ascii_in_paths(python, tmp_path):
    folder = tmp_path / "Ünï cödé & Œuvres"
    project = demo(folder / "pro jékt", files={"demo/dätå.txt": "æ"})
    temporary = folder / "tëmp"
    temporary.mkdir()
    wheel, _ = build(python, project, folder / "aus gabe", {"TMPDIR": str(temporary)})
    assert try_wheel(python, wheel, tmp_path, ASK) == "5\n"
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("demo/dätå.txt").decode() == "æ"
    assert not list(temporary.iterdir())


def test_pip_installs_entry_points_that_run(python, tmp_path):
    project = make_project(
        tmp_path / "project",
        {"tool.py": "def main():\n    print('it runs')\n"},
        project=PROJECT.replace('dependencies = ["cffi"]', ""),
        more='[project.scripts]\ntool = "tool:main"\n[project.gui-scripts]\ntool-w = "tool:main"\n',
    )
    wheel, _ = build(python, project, tmp_path / "out")
    assert tag_of(wheel) == "py3-none-any"
    target = tmp_path / "target"
    install = [python, "-m", "pip", "install", "--no-deps", "--no-index", "--target", target, wheel]
    done = run(install, tmp_path)
    assert done.code == 0, done.output
    for script in ("tool", "tool-w"):
        done = run([target / "bin" / script], tmp_path, {"PYTHONPATH": str(target)})
        assert done.stdout == "it runs\n", done.output


@pytest.fixture(scope="module")
def example_wheel(python, example_project, once) -> Path:
    [wheel] = once("example", lambda folder: build(python, example_project, folder / "out")).glob("out/*.whl")
    return wheel


@pytest.mark.parametrize(
    "command",
    [
        ["twine", "check", "--strict"],
        ["check-wheel-contents"],
        ["abi3audit", "--strict"],
        ["auditwheel", "show"],
    ],
    ids=lambda command: command[0],
)
def test_other_tools_accept_the_wheel(command, example_wheel, tmp_path):
    done = run([BIN / command[0], *command[1:], example_wheel], tmp_path)
    assert done.code == 0, done.output


def test_packaging_reads_the_name_and_the_metadata(example_wheel, tmp_path):
    name, version, build_number, tags = parse_wheel_filename(example_wheel.name)
    assert (name, str(version), build_number) == ("officina-example", "0.1.0", ())
    assert {(tag.interpreter, tag.abi) for tag in tags} == {("cp39", "abi3")}
    unpacked = unpack(example_wheel, tmp_path)
    text = (unpacked / "officina_example-0.1.0.dist-info" / "METADATA").read_bytes()
    metadata = Metadata.from_email(text, validate=True)
    assert metadata.license_expression == "MIT OR Apache-2.0"
    wheel = (unpacked / "officina_example-0.1.0.dist-info" / "WHEEL").read_text()
    assert f"Tag: {tag_of(example_wheel)}\n" in wheel
    assert "Root-Is-Purelib: false\n" in wheel
