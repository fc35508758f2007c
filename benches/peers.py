"""The backends to measure, each in an environment of its own, called as a frontend calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from environments import SCRATCH, environment, officina_wheel

# Calls one hook in a process of its own; the answer goes into a file. Some hooks may be missing:
# frontends then build at once and reuse the wheel.
_CALL = """\
import importlib, json, sys
backend, hook, arguments, answer = sys.argv[1:]
function = getattr(importlib.import_module(backend), hook, None)
result = function and function(*json.loads(arguments))
with open(answer, "w") as file:
    json.dump(result, file)
"""


@dataclass(frozen=True)
class Peer:
    """A backend and what its environment holds."""

    name: str
    module: str
    requirements: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()  # of the environment

    def python(self) -> Path:
        """The interpreter of its environment."""
        return environment(SCRATCH / "bench" / self.name, self.requirements)


def peers() -> dict[str, Peer]:
    """Every backend, by name."""
    return {
        peer.name: peer
        for peer in (
            Peer("officina", "officina", (str(officina_wheel()), "cffi")),
            Peer("setuptools", "setuptools.build_meta", ("setuptools>=84", "cffi")),
            # It takes a compiler cache that it finds, unless it is told the compiler.
            Peer("meson-python", "mesonpy", ("meson-python", "ninja", "cffi"), (("CC", "cc"),)),
            Peer("scikit-build-core", "scikit_build_core.build", ("scikit-build-core", "cmake", "ninja", "cffi")),
            Peer("uv_build", "uv_build", ("uv_build",)),
        )
    }


@dataclass(frozen=True)
class Taken:
    """Wall time of one run, in seconds, and the most memory that one of its processes had, in KiB."""

    seconds: float
    peak: int


def hooks(peer: Peer, tree: Path, names: tuple[str, ...]) -> Taken:
    """Calls the hooks one after the other, each in a fresh process, as pip does."""
    seconds, peak = 0.0, 0
    for name in names:
        with tempfile.TemporaryDirectory(prefix="bench-") as out:
            arguments = [] if name.startswith("get_requires") else [out]
            command = [str(peer.python()), "-c", _CALL, peer.module, name, json.dumps(arguments), f"{out}/answer"]
            taken = run(command, tree, peer.python().parent, dict(peer.variables))
        seconds, peak = seconds + taken.seconds, max(peak, taken.peak)
    return Taken(seconds, peak)


def run(command: list[str], directory: Path, path: Path | None = None, more: dict[str, str] | None = None) -> Taken:
    """Runs a command that has to work."""
    variables = {**os.environ, **(more or {})}
    if path:
        variables["PATH"] = f"{path}{os.pathsep}{variables['PATH']}"
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=directory, env=variables, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"error: {command} failed\n{said.read().decode(errors='replace')}")
    return Taken(seconds, usage.ru_maxrss)
