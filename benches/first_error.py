"""How long after a failing program's own end its error is on the screen, and how long until the build has ended.

    make bench-errors ARGS="[--runs N] [--through NAME] [CASE ...]"

One program of several fails, and writes down when, while the others would go on for a minute. In the same run we
read what the build writes, as it comes, and note when the error is there. Both are moments of one clock.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests"), str(HERE.parent / "tests/python")]

from peers import peers  # noqa: E402
from projects import ADD, make_project  # noqa: E402

MARK = "unmistakable"
SEVERAL = 8
LIMIT = 100  # milliseconds that we may take
HOOK = "import officina; officina.build_wheel('out')"
FRONTENDS = {
    "hook": ["-B", "-c", HOOK],
    "pip": ["-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-w", "out", "."],
    "pip -v": ["-m", "pip", "wheel", "-v", "--no-build-isolation", "--no-deps", "-w", "out", "."],
}

# The end of a program that fails, and what a program does that would go on.
FAILS = f'sleep 0.7; echo "{MARK}" >&2; date +%s%N > "$BENCH_END"; exit 1'
GOES_ON = "exec sleep 60"
DEAF = "trap '' TERM; sleep 60 & wait; sleep 60"
COMPILER = """\
#!/bin/sh
case "$*" in
    *{fails}*) {failing} ;;
    *late*) {others} ;;
    *) exec {real} "$@" ;;
esac
"""
FAILING_BUILDER = f"""\
import os, time
time.sleep(0.7)
with open(os.environ["BENCH_END"], "w") as file:
    file.write(str(time.time_ns()))
raise SystemExit("{MARK}")
"""
DEAF_BUILDER = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)\nffi = None\n"
SLOW_BUILDER = "import time\ntime.sleep(60)\nffi = None\n"
CRATE = {
    "crate/Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\n',
    "crate/src/lib.rs": "",
    "crate/Cargo.lock": "",
}


@dataclass(frozen=True)
class Case:
    """A project in which a program fails while others go on."""

    name: str
    project: Callable[[Path], dict[str, str]]  # makes it in a folder; returns variables of its build


def compiles(failing: str = FAILS, others: str = GOES_ON, packed: int = 0) -> Callable[[Path], dict[str, str]]:
    """One source of eight does not compile."""

    def project(folder: Path) -> dict[str, str]:
        names = ["bad.c", *(f"late{number}.c" for number in range(1, SEVERAL))]
        long = "\n".join(f"int f{n}(int a){{int r=0;for(int i=0;i<a;i++)r+=i*{n};return r;}}" for n in range(20000))
        files = {name: long if others.startswith("exec cc") else "" for name in names}
        if packed:
            files["demo/big.bin"] = os.urandom(packed)
        builder = _with_sources(names)
        make_project(
            folder,
            {"demo/__init__.py": "", "make.py": builder, **files},
            modules=["make.py:ffi"],
            settings=f"jobs = {SEVERAL}\n",
        )
        return {"CC": _program(folder, "fails", _compiler("bad.c", failing, others))}

    return project


def links(folder: Path) -> dict[str, str]:
    """A module is not linked while the sources of another are compiled."""
    names = [f"late{number}.c" for number in range(1, SEVERAL)]
    other = _with_sources(names).replace("_demo", "_other")
    make_project(
        folder,
        {"demo/__init__.py": "", "make.py": ADD, "other.py": other, **dict.fromkeys(names, "")},
        modules=["make.py:ffi", "other.py:ffi"],
        settings=f"jobs = {SEVERAL}\n",
    )
    return {"CC": _program(folder, "fails", _compiler("-shared", FAILS, GOES_ON))}


def builders(others: str) -> Callable[[Path], dict[str, str]]:
    """One builder of eight fails."""

    def project(folder: Path) -> dict[str, str]:
        scripts = {f"b{number}.py": others for number in range(1, SEVERAL)} | {"bad.py": FAILING_BUILDER}
        modules = [f"{name}:ffi" for name in scripts]
        make_project(folder, {"demo/__init__.py": "", **scripts}, modules=modules, settings=f"jobs = {SEVERAL}\n")
        return {}

    return project


def cargo(others: str) -> Callable[[Path], dict[str, str]]:
    """Cargo fails while builders run."""

    def project(folder: Path) -> dict[str, str]:
        scripts = {f"b{number}.py": others for number in range(1, 3)}
        crates = '[[tool.officina.crates]]\npath = "crate"\n'
        make_project(
            folder,
            {"demo/__init__.py": "", **scripts, **CRATE},
            modules=[f"{name}:ffi" for name in scripts],
            settings=f"jobs = {SEVERAL}\n",
            more=crates,
        )
        return {"CARGO": _program(folder, "cargo-fails", f"#!/bin/sh\n{FAILS}\n")}

    return project


def one_builder_beside_cargo(folder: Path) -> dict[str, str]:
    """The only builder runs while cargo fails."""
    variables = cargo(SLOW_BUILDER)(folder)
    text = (folder / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(text.replace('"b1.py:ffi", ', ""))
    return variables


def builder_beside_cargo(folder: Path) -> dict[str, str]:
    """A builder fails while cargo builds."""
    cargo(FAILING_BUILDER)(folder)
    return {"CARGO": _program(folder, "cargo-slow", f"#!/bin/sh\n{GOES_ON}\n")}


def steps(folder: Path) -> dict[str, str]:
    """A step of the project's own fails while others run."""
    tables = "".join(
        f'[[tool.officina.steps]]\nname = "s{number}"\ncommands = [["{folder / name}"]]\n'
        for number, name in enumerate(["fails", *["slow"] * (SEVERAL - 1)])
    )
    make_project(folder, {"demo/__init__.py": ""}, settings=f"jobs = {SEVERAL}\n", more=tables)
    _program(folder, "fails", f"#!/bin/sh\n{FAILS}\n")
    _program(folder, "slow", f"#!/bin/sh\n{GOES_ON}\n")
    return {}


CASES = [
    Case("compile, others wait", compiles()),
    Case("compile, others compile", compiles(others='exec cc -O2 "$@"')),
    Case("compile, others hear no signal", compiles(others=DEAF)),
    Case("compile, leaves a process behind", compiles(failing=f"sleep 60 & {FAILS}")),
    Case("compile, 256 MB are packed", compiles(packed=256 << 20)),
    Case("link", links),
    Case("builder", builders(SLOW_BUILDER)),
    Case("builder, others hear no signal", builders(DEAF_BUILDER)),
    Case("cargo, beside builders", cargo(SLOW_BUILDER)),
    Case("cargo, beside one builder", one_builder_beside_cargo),
    Case("cargo, builders hear no signal", cargo(DEAF_BUILDER)),
    Case("builder, beside cargo", builder_beside_cargo),
    Case("step", steps),
]


def main() -> None:
    """Measures what the command line asks for and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="builds of each case; default: 5")
    parser.add_argument("--through", choices=FRONTENDS, default="hook", help="who builds; default: the hook itself")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="a part of a case's name; default: all")
    options = parser.parse_args()
    python = peers()["officina"].python()
    print(f"| {options.through}: milliseconds after the failure | error shown | worst | build ended | worst |")
    print("|---|---:|---:|---:|---:|")
    for case in CASES:
        if options.cases and not any(part in case.name for part in options.cases):
            continue
        taken = [_taken(case, [str(python), *FRONTENDS[options.through]]) for _ in range(options.runs)]
        shown, ended = ([one[column] for one in taken] for column in (0, 1))
        late = " (late)" if statistics.median(shown) > LIMIT else ""
        numbers = (statistics.median(shown), max(shown), statistics.median(ended), max(ended))
        print(f"| {case.name}{late} | {' | '.join(f'{number:.0f}' for number in numbers)} |", flush=True)


def _taken(case: Case, command: list[str]) -> tuple[float, float]:
    """Milliseconds from the failure until it is shown, and until the build has ended."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder, end = Path(temporary) / "tree", Path(temporary) / "end"
        variables = case.project(folder)
        (folder / "out").mkdir()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **variables, "BENCH_END": str(end)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
        )
        said, shown = b"", None
        while chunk := os.read(process.stdout.fileno(), 1 << 16):
            said += chunk
            if shown is None and MARK.encode() in said and b"error: " in said:
                shown = time.time_ns()
        process.wait()
        ended = time.time_ns()
        if shown is None or not end.exists() or process.returncode == 0:
            raise SystemExit(f"error: {case.name}: nothing failed as it should\n{said.decode(errors='replace')}")
        failed = int(end.read_text())
        return (shown - failed) / 1e6, (ended - failed) / 1e6


def _with_sources(names: list[str]) -> str:
    return ADD.replace('a + b; }")', f'a + b; }}", sources={names!r})')


def _compiler(fails: str, failing: str, others: str) -> str:
    return COMPILER.format(fails=fails, failing=failing, others=others, real=shutil.which("cc"))


def _program(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


if __name__ == "__main__":
    main()
