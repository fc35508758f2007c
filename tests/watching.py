"""What the executable itself takes of a machine, apart from Python and the compilers that it starts.

The system adds a program's children to what it tells of a program that has ended. So this looks at
the living process again and again; the most memory that it had so far is among what can be seen.
Linux only.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.002  # seconds between two looks
EXECUTABLE = "officina"


@dataclass(frozen=True)
class Watched:
    """How a command went, and what the executable that it started took."""

    code: int
    output: str
    seconds: float  # by the clock, of the whole command
    peak: int  # the most memory, in KiB
    cpu: float  # seconds of processor time, as of the last look


def watch(command: Sequence[str | Path], directory: Path, env: Mapping[str, str] | None = None) -> Watched:
    """Runs a command that starts the executable, and looks at that until the command has ended."""
    variables = {**os.environ, **(env or {})}
    peak, cpu, pid = 0, 0.0, None
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen([*map(str, command)], cwd=directory, env=variables, stdout=said, stderr=said)
        while process.poll() is None:
            pid = pid or _executable(process.pid)
            if pid:
                with contextlib.suppress(OSError, ValueError, IndexError):
                    peak, cpu = max(peak, _peak(pid)), max(cpu, _cpu(pid))
            time.sleep(EVERY)
        seconds = time.perf_counter() - start
        said.seek(0)
        return Watched(process.returncode, said.read().decode(errors="replace"), seconds, peak, cpu)


def _executable(parent: int) -> int | None:
    """The child that is the executable; before that it is a copy of its parent."""
    with contextlib.suppress(OSError):
        for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            if Path(f"/proc/{pid}/comm").read_text().strip() == EXECUTABLE:
                return int(pid)
    return None


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def _cpu(pid: int) -> float:
    # The name may hold anything; the fields after it are counted from the third.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
