"""Measures what big inputs take: how long, and how much memory of the executable itself.

    make bench-big ARGS="[--write-docs] [NAME ...]"

Each input comes in two sizes, so that one can see whether the larger takes in proportion. Memory and
processor time are those of the executable alone (`tests/watching.py`), not of Python and the compilers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import big_trees  # noqa: E402
from peers import peers  # noqa: E402
from watching import Watched, watch  # noqa: E402

ALLOWED = 100  # MiB
WHEEL, SDIST, EDITABLE = "build_wheel", "build_sdist", "build_editable"
_CALL = "import json, officina, sys; getattr(officina, sys.argv[1])(sys.argv[2], json.loads(sys.argv[3]))"

# What is done to a tree, one after the other: the words, the hook, and the file that is edited before it.
Deed = tuple[str, str, str | None]
ALL: list[Deed] = [("cold", WHEEL, None), ("unchanged", WHEEL, None)]
REST: list[Deed] = [("sdist", SDIST, None), ("editable, cold", EDITABLE, None), ("editable, unchanged", EDITABLE, None)]
ONE_HEADER: Deed = ("one header edited that all include", WHEEL, "include/part007.h")
ONE_SOURCE: Deed = ("one source edited", WHEEL, "c/m00/s00.c")
ATTACHED: Deed = ("the attached text edited", WHEEL, "attached.h")

GIB = 1 << 30
SCENARIOS: dict[str, list[tuple[str, Callable[[Path], Path], list[Deed]]]] = {
    "generated": [
        ("a module of 29,500 generated lines", lambda f: big_trees.generated(f, 29_500), ALL),
        ("a module of 59,000 generated lines", lambda f: big_trees.generated(f, 59_000), [*ALL, ATTACHED, *REST]),
    ],
    "sources": [
        ("200 sources in 25 modules", lambda f: big_trees.sources(f, 25, 8), ALL),
        (
            "400 sources in 25 modules",
            lambda f: big_trees.sources(f, 25, 16),
            [*ALL, ONE_SOURCE, ONE_HEADER, *REST],
        ),
    ],
    "files": [
        ("10,000 Python files", lambda f: big_trees.files(f, 10_000), [ALL[0], REST[0]]),
        ("20,000 Python files", lambda f: big_trees.files(f, 20_000), [ALL[0], *REST[:2]]),
    ],
    "data": [
        ("a data file of 1.5 GiB, all zeros", lambda f: big_trees.data(f, 3 * GIB // 2), [ALL[0], REST[0]]),
        ("a data file of 3 GiB, all zeros", lambda f: big_trees.data(f, 3 * GIB), [ALL[0], *REST[:2]]),
    ],
}

HEAD = """\
# Big inputs

Made by `make bench-big ARGS=--write-docs` on {machine}. Each row is one call of a hook, the
rows of an input one after the other in the same tree; nothing is repeated. Peak memory and processor time are those of
the executable alone, not of Python, builders and compilers; the peak must stay below {allowed} MiB. Steps are the
builders, objects and modules that ran. Each source includes {headers} headers of the project besides the system's.

| input | what was done | wall | processor | peak | steps |
|---|---|--:|--:|--:|--:|
"""


def main() -> int:
    """Measures what the command line asks for and prints a table; 1 if a peak is too high."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"inputs ({', '.join(SCENARIOS)}); default: all")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks-big.md")
    options = parser.parse_args()
    unknown = set(options.names) - set(SCENARIOS)
    if unknown:
        parser.error(f"no input {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    rows, peak = [], 0
    for name in options.names or SCENARIOS:
        for what, tree, deeds in SCENARIOS[name]:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                for row, taken in _done(what, tree(Path(folder) / "tree"), deeds):
                    print(row, file=sys.stderr, flush=True)
                    rows.append(row)
                    peak = max(peak, taken.peak)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{python}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    table = HEAD.format(machine=machine, allowed=ALLOWED, headers=big_trees.HEADERS) + "\n".join(rows) + "\n"
    print(table)
    if options.write_docs:
        (HERE.parent / "docs" / "benchmarks-big.md").write_text(table, encoding="utf-8")
    return int(peak > ALLOWED << 10)


def _done(what: str, tree: Path, deeds: list[Deed]) -> list[tuple[str, Watched]]:
    found = []
    for words, hook, edited in deeds:
        if edited:
            with (tree / edited).open("a") as file:
                file.write("#define EDITED 1\n")
        out = tree.parent / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        config = {"editable-rebuild": "true"} if hook == EDITABLE else {}
        python = peers()["officina"].python()
        taken = watch([python, "-c", _CALL, hook, out, json.dumps(config)], tree, {"CCACHE_DISABLE": "1"})
        if taken.code:
            raise SystemExit(f"error: {what}, {words}\n{taken.output}")
        steps = len(re.findall(r"^ *(?:Generated|Compiled|Linked) ", taken.output, re.MULTILINE))
        figures = f"{taken.seconds:.2f} s | {taken.cpu:.2f} s | {taken.peak / 1024:.1f} MiB | {steps}"
        found.append((f"| {what} | {words} | {figures} |", taken))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
