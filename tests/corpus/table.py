"""The table of docs/corpus.md."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from verdict import tag

if TYPE_CHECKING:
    from run import Built

    from project import Project

HEAD = """\
# The corpus: real projects, beside setuptools

Made by `make corpus ARGS=--write-docs`. Each project was fetched from PyPI, built with
`pip wheel --no-build-isolation --no-deps` from a fresh copy of its source tree, and its wheel
compared with recorded facts: the list of files, the tag, cffi's generated C byte for byte (less
the mark that Officina leaves after a project's own part). Then the wheel was installed into a fresh
environment and used. With setuptools the project's own `setup.py` ran; with Officina, a
pyproject.toml that says the same.

Times are medians of wall time, pip's own (about a second) included, the two taking turns.
"""


def markdown(rows: list[tuple[Project, dict[str, Built]]]) -> str:
    """One row per project, setuptools on the left of each pair."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    lines = [
        HEAD,
        f"CPython {platform.python_version()}, {machine}.\n",
        "| project | setuptools, time | Officina, time | times faster "
        "| setuptools, size | Officina, size | setuptools, tag | Officina, tag |",
        "|---|--:|--:|--:|--:|--:|---|---|",
    ]
    for project, built in rows:
        theirs, ours = built.get("setuptools"), built.get("officina")
        cells = [
            f"{project.name} {project.version}",
            _seconds(theirs),
            _seconds(ours),
            _ratio(theirs, ours),
            _size(theirs),
            _size(ours),
            _tag(theirs),
            _tag(ours),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _seconds(built: Built | None) -> str:
    return f"{built.median:.1f} s" if built and built.median else "-"


def _ratio(theirs: Built | None, ours: Built | None) -> str:
    both = theirs and ours and theirs.median and ours.median
    return f"{theirs.median / ours.median:.1f}" if both else "-"


def _size(built: Built | None) -> str:
    return f"{built.wheel.stat().st_size / 1024:.0f} KiB" if built else "-"


def _tag(built: Built | None) -> str:
    return f"`{tag(built.wheel)}`" if built else "-"
