"""Virtual environments that tests build and run in: made once, kept while their contents match."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

REPOSITORY = Path(__file__).resolve().parent.parent
SCRATCH = REPOSITORY / ".make"


def environment(folder: Path, requirements: Sequence[str], python: str = sys.executable) -> Path:
    """The interpreter of a virtual environment at `folder` that holds `requirements`.

    It is kept between runs, and made anew when the requirements, the interpreter, or the bytes of
    a wheel among the requirements changed. Of several processes that want it, one makes it.
    """
    stamp = folder / "made-from"
    wanted = _fingerprint(requirements, python)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if not stamp.is_file() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            fresh_environment(folder, requirements, python)
            stamp.write_text(wanted)
    return interpreter_of(folder)


def fresh_environment(folder: Path, requirements: Sequence[str], python: str = sys.executable) -> Path:
    """As `environment`, but made anew whatever is there."""
    run([python, "-m", "venv", "--clear", str(folder)])
    inside = interpreter_of(folder)
    if requirements:
        run([str(inside), "-m", "pip", "install", "--quiet", *requirements])
    return inside


def interpreter_of(folder: Path) -> Path:
    """Where a virtual environment has its `python`."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(command: Sequence[str], **keywords: object) -> subprocess.CompletedProcess[str]:
    """Runs a command that has to work; what it said is the message if it does not."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **keywords)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done


def officina_wheel() -> Path:
    """The wheel of Officina: what OFFICINA_WHEEL names, else one built now from this repository."""
    named = os.environ.get("OFFICINA_WHEEL")
    if named:
        wheel = Path(named).resolve()
        if not wheel.is_file():
            raise RuntimeError(f"OFFICINA_WHEEL names no file: {wheel}")
        return wheel
    folder = SCRATCH / "dist"
    if not list(folder.glob("officina-*.whl")):
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
        run([sys.executable, "-m", "pip", "wheel", *options, str(REPOSITORY)])
    [wheel] = folder.glob("officina-*.whl")
    return wheel


def _fingerprint(requirements: Sequence[str], python: str) -> str:
    parts = [str(Path(python).resolve())]
    for requirement in requirements:
        path = Path(requirement)
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        parts.append(f"{requirement} {digest}")
    return "\n".join(parts)
