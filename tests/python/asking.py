"""Asks the Rust code directly, thousands of questions in one process: see examples/ask.rs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Ask:
    """A running `ask`. Every answer is a JSON object; `error` in it is a refusal, as it is shown."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, ask: str, **details: object) -> dict:
        self._process.stdin.write(json.dumps({"ask": ask, **details}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"it has ended: {ask} {details}"
        return json.loads(line)


@contextmanager
def asking() -> Iterator[Ask]:
    """Builds the example and keeps it running."""
    command = ["cargo", "build", "--quiet", "--locked", "--example", "ask"]
    try:
        subprocess.run(command, cwd=ROOT, check=True)
    except FileNotFoundError:
        pytest.skip("needs cargo")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    with subprocess.Popen(
        [target / "debug" / "examples" / "ask"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        encoding="utf-8",
    ) as process:
        yield Ask(process)
        process.stdin.close()


def toml_string(text: str) -> str:
    """A basic string of TOML with this value."""
    escaped = {'"': '\\"', "\\": "\\\\"}
    plain = (escaped.get(c, c if c.isprintable() else f"\\U{ord(c):08X}") for c in text)
    return '"' + "".join(plain) + '"'


def pyproject(**fields: object) -> str:
    """A pyproject.toml with these lines in `[project]`: strings and lists of strings."""
    lines = {"name": "demo", "version": "1.0", **fields}
    return "[project]\n" + "".join(f"{key.replace('_', '-')} = {_value(value)}\n" for key, value in lines.items())


def _value(value: object) -> str:
    if isinstance(value, str):
        return toml_string(value)
    return "[" + ", ".join(map(toml_string, value)) + "]"
