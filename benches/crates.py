"""Measures a crate behind a CFFI module: Officina in API mode, beside maturin, which makes one in ABI mode.

    make bench-crates ARGS="[--rounds N] [--calls N] [--write-docs]"

Both build the crate of `example-crate` into a wheel, by the same pip and without isolation, taking turns:
from a tree without a trace of a build, and once more in the same tree. Then each wheel's functions are
called in one process.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from environments import REPOSITORY, SCRATCH, environment, officina_wheel, run  # noqa: E402

EXAMPLE = REPOSITORY / "example-crate"
MATURIN = """\
[build-system]
requires = ["maturin"]
build-backend = "maturin"

[project]
name = "maturin-words"
version = "0.1.0"
dependencies = ["cffi"]

[tool.maturin]
bindings = "cffi"
module-name = "maturin_words"
profile = "release"
strip = true
"""

CALLS = """\
import sys, time
text = b"one two three"
def timed(ffi, lib):
    counts, call = ffi.new("words_counts *"), lib.words_count
    call(text, 13, counts)
    begun = time.perf_counter()
    for _ in range(CALLS):
        call(text, 13, counts)
    return (time.perf_counter() - begun) / CALLS
from officina_words._words import ffi, lib
import maturin_words
turns = [(timed(ffi, lib), timed(maturin_words.ffi, maturin_words.lib)) for _ in range(9)]
for one in zip(*turns):
    print(sorted(one)[len(one) // 2])
"""

HEAD = """\
# A crate behind a module: Officina beside maturin

Made by `make bench-crates ARGS=--write-docs`. The crate is that of `example-crate`; both backends build it in release
mode, by the same pip and without isolation, taking turns. maturin makes a module in ABI mode (`bindings = "cffi"`,
`strip = true`), Officina one in API mode. Times are medians; the ratio is Officina's to maturin's.

"""


def main() -> None:
    options = _options()
    environments = {
        "officina": environment(SCRATCH / "bench" / "crate-officina", [str(officina_wheel()), "cffi"]),
        "maturin": environment(SCRATCH / "bench" / "crate-maturin", ["maturin", "cffi"]),
    }
    cold, again, direct = ({name: [] for name in environments} for _ in range(3))
    wheels = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        for turn in range(options.rounds):
            for name, python in environments.items():
                tree = make_tree(name, Path(scratch, f"{name}-{turn}"))
                cold[name].append(build(python, tree, Path(scratch, name)))
                time.sleep(3)  # what was written less than two seconds ago is read again
                again[name].append(build(python, tree, Path(scratch, name)))
                by_itself(name, python, tree, Path(scratch, "direct"))
                time.sleep(3)
                direct[name].append(by_itself(name, python, tree, Path(scratch, "direct")))
                [wheels[name]] = Path(scratch, name).glob("*.whl")
        sizes = {name: wheel.stat().st_size for name, wheel in wheels.items()}
        python = environments["officina"]
        run(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--force-reinstall",
                *map(str, wheels.values()),
            ]
        )
        calls = run([str(python), "-c", CALLS.replace("CALLS", str(options.calls))]).stdout.split()
    text = HEAD + table(cold, again, direct, sizes, dict(zip(environments, map(float, calls))))
    print(text)
    if options.write_docs:
        (REPOSITORY / "docs/benchmarks-crates.md").write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=200_000, help="calls of each of nine turns")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks-crates.md")
    return parser.parse_args()


def make_tree(name: str, tree: Path) -> Path:
    """The same crate for each backend."""
    if name == "officina":
        shutil.copytree(EXAMPLE, tree, ignore=shutil.ignore_patterns("build", "target"))
        return tree
    shutil.copytree(EXAMPLE / "rust", tree, ignore=shutil.ignore_patterns("target"))
    manifest = tree / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '\n[lib]\ncrate-type = ["cdylib"]\n')
    # maturin takes this header for its own and needs no cbindgen, which would say it in another way.
    header = tree / "target/header.h"
    header.parent.mkdir()
    lines = (EXAMPLE / "rust/include/words.h").read_text().splitlines()
    plain = [line for line in lines if not line.startswith(("#", 'extern "C"'))]
    plain.remove("}")
    header.write_text("\n".join(plain))
    (tree / "pyproject.toml").write_text(MATURIN)
    return tree


def build(python: Path, tree: Path, out: Path) -> float:
    command = [str(python), "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    # maturin looks for its own program.
    variables = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    begun = time.perf_counter()
    done = subprocess.run([*command, "--wheel-dir", str(out), str(tree)], env=variables, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return time.perf_counter() - begun


def by_itself(name: str, python: Path, tree: Path, out: Path) -> float:
    """The wheel once more: how long the backend's hook takes, in a Python that is there."""
    out.mkdir(exist_ok=True)
    code = (
        f"import time, {name}; begun = time.perf_counter(); {name}.build_wheel({str(out)!r}); "
        "print(time.perf_counter() - begun)"
    )
    variables = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    return float(run([str(python), "-c", code], cwd=tree, env=variables).stdout.split()[-1])


def table(cold: dict, again: dict, direct: dict, sizes: dict, calls: dict) -> str:
    rows = [
        ("cold build, pip's time included", {k: statistics.median(v) for k, v in cold.items()}, 1, "s", 2),
        ("unchanged build, pip's time included", {k: statistics.median(v) for k, v in again.items()}, 1, "s", 2),
        (
            "unchanged build, the hook `build_wheel` alone",
            {k: statistics.median(v) for k, v in direct.items()},
            1,
            "s",
            2,
        ),
        ("a call through `lib`", calls, 1e9, "ns", 0),
        ("the wheel", sizes, 1 / 1024, "KiB", 0),
    ]
    lines = [
        f"CPython {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores.\n"
    ]
    lines += ["| what | maturin | Officina | ratio |", "|---|--:|--:|--:|"]
    for what, found, scale, unit, digits in rows:
        theirs, ours = found["maturin"], found["officina"]
        cells = [f"{value * scale:.{digits}f} {unit}" for value in (theirs, ours)]
        lines.append(f"| {what} | {cells[0]} | {cells[1]} | {ours / theirs:.2f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
