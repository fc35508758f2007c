"""Runs cffi's own tests with Officina as the compiler and linker, beside setuptools.

    make conformance ARGS="[--baseline-only | --no-baseline | --plugin] [FILE ...]"

cffi's sdist is fetched from the index, never kept in this repository. `stand_in/sitecustomize.py`
puts Officina in the place of `cffi.ffiplatform.compile`. Each file must pass as many tests as with
setuptools, and must really have called Officina. With `--plugin`, Officina is only installed beside setuptools: cffi's
tests of distutils and setuptools must pass as before, since none of their projects names it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from environments import SCRATCH, environment, officina_wheel  # noqa: E402
from pypi import unpacked  # noqa: E402

CFFI = "2.1.1"
WORK = SCRATCH / "conformance"
FILES = [
    "testing/cffi1/test_recompiler.py",
    "testing/cffi1/test_verify1.py",
    "testing/cffi1/test_new_ffi_1.py",
    "testing/cffi1/test_zdist.py",
    "testing/cffi1/test_re_python.py",
    "testing/cffi0/test_verify.py",
    "testing/embedding/",
]
OF_SETUPTOOLS = [
    "testing/cffi0/test_zdistutils.py",
    "testing/cffi1/test_zdist.py",
]


class Outcome:
    """What one run of pytest came to."""

    def __init__(self, output: str, calls: int) -> None:
        summary = output.strip().splitlines()[-1] if output.strip() else ""
        counts = {word: int(n) for n, word in re.findall(r"(\d+) ([a-z]+)", summary)}
        self.passed = counts.get("passed", 0)
        self.failed = counts.get("failed", 0) + counts.get("errors", 0) + counts.get("error", 0)
        self.seconds = float((re.findall(r"in ([\d.]+)s", summary) or ["0"])[0])
        self.calls = calls


def main() -> int:
    """Runs what the command line asks for and prints a table; 1 if Officina falls short."""
    options = _options()
    source = unpacked("cffi", CFFI, WORK)
    apart(WORK)
    rows = []
    for file in options.files or (OF_SETUPTOOLS if options.plugin else FILES):
        baseline = None if options.no_baseline else _pytest(source, file, "setuptools")
        ours = None if options.baseline_only else _pytest(source, file, "plugin" if options.plugin else "officina")
        rows.append((file, baseline, ours))
    print(_table(rows))
    problems = [problem for row in rows for problem in _problems(*row, must_call=not options.plugin)]
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--baseline-only", action="store_true", help="setuptools only")
    which.add_argument("--no-baseline", action="store_true", help="Officina only")
    which.add_argument("--plugin", action="store_true", help="Officina is installed and stands in for nothing")
    parser.add_argument("files", nargs="*", metavar="FILE", help="as in cffi's sdist; default: all")
    return parser.parse_args()


def apart(folder: Path) -> None:
    """Keeps what pytest is told about this repository's own tests from tests beneath a folder of it.

    pytest takes the settings of the nearest folder above that has any; a `pytest.ini` counts though it is empty.
    """
    (folder / "pytest.ini").touch()


def _pytest(source: Path, file: str, builder: str) -> Outcome:
    """Runs one file of cffi's tests in a process, and an environment, of its own."""
    name = f"{file.strip('/').replace('/', '.')}.{builder}"
    temporary = WORK / "tmp" / name
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    calls = temporary / "calls"
    calls.touch()
    command = [str(_python(builder)), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rfE"]
    print(f"{file} with {builder}...", file=sys.stderr, flush=True)
    log = WORK / f"{name}.log"
    with log.open("wb") as output:
        subprocess.run(
            [*command, file],
            cwd=source,
            env=_environment(builder, temporary, calls),
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=3600,
            check=False,
        )
    outcome = Outcome(log.read_text(errors="replace"), len(calls.read_text().splitlines()))
    if outcome.failed or not outcome.passed:
        print(f"  see {log}", file=sys.stderr)
    return outcome


def _python(builder: str) -> Path:
    requirements = [f"cffi=={CFFI}", "setuptools==84.2.0", "pytest"]
    if builder != "setuptools":
        requirements.append(str(officina_wheel()))
    return environment(WORK / f"venv-{builder}", requirements)


def _environment(builder: str, temporary: Path, calls: Path) -> dict[str, str]:
    values = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    values["TMPDIR"] = str(temporary)
    values["PYTHONDONTWRITEBYTECODE"] = "1"
    if builder == "officina":
        values["PYTHONPATH"] = str(HERE / "stand_in")
        values["OFFICINA_CONFORMANCE_CALLS"] = str(calls)
    return values


def _table(rows: list[tuple[str, Outcome | None, Outcome | None]]) -> str:
    lines = [
        "| cffi's tests | setuptools | s | Officina | s | compiled by Officina |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for file, baseline, ours in rows:
        left = f"{baseline.passed} | {baseline.seconds:.0f}" if baseline else "- | -"
        right = f"{ours.passed} | {ours.seconds:.0f} | {ours.calls}" if ours else "- | - | -"
        lines.append(f"| {file} | {left} | {right} |")
    return "\n".join(lines)


def _problems(file: str, baseline: Outcome | None, ours: Outcome | None, must_call: bool) -> list[str]:
    if baseline and not baseline.passed:
        return [f"{file}: nothing passes with setuptools, so there is nothing to compare with"]
    if not ours:
        return []
    problems = []
    if must_call and ours.calls == 0:
        problems.append(f"{file}: Officina was never called")
    if baseline and ours.passed < baseline.passed:
        problems.append(f"{file}: {ours.passed} pass, with setuptools {baseline.passed} do")
    if not baseline and (ours.failed or not ours.passed):
        problems.append(f"{file}: {ours.failed} fail, {ours.passed} pass")
    return problems


if __name__ == "__main__":
    sys.exit(main())
