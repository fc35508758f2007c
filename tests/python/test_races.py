"""Two builds of one tree at the same time, and a tree that changes under a build: the right product
or a clear error, never a wrong archive."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import threading
import time
import zipfile
from pathlib import Path

import pytest
from building import build, call_hook, hook_command, run, try_wheel
from projects import PROJECT, demo, snapshot
from refusals import assert_message, contents

WHEEL, SDIST, EDITABLE = "build_wheel", "build_sdist", "build_editable"
ASK = "from demo._demo import lib; print(lib.add(2, 3))"


def _folder(hook: str) -> str:
    return "sdist_directory" if hook == SDIST else "wheel_directory"


@pytest.mark.parametrize("same_folder", [True, False], ids=["into one folder", "into two folders"])
@pytest.mark.parametrize("hooks", [(WHEEL, WHEEL), (SDIST, WHEEL), (SDIST, SDIST), (EDITABLE, EDITABLE)], ids="+".join)
def test_two_builds_at_the_same_time(hooks, same_folder, python, tmp_path):
    noise = os.urandom(3_000_000)  # that packing takes a while
    project = demo(tmp_path / "project", files={"demo/noise.bin": noise})
    alone = {
        hook: tmp_path / hook / call_hook(python, project, tmp_path, hook, **{_folder(hook): str(tmp_path / hook)})
        for hook in set(hooks)
    }
    before = snapshot(project)
    running = []
    for number, hook in enumerate(hooks):
        out = tmp_path / ("both" if same_folder else f"out {number}")
        out.mkdir(exist_ok=True)
        command = hook_command(python, tmp_path / f"answer {number}", hook, **{_folder(hook): str(out)})
        running.append((hook, out, subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE)))
    said = [process.communicate(timeout=300)[1].decode() for _, _, process in running]
    for hook, out, process in running:
        assert process.returncode == 0, said
        assert (out / alone[hook].name).read_bytes() == alone[hook].read_bytes()
    assert snapshot(project) == before
    for _, out, _ in running:
        assert set(contents(out)) <= {path.name for path in alone.values()}


def _meanwhile(pipe: Path, out: Path, change) -> threading.Thread:
    """Runs `change` once the build has opened the pipe and begun its wheel, and lets the build go on after it."""

    def when_opened() -> None:
        with pipe.open("w"):
            end = time.monotonic() + 30
            while not list(out.glob(".officina-*.part")) and time.monotonic() < end:
                time.sleep(0.01)
            change()

    thread = threading.Thread(target=when_opened, daemon=True)
    thread.start()
    return thread


def _that_waits(tmp_path: Path, project: Path) -> tuple[Path, dict[str, str]]:
    """A compiler that waits at a pipe: the metadata is not packed before it has ended."""
    pipe, compiler = tmp_path / "pipe", tmp_path / "cc"
    os.mkfifo(pipe)
    compiler.write_text(f'#!/bin/sh\ncase "$*" in *" -c "*_demo.c*) timeout 60 cat "{pipe}" ;; esac\nexec cc "$@"\n')
    compiler.chmod(0o755)
    return pipe, {"CC": str(compiler), "TMPDIR": str(tmp_path / "tmp")}


LICENSED = PROJECT + 'license-files = ["LICENSE"]\n'

CHANGES = {
    "is removed": (lambda file: file.unlink(), "there is no such file"),
    "becomes a folder": (lambda file: (file.unlink(), file.mkdir()), "a directory|not a regular file"),
    "becomes a link to nothing": (lambda file: (file.unlink(), file.symlink_to("gone")), "there is no such file"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_goes_before_it_is_packed(change, python, tmp_path):
    act, words = CHANGES[change]
    project = demo(tmp_path / "project", files={"LICENSE": "data"}, project=LICENSED)
    pipe, env = _that_waits(tmp_path, project)
    out = tmp_path / "out"
    for folder in (out, tmp_path / "tmp"):
        folder.mkdir()
    thread = _meanwhile(pipe, out, lambda: act(project / "LICENSE"))
    done = run(hook_command(python, tmp_path / "answer", WHEEL, wheel_directory=str(out)), project, env)
    thread.join(timeout=20)
    assert done.code == 1, done.output
    assert_message(done.output, ("LICENSE",))
    assert re.search(words, done.output)
    assert contents(out) == [] and contents(tmp_path / "tmp") == []


def test_a_file_that_grows_before_it_is_packed_is_packed_as_it_is(python, tmp_path):
    project = demo(tmp_path / "project", files={"LICENSE": "old"}, project=LICENSED)
    pipe, env = _that_waits(tmp_path, project)
    (tmp_path / "tmp").mkdir()
    out = tmp_path / "out"
    thread = _meanwhile(pipe, out, lambda: (project / "LICENSE").write_text("new and longer"))
    wheel, _ = build(python, project, out, env)
    thread.join(timeout=20)
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        assert archive.read("demo-1.0.dist-info/licenses/LICENSE") == b"new and longer"
    assert try_wheel(python, wheel, tmp_path, ASK) == "5\n"


def test_a_tree_that_keeps_changing_gives_whole_archives_or_a_refusal(python, tmp_path):
    project = demo(tmp_path / "project", files={f"demo/{n}.txt": "x" * 5000 for n in range(40)})
    over = threading.Event()

    def keep_changing() -> None:
        number = 0
        while not over.is_set():
            file = project / f"demo/{number % 40}.txt"
            file.unlink(missing_ok=True)
            file.write_bytes(b"y" * (number % 7 * 3000))
            number += 1

    thread = threading.Thread(target=keep_changing, daemon=True)
    thread.start()
    try:
        for attempt in range(6):
            out = tmp_path / f"out {attempt}"
            done = run(hook_command(python, tmp_path / "answer", SDIST, sdist_directory=str(out)), project)
            if done.code == 0:
                with tarfile.open(out / "demo-1.0.tar.gz") as archive:
                    assert all(set(archive.extractfile(m).read()) <= set(b"xy") for m in archive if ".txt" in m.name)
            else:
                assert "changed while it was packed" in done.output or "No such file" in done.output, done.output
                assert_message(done.output, ("demo/",))
                assert not out.exists() or contents(out) == []
    finally:
        over.set()
        thread.join()
