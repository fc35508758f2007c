"""The table of docs/corpus.md."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from verdict import tag

if TYPE_CHECKING:
    from project import Project
    from run import Built

HEAD = """\
# The corpus: real projects, beside setuptools

Made by `make corpus ARGS=--write-docs`. Each project was fetched from PyPI, built with
`pip wheel --no-build-isolation --no-deps` from a fresh copy of its source tree, and its wheel
compared with recorded facts: the list of files, the tag, cffi's generated C byte for byte (less
the mark that Officina leaves after a project's own part). Then the wheel was installed into a fresh
environment and used. With setuptools the project's own `setup.py` ran; with Officina, a
pyproject.toml that says the same.

Times are medians of wall time, pip's own (half a second and more, of each) included, the two taking turns; the ratio is
Officina's to setuptools'.
"""

PLUGIN_HEAD = """\
# The corpus: real projects that setuptools packs

Made by `make corpus ARGS="--plugin --write-docs"`. Each project was fetched from PyPI and built with
`pip wheel --no-build-isolation --no-deps` from a fresh copy of its source tree, with its own `setup.py` as it is: once
with setuptools and cffi alone, once with `officina` added to `requires` in `[build-system]`
([docs/setuptools.md](setuptools.md)). The wheels were compared with recorded facts: the list of files, the tag, cffi's
generated C byte for byte (less the mark that Officina leaves after a project's own part). Then the wheel was installed
into a fresh environment and used.

Times are medians of wall time, pip's own and setuptools' own (a second and more, of each) included, the two taking
turns; the ratio is Officina's to setuptools'.
"""


def markdown(rows: list[tuple[Project, dict[str, Built]]], other: str = "officina") -> str:
    """One row per project, setuptools on the left of each pair; `other` is what stands beside it."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    lines = [
        PLUGIN_HEAD if other == "plugin" else HEAD,
        f"CPython {platform.python_version()}, {machine}.\n",
        "| project | setuptools, time | Officina, time | ratio "
        "| setuptools, size | Officina, size | setuptools, tag | Officina, tag |",
        "|---|--:|--:|--:|--:|--:|---|---|",
    ]
    for project, built in rows:
        theirs, ours = built.get("setuptools"), built.get(other)
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
    pairs = [(built.get("setuptools"), built.get(other)) for _, built in rows]
    timed = [(theirs.median, ours.median) for theirs, ours in pairs if _are_timed(theirs, ours)]
    if len(timed) > 1:
        theirs, ours = map(sum, zip(*timed))
        lines.append(f"| all {len(timed)} | {theirs:.1f} s | {ours:.1f} s | {ours / theirs:.2f} | | | | |")
    return "\n".join(lines) + "\n"


def _seconds(built: Built | None) -> str:
    return f"{built.median:.1f} s" if built and built.median else "-"


def _ratio(theirs: Built | None, ours: Built | None) -> str:
    return f"{ours.median / theirs.median:.2f}" if _are_timed(theirs, ours) else "-"


def _are_timed(theirs: Built | None, ours: Built | None) -> bool:
    return bool(theirs and ours and theirs.median and ours.median)


def _size(built: Built | None) -> str:
    return f"{built.wheel.stat().st_size / 1024:.0f} KiB" if built else "-"


def _tag(built: Built | None) -> str:
    return f"`{tag(built.wheel)}`" if built else "-"
