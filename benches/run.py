"""Measures Officina beside its peers, or beside another wheel of itself, in one run, as ratios.

    make bench ARGS="[--runs N] [--write-docs] [--against WHEEL] [NAME ...]"

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
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import chart  # noqa: E402
import trees  # noqa: E402
from isolated import PIPS, UV, build  # noqa: E402
from peers import AGAINST, Peer, Taken, hooks, peers, run  # noqa: E402

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
    frontend: str = ""  # the one that builds the wheel in isolation, and calls the hooks it likes

    def against(self) -> Scenario:
        """The same, done by two wheels of Officina."""
        both = ("officina", AGAINST)
        return replace(self, contenders=list(both), goals={}, rebuilds=both if self.rebuilds else ())


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
    Scenario("pip-23", trees.ONE, (), ["officina", "setuptools"], {"setuptools": 0.58}, frontend="pip 23.2"),
    Scenario("pip-26", trees.ONE, (), ["officina", "setuptools"], {"setuptools": 0.50}, frontend="pip 26"),
    Scenario("uv", trees.ONE, (), ["officina", "setuptools"], {}, frontend=UV),
]


def main() -> None:
    """Measures what the command line asks for and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"scenarios ({', '.join(known)}); default: all")
    parser.add_argument("--runs", type=int, default=7, help="rounds of each scenario; default: 7")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--against", type=Path, metavar="WHEEL", help="another wheel of Officina, to measure beside it")
    options = parser.parse_args()
    unknown = set(options.names) - set(known)
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if options.against and (options.write_docs or not options.against.is_file()):
        parser.error("--against takes the path of a wheel, and writes no docs")
    backends = peers(options.against and options.against.resolve())
    rows = []
    for scenario in _chosen(options.names, bool(options.against)):
        rows += _measured(scenario, backends, options.runs)
        print(rows[-1], file=sys.stderr, flush=True)
    table = HEAD + "\n".join(rows) + "\n"
    print(table)
    if options.write_docs:
        (HERE.parent / "docs" / "benchmarks.md").write_text(table, encoding="utf-8")
        chart.write()


def _chosen(names: list[str], against: bool) -> list[Scenario]:
    chosen = [scenario for scenario in SCENARIOS if not names or scenario.name in names]
    if not against:
        return chosen
    # Those that differed by their contenders alone are one.
    different = {(one.shape, one.hooks, one.frontend, bool(one.rebuilds)): one for one in reversed(chosen)}
    return [one.against() for one in chosen if one in different.values()]


HEAD = """\
# Benchmarks

Made by `make bench ARGS=--write-docs`. Hooks are called as pip calls them, each in a fresh process, without pip itself;
every backend says the same project in its own way (`benches/trees.py`). The ratio is the median of the rounds, Officina
to the other; below one, Officina is the faster. By hand means one process that generates all modules, and compilers
and linkers side by side at the interpreter's own level (`benches/by_hand.py`); where all three hooks are called, with
two Pythons besides that import `json` and end. Beside a Python that does nothing, the milliseconds beyond it are told.

CPU is the processor time of all processes, also as a ratio. Where a frontend is named ({frontends}), the
whole command is measured: `pip wheel --no-deps` or `uv build --wheel` with isolation, from a folder of wheels instead
of an index, uv's cache warm (`benches/isolated.py`).

| what | Officina, median | CPU | peak | other | other, median | CPU | peak | ratio | of CPU | goal |
|---|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|
""".format(frontends=", ".join([*(f"pip {version}" for version in PIPS.values()), UV]))


def _measured(scenario: Scenario, backends: dict[str, Peer], rounds: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        work = {name: _contender(scenario, name, backends, Path(temporary)) for name in scenario.contenders}
        for one in work.values():
            one()  # caches of the system are warm for all, and environments are made
        if scenario.rebuilds:
            time.sleep(SETTLED)
            for name in scenario.rebuilds:
                work[name]()
        taken: dict[str, list[Taken]] = {name: [] for name in work}
        turns = list(work.items())
        for _ in range(rounds):
            for name, one in turns:
                taken[name].append(one())
            turns.reverse()  # nobody is always the first
    ours, *others = scenario.contenders
    return [_row(scenario, taken[ours], other, taken[other]) for other in others]


def _contender(scenario: Scenario, name: str, backends: dict[str, Peer], folder: Path) -> Callable[[], Taken]:
    officina = str(backends["officina"].python())
    if name == BARE:
        return lambda: run([officina, "-c", "pass"], folder)
    backend = "officina" if name in ("by hand", AGAINST) else name
    model = trees.write(scenario.shape, backend, folder / f"{name}-model")
    tree = folder / f"{name}-tree"

    def once() -> Taken:
        if name not in scenario.rebuilds or not tree.is_dir():
            shutil.rmtree(tree, ignore_errors=True)
            shutil.copytree(model, tree)
        if scenario.frontend:
            return build(scenario.frontend, backends[name], tree)
        if name == "by hand":
            return _by_hand(officina, tree, folder / "by-hand-out", len(scenario.hooks))
        return hooks(backends[name], tree, scenario.hooks)

    return once


def _by_hand(python: str, tree: Path, out: Path, hooks: int) -> Taken:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    taken = run([python, str(HERE / "by_hand.py"), str(tree), str(out)], tree)
    for _ in range(hooks - 1):
        taken += run([python, "-c", "import json"], tree)  # a hook is a Python, whatever it does
    return taken


def _row(scenario: Scenario, ours: list[Taken], other: str, theirs: list[Taken]) -> str:
    goal = scenario.goals.get(other)
    wall = [(our.seconds, their.seconds) for our, their in zip(ours, theirs)]
    cpu = [(our.cpu, their.cpu) for our, their in zip(ours, theirs)]
    if other == BARE:
        compared = [f"+{statistics.median(our - their for our, their in pairs) * 1000:.0f} ms" for pairs in (wall, cpu)]
        told = "" if goal is None else f"≤ +{goal:.0f} ms"
    else:
        compared = [f"{statistics.median(our / their for our, their in pairs):.2f}" for pairs in (wall, cpu)]
        told = "" if goal is None else f"≤ {goal:.2f}"
    cells = [_what(scenario, other), *_cells(ours), other, *_cells(theirs), *compared, told]
    return f"| {' | '.join(cells)} |"


def _what(scenario: Scenario, other: str) -> str:
    what = scenario.shape.name + (f", {scenario.frontend}" if scenario.frontend else "")
    if scenario.rebuilds:
        what += ", unchanged"
    if scenario.hooks == METADATA:
        what += ", metadata hook"
    if scenario.hooks == WHEEL:
        what += ", build hook"
    if scenario.rebuilds and other != BARE and other not in scenario.rebuilds:
        what += " (the other from nothing)"
    return what


def _cells(taken: list[Taken]) -> tuple[str, str, str]:
    seconds = statistics.median(one.seconds for one in taken)
    cpu = statistics.median(one.cpu for one in taken)
    peak = statistics.median(one.peak for one in taken)
    return f"{seconds * 1000:.0f} ms", f"{cpu * 1000:.0f} ms", f"{peak / 1024:.0f} MiB"


if __name__ == "__main__":
    main()
