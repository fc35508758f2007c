"""A machine that lacks something, or a person who changes their mind: a message, nothing left."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from building import build, hook_command, run
from mounts import mounting, mounts_work
from projects import ADD, demo
from refusals import assert_message, contents, refused

needs_mounts = pytest.mark.skipif(not mounts_work(), reason="this user may not mount")


@pytest.mark.parametrize("variable", ["CC", "CXX"])
def test_a_compiler_that_is_not_there(variable, python, tmp_path):
    builder = ADD if variable == "CC" else ADD.replace('b; }")', 'b; }", source_extension=".cpp")')
    project = demo(tmp_path / "project", files={"build_demo.py": builder})
    env = {variable: "officina-no-such-compiler"}
    refused(python, project, tmp_path, "`officina-no-such-compiler`", variable, "hint: ", env=env)


def test_no_compiler_at_all(python, tmp_path):
    env = {"PATH": str(tmp_path / "nothing"), "CC": "", "CXX": "", "LDSHARED": ""}
    words = ["compiler", "PATH", "hint: ", "build-essential"]
    refused(python, demo(tmp_path / "project"), tmp_path, *words, env=env)


def test_no_python_h(python, tmp_path):
    # Python names a folder without headers, as one from a distribution without its -dev package.
    bare = tmp_path / "bare"
    headers = bare / "include"
    headers.mkdir(parents=True)
    (bare / "sitecustomize.py").write_text(
        "import sysconfig\n"
        "real = sysconfig.get_path\n"
        "def get_path(name, *rest, **more):\n"
        f"    return {str(headers)!r} if 'include' in name else real(name, *rest, **more)\n"
        "sysconfig.get_path = get_path\n"
    )
    env = {"PYTHONPATH": str(bare)}
    words = ["Python.h", "python3-dev", "hint: "]
    refused(python, demo(tmp_path / "project"), tmp_path, *words, env=env)


def test_an_output_folder_that_is_a_file(python, tmp_path):
    project = demo(tmp_path / "project")
    out = tmp_path / "out"
    out.write_text("taken")
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(out))
    done = run(command, project)
    assert done.code != 0
    assert_message(done.output, (str(out),))
    assert out.read_text() == "taken"


@needs_mounts
def test_an_output_folder_that_is_read_only(python, tmp_path):
    project = demo(tmp_path / "project")
    out, temporary = tmp_path / "out", tmp_path / "tmp"
    out.mkdir()
    temporary.mkdir()
    build = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(out))
    command = mounting(f'mount --bind -o ro "{out}" "{out}"', build)
    done = run(command, project, {"TMPDIR": str(temporary)})
    assert done.code != 0
    assert_message(done.output, (str(out), "ead-only file system"))
    assert contents(out) == [] and contents(temporary) == []


@needs_mounts
@pytest.mark.parametrize("full", ["out", "build"])
def test_a_disk_that_is_full(full, python, tmp_path):
    noise = os.urandom(300_000)  # what no compression makes small
    project = demo(tmp_path / "project", files={"demo/noise.bin": noise})
    folders = {"out": tmp_path / "out", "tmp": tmp_path / "tmp", "build": project / "build"}
    for folder in folders.values():
        folder.mkdir()
    size = "64k" if full == "out" else "20k"
    wheels = str(folders["out"])
    build = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=wheels)
    # The mount is gone with its namespace, so what is left on it is listed from inside.
    lister = ["sh", "-c", f'"$@"; code=$?; ls -A "{folders[full]}" >&3; exit $code', "sh", *build]
    command = mounting(f'mount -t tmpfs -o size={size} none "{folders[full]}"', lister)
    left = tmp_path / "left"
    redirected = ["sh", "-c", f'exec "$@" 3>"{left}"', "sh", *command]
    done = run(redirected, project, {"TMPDIR": str(folders["tmp"])})
    assert done.code != 0, done.output
    # A compiler that writes there says so in its own words; ours name the way out.
    assert_message(done.output, ("o space left on device", "hint: ", "TMPDIR"))
    assert left.read_text() == ("officina\n" if full == "build" else "")
    assert contents(folders["out"]) == [] and contents(folders["tmp"]) == []


def test_a_broken_link_in_a_package(python, tmp_path):
    project = demo(tmp_path / "project")
    (project / "demo" / "data.txt").symlink_to("nowhere")
    refused(python, project, tmp_path, "demo/data.txt")


def _without_roots_rights(command):
    """Root reads every file; without two of its capabilities it is held to the file's mode."""
    if os.geteuid() != 0:
        return command
    if not shutil.which("setpriv"):
        pytest.skip("root reads every file, and there is no setpriv")
    dropped = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}", *command]


@pytest.mark.parametrize("name", ["demo/__init__.py", "build_demo.py", "pyproject.toml"])
def test_a_file_that_may_not_be_read(name, python, tmp_path):
    project = demo(tmp_path / "project")
    mode = (project / name).stat().st_mode
    (project / name).chmod(0)
    out = tmp_path / "out"
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(out))
    done = run(_without_roots_rights(command), project)
    (project / name).chmod(mode)
    assert done.code != 0
    assert_message(done.output, (name, "ermission denied", "hint: "))


# TMPDIR -> what the message says; nothing: the build works.
TEMPORARY = {
    "with a line break": ("new\nline", ""),
    "with quotes": ("a \"b\" 'c' $d", ""),
    "that is not there": ("nowhere/deep", "cannot create a temporary folder in"),
    "that is a file": ("project/build_demo.py", "cannot create a temporary folder in"),
}


@pytest.mark.parametrize("where", TEMPORARY)
def test_a_temporary_folder(where, python, tmp_path):
    name, message = TEMPORARY[where]
    project = demo(tmp_path / "project")
    if message:
        refused(python, project, tmp_path, message, "hint: set TMPDIR", env={"TMPDIR": str(tmp_path / name)})
    else:
        (tmp_path / name).mkdir()
        build(python, project, tmp_path / "out", {"TMPDIR": str(tmp_path / name)})
        assert contents(tmp_path / name) == []


@needs_mounts
@pytest.mark.parametrize("options, message", [("noexec", ""), ("ro", "ead-only file system")])
def test_a_temporary_folder_on_a_disk(options, message, python, tmp_path):
    project, temporary, out = demo(tmp_path / "project"), tmp_path / "tmp", tmp_path / "out"
    temporary.mkdir()
    build = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(out))
    done = run(mounting(f'mount -t tmpfs -o {options} none "{temporary}"', build), project, {"TMPDIR": str(temporary)})
    assert (done.code != 0) == bool(message), done.output
    if message:
        assert_message(done.output, (message, "hint: set TMPDIR"))


@needs_mounts
def test_an_environment_on_a_disk_that_runs_no_programs(python, tmp_path):
    """Where `/tmp` is mounted so, isolated builds have their environments there."""
    package = tmp_path / "site/officina"
    outcome = run([python, "-c", "import officina; print(officina.__path__[0])"], tmp_path)
    shutil.copytree(outcome.stdout.strip(), package)
    build = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path))
    noexec = f'mount --bind "{tmp_path}/site" "{tmp_path}/site"\nmount -o remount,bind,noexec "{tmp_path}/site"'
    done = run(mounting(noexec, build), demo(tmp_path / "project"), {"PYTHONPATH": str(tmp_path / "site")})
    assert done.code != 0
    assert_message(done.output, ("Permission denied", "hint: its disk lets no program run (noexec): set TMPDIR"))


def test_a_builder_that_is_a_folder(python, tmp_path):
    project = demo(tmp_path / "project", modules=["folder.py:ffi"])
    (project / "folder.py").mkdir()
    refused(python, project, tmp_path, "folder.py", "pyproject.toml:")


# ---------------------------------------------------------------- Ctrl-C

SLEEP = """\
import subprocess
open({started!r}, "w").close()
subprocess.run(["sleep", "300"])
"""


def _asleep_in_a_builder(tmp_path: Path, started: Path) -> tuple[Path, dict[str, str]]:
    builder = SLEEP.format(started=str(started)) + ADD
    return demo(tmp_path / "project", files={"build_demo.py": builder}), {}


def _asleep_in_a_compiler(tmp_path: Path, started: Path) -> tuple[Path, dict[str, str]]:
    compiler = tmp_path / "sleepy-cc"
    # It is asked for its version first; only a source makes it sleep, in a child of its own.
    compiler.write_text(f'#!/bin/sh\ncase "$*" in *_demo.c*) : > "{started}"; sleep 300 ;; *) exec cc "$@" ;; esac\n')
    compiler.chmod(0o755)
    return demo(tmp_path / "project"), {"CC": str(compiler)}


def _asleep_in_a_linker(tmp_path: Path, started: Path) -> tuple[Path, dict[str, str]]:
    linker = tmp_path / "sleepy-ld"
    linker.write_text(f'#!/bin/sh\n: > "{started}"; sleep 300\n')
    linker.chmod(0o755)
    return demo(tmp_path / "project"), {"LDSHARED": str(linker)}


def _busy_packing(tmp_path: Path, started: Path) -> tuple[Path, dict[str, str]]:
    """What is in the package is compressed as soon as the builder has ended."""
    project = demo(tmp_path / "project")
    (project / "demo/noise.bin").write_bytes(os.urandom(40_000_000))
    (project / "build_demo.py").write_text(ADD + f"open({str(started)!r}, 'w').close()\n")
    return project, {}


def _press(process: subprocess.Popen, way: str) -> None:
    if way == "the group, many times":
        for _ in range(200):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.002)
    elif way == "the group":  # what a terminal does
        os.killpg(process.pid, signal.SIGINT)
    elif way == "the hook alone":
        process.send_signal(signal.SIGINT)
    elif way == "SIGTERM to the group":
        os.killpg(process.pid, signal.SIGTERM)
    else:  # what a frontend does, or the system when memory ends
        process.send_signal(signal.SIGTERM if way.startswith("SIGTERM") else signal.SIGKILL)


WAYS = [
    "the group",
    "the hook alone",
    "SIGTERM to the group",
    "SIGTERM to the hook alone",
    "SIGKILL to the hook alone",
]


STAGES = [
    *((stage, way) for stage in (_asleep_in_a_builder, _asleep_in_a_compiler) for way in WAYS),
    *(
        (stage, "the group, many times")
        for stage in (_asleep_in_a_builder, _asleep_in_a_compiler, _asleep_in_a_linker, _busy_packing)
    ),
]


@pytest.mark.parametrize("stage, way", STAGES)
def test_ctrl_c_ends_all_and_leaves_nothing(stage, way, python, tmp_path):
    started, temporary, out = tmp_path / "started", tmp_path / "tmp", tmp_path / "out"
    temporary.mkdir()
    out.mkdir()
    project, env = stage(tmp_path, started)
    marker = f"OFFICINA_TEST_MARKER={uuid.uuid4()}"
    name, value = marker.split("=")
    process = subprocess.Popen(
        hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(out)),
        cwd=project,
        env={**os.environ, "TMPDIR": str(temporary), name: value, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait_until(started.exists, 60, process)
        assert _alive(marker)
        _press(process, way)
        said = process.communicate(timeout=20)[0].decode()
        assert not _alive(marker)
    finally:
        for pid in _alive(marker):
            os.kill(pid, signal.SIGKILL)
    assert process.returncode != 0
    if way.endswith("many times"):  # Python itself dies of one that comes at its very end
        assert process.returncode in (130, -signal.SIGINT), said
    elif not way.startswith("SIG"):  # Python itself dies of these, without a word
        assert process.returncode == 130, said
    assert "interrupted" in said, said
    assert "Traceback" not in said, said
    assert contents(out) == []
    assert contents(temporary) == []


def _wait_until(done, seconds: float, process: subprocess.Popen) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert process.poll() is None, process.communicate()[0].decode()
        assert time.monotonic() < end, "the build never came so far"
        time.sleep(0.02)


def _alive(marker: str) -> list[int]:
    """The processes whose environment holds the marker."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue  # it has just ended, or is somebody else's
    return found
