"""Measures Officina beside its peers, in one run, as ratios.

    make bench ARGS="[--runs N] [--write-docs] [NAME ...]"

Every scenario runs each contender once per round, taking turns, in a fresh copy of the tree; what
is told is the median of the rounds' ratios, so that whatever slows the machine slows both sides.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import trees  # noqa: E402
from peers import Taken, hooks, peers, run  # noqa: E402

# Seconds. A file that was written just now may be written again with the same time: it is looked at more closely.
SETTLED = 3
ALL_HOOKS = ("get_requires_for_build_wheel", "prepare_metadata_for_build_wheel", "build_wheel")
WHEEL = ("build_wheel",)
METADATA = ("prepare_metadata_for_build_wheel",)
BARE = "python -c pass"
BACKENDS = ["officina", "setuptools", "meson-python", "scikit-build-core"]


@dataclass(frozen=True)
class Scenario:
    """A tree, what is done to it, and by whom; the first contender is the one that is judged."""

    name: str
    shape: trees.Shape
    hooks: tuple[str, ...]
    contenders: list[str]
    goals: dict[str, float]  # by contender: the ratio to it; to a bare Python, milliseconds beyond it
    rebuilds: tuple[str, ...] = ()  # contenders that have built the same tree before


SCENARIOS = [
    Scenario("one", trees.ONE, ALL_HOOKS, BACKENDS, {"setuptools": 0.20}),
    Scenario("one-by-hand", trees.ONE, ALL_HOOKS, ["officina", "by hand"], {}),
    Scenario("eight", trees.EIGHT, ALL_HOOKS, BACKENDS, {"setuptools": 0.42}),
    Scenario("eight-by-hand", trees.EIGHT, WHEEL, ["officina", "by hand"], {"by hand": 1.05}),
    Scenario("unchanged", trees.EIGHT, ALL_HOOKS, ["officina", "setuptools"], {"setuptools": 0.05}, ("officina",)),
    Scenario("unchanged-all", trees.EIGHT, ALL_HOOKS, BACKENDS, {}, tuple(BACKENDS)),
    Scenario("unchanged-hook", trees.EIGHT, WHEEL, ["officina", BARE], {BARE: 40}, ("officina",)),
    Scenario("wide", trees.WIDE, ALL_HOOKS, BACKENDS, {"setuptools": 0.18}),
    Scenario("packing", trees.PURE, WHEEL, ["officina", "uv_build"], {"uv_build": 1.0}),
    Scenario("metadata", trees.EIGHT, METADATA, ["officina", BARE, "setuptools"], {BARE: 25}),
]


def main() -> None:
    """Measures what the command line asks for and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"scenarios ({', '.join(known)}); default: all")
    parser.add_argument("--runs", type=int, default=7, help="rounds of each scenario; default: 7")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    unknown = set(options.names) - set(known)
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    rows = []
    for scenario in SCENARIOS:
        if not options.names or scenario.name in options.names:
            rows += _measured(scenario, options.runs)
            print(rows[-1], file=sys.stderr, flush=True)
    table = HEAD + "\n".join(rows) + "\n"
    print(table)
    if options.write_docs:
        (HERE.parent / "docs" / "benchmarks.md").write_text(table, encoding="utf-8")


HEAD = """\
# Benchmarks

Made by `make bench ARGS=--write-docs`. Hooks are called as pip calls them, each in a fresh process, without pip itself;
every backend says the same project in its own way (`benches/trees.py`). The ratio is the median of the rounds, Officina
to the other; below one, Officina is the faster. By hand means one process that generates all modules, and compilers
and linkers side by side at the interpreter's own level (`benches/by_hand.py`); where all three hooks are called, with
two Pythons besides that import `json` and end. Beside a Python that does nothing, the milliseconds beyond it are told.

| what | Officina, median | peak | other | other, median | peak | ratio | goal |
|---|--:|--:|---|--:|--:|--:|--:|
"""


def _measured(scenario: Scenario, rounds: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        work = {name: _contender(scenario, name, Path(temporary)) for name in scenario.contenders}
        for one in work.values():
            one()  # caches of the system are warm for all, and environments are made
        if scenario.rebuilds:
            time.sleep(SETTLED)
            for name in scenario.rebuilds:
                work[name]()
        taken: dict[str, list[Taken]] = {name: [] for name in work}
        for _ in range(rounds):
            for name, one in work.items():
                taken[name].append(one())
    ours, *others = scenario.contenders
    return [_row(scenario, taken[ours], other, taken[other]) for other in others]


def _contender(scenario: Scenario, name: str, folder: Path) -> Callable[[], Taken]:
    if name == BARE:
        python = str(peers()["officina"].python())
        return lambda: run([python, "-c", "pass"], folder)
    backend = "officina" if name == "by hand" else name
    model = trees.write(scenario.shape, backend, folder / f"{name}-model")
    tree = folder / f"{name}-tree"

    def once() -> Taken:
        if name not in scenario.rebuilds or not tree.is_dir():
            shutil.rmtree(tree, ignore_errors=True)
            shutil.copytree(model, tree)
        if name == "by hand":
            out = folder / "by-hand-out"
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            python = str(peers()["officina"].python())
            # A hook is a Python, whatever it does.
            bare = [run([python, "-c", "import json"], tree) for _ in scenario.hooks[1:]]
            made = run([python, str(HERE / "by_hand.py"), str(tree), str(out)], tree)
            return Taken(made.seconds + sum(one.seconds for one in bare), made.peak)
        return hooks(peers()[name], tree, scenario.hooks)

    return once


def _row(scenario: Scenario, ours: list[Taken], other: str, theirs: list[Taken]) -> str:
    goal = scenario.goals.get(other)
    if other == BARE:
        beyond = statistics.median(our.seconds - their.seconds for our, their in zip(ours, theirs))
        compared, told = f"+{beyond * 1000:.0f} ms", "" if goal is None else f"≤ +{goal:.0f} ms"
    else:
        ratio = statistics.median(our.seconds / their.seconds for our, their in zip(ours, theirs))
        compared, told = f"{ratio:.2f}", "" if goal is None else f"≤ {goal:.2f}"
    cells = [_what(scenario, other), *_cells(ours), other, *_cells(theirs), compared, told]
    return f"| {' | '.join(cells)} |"


def _what(scenario: Scenario, other: str) -> str:
    what = scenario.shape.name + (", metadata hook" if scenario.hooks == METADATA else "")
    if scenario.rebuilds:
        what += ", unchanged"
        if other == BARE:
            what += ", build hook"
        elif other not in scenario.rebuilds:
            what += " (the other from nothing)"
    return what


def _cells(taken: list[Taken]) -> tuple[str, str]:
    seconds = statistics.median(one.seconds for one in taken)
    peak = statistics.median(one.peak for one in taken)
    return f"{seconds * 1000:.0f} ms", f"{peak / 1024:.0f} MiB"


if __name__ == "__main__":
    main()
