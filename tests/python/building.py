"""Runs the hooks and the frontends, and unpacks what they made."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypi

_ANSI = re.compile(r"\x1b\[[0-9;]*m")

# Calls a hook as a frontend does, in a process of its own. The answer goes into a file.
_CALL = """\
import json, sys
import officina
name, arguments, answer = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
result = getattr(officina, name)(**arguments)
with open(answer, "w") as file:
    json.dump(result, file)
"""


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and all that it said, without colours."""

    code: int
    output: str
    stdout: str


def run(
    command: Sequence[str | Path],
    directory: Path,
    env: Mapping[str, str] | None = None,
    **keywords: object,
) -> Outcome:
    """Runs a command with some more environment; it may fail."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=directory,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=600,
        check=False,
        **keywords,
    )
    texts = (text.decode(errors="replace").replace("\r\n", "\n") for text in (done.stdout, done.stderr))
    stdout, stderr = (_ANSI.sub("", text) for text in texts)
    return Outcome(done.returncode, stderr + stdout, stdout)


def hook_command(python: Path, answer: Path, name: str, **arguments: object) -> list[str]:
    """The command that calls one hook and writes what it returns into the file `answer`."""
    return [str(python), "-c", _CALL, name, json.dumps(arguments), str(answer)]


def call_hook(
    python: Path,
    project: Path,
    scratch: Path,
    name: str,
    env: Mapping[str, str] | None = None,
    **arguments: object,
) -> object:
    """Calls a hook that must work, and returns what it returns."""
    answer = scratch / f"{name}.json"
    done = run(hook_command(python, answer, name, **arguments), project, env)
    assert done.code == 0, done.output
    return json.loads(answer.read_text())


def build(
    python: Path,
    project: Path,
    out: Path,
    env: Mapping[str, str] | None = None,
    config: Mapping[str, str] | None = None,
) -> tuple[Path, str]:
    """Builds a wheel by the hook itself; returns it and what was said."""
    out.mkdir(parents=True, exist_ok=True)
    answer = out.parent / f"{out.name}.json"
    arguments = {"wheel_directory": str(out), "config_settings": config}
    done = run(hook_command(python, answer, "build_wheel", **arguments), project, env)
    assert done.code == 0, done.output
    return out / json.loads(answer.read_text()), done.output


def frontends(python: Path, project: Path, out: Path, config: str = "") -> dict[str, list]:
    """Commands that build a wheel of `project` into `out`, by name; `config` is a setting, `name=value`.

    The isolated ones find Officina and cffi in the wheelhouse.
    """
    pip = [python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", out]
    pypa_build = [python, "-m", "build", "--wheel", "--outdir", out]
    uv = [Path(sys.executable).parent / "uv", "build", "--wheel", "--out-dir", out]
    if config:  # pip has `-C` since 23.1
        pip += ["--config-settings", config]
        pypa_build += ["-C", config]
        uv += ["-C", config]
    return {
        "pip": [*pip, project],
        "pip --no-build-isolation": [*pip, "--no-build-isolation", project],
        "build": [*pypa_build, project],
        "build --no-isolation": [*pypa_build, "--no-isolation", project],
        "uv build": [*uv, "--python", python, project],
    }


def unpack_sdist(archive: Path, folder: Path) -> Path:
    """Unpacks an sdist into `folder`; returns its one folder there."""
    pypi.unpack(archive, folder)
    return folder / archive.name.removesuffix(".tar.gz")


def unpack(wheel: Path, folder: Path) -> Path:
    """Unpacks a wheel, for a Python that has `folder` on its path."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def names_in(wheel: Path) -> list[str]:
    """The files of a wheel, without its `.dist-info`, sorted."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted(name for name in archive.namelist() if ".dist-info/" not in name)


def tag_of(wheel: Path) -> str:
    """`cp39-abi3-linux_x86_64`"""
    return "-".join(wheel.stem.split("-")[-3:])


def try_wheel(python: Path, wheel: Path, folder: Path, code: str) -> str:
    """Runs `code` with nothing but the wheel's content to import; returns what it printed."""
    path = unpack(wheel, folder / "unpacked")
    done = run([python, "-c", code], folder, {"PYTHONPATH": str(path)})
    assert done.code == 0, done.output
    return done.stdout


def run_tests_of(project: Path, installed: Path, scratch: Path, python: str | Path = sys.executable) -> Outcome:
    """Runs a project's own tests on what is unpacked in `installed`, without plugins of ours; `python` has pytest."""
    tests = [project / "tests", f"--rootdir={project / 'tests'}"]
    options = ["-q", "-p", "no:cacheprovider", "--override-ini=addopts="]
    env = {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    return run([python, "-m", "pytest", *options, *tests], scratch, env)


def compile_as_told(entries: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """The file names of a compilation database, each compiled as its entry says, and the words."""
    found = {}
    for entry in entries:
        file = Path(entry["directory"], entry["file"])
        assert file.is_file()
        checked = run([*entry["arguments"], "-fsyntax-only"], Path(entry["directory"]))
        assert checked.code == 0, checked.output
        found[file.name] = " ".join(entry["arguments"])
    assert len(found) == len(entries)
    return found
