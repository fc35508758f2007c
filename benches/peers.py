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
        return environment(SCRATCH / "bench" / self.name.replace(" ", "-"), self.requirements)


AGAINST = "the other wheel"


def peers(against: Path | None = None) -> dict[str, Peer]:
    """Every backend, by name; and Officina once more, from the wheel `against`."""
    other = [Peer(AGAINST, "officina", (str(against), "cffi"))] if against else []
    return {
        peer.name: peer
        for peer in (
            *other,
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
    """What one run took: wall time and processor time (of all its processes) in seconds, and the most memory that
    one of its processes had, in KiB."""

    seconds: float
    cpu: float
    peak: int

    def __add__(self, other: Taken) -> Taken:
        """Of two runs, one after the other."""
        return Taken(self.seconds + other.seconds, self.cpu + other.cpu, max(self.peak, other.peak))


NOTHING = Taken(0.0, 0.0, 0)


def hooks(peer: Peer, tree: Path, names: tuple[str, ...]) -> Taken:
    """Calls the hooks one after the other, each in a fresh process, as pip does."""
    taken = NOTHING
    for name in names:
        with tempfile.TemporaryDirectory(prefix="bench-") as out:
            arguments = [] if name.startswith("get_requires") else [out]
            command = [str(peer.python()), "-c", _CALL, peer.module, name, json.dumps(arguments), f"{out}/answer"]
            taken += run(command, tree, peer.python().parent, dict(peer.variables))
    return taken


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
    return Taken(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
