"""Installs projects of the corpus as editable, as somebody does who works on them.

    make corpus-editable ARGS="[NAME ...]"

For each project: `pip install -e` into a fresh environment works and the smoke passes; the same
again runs no step, except a builder that runs in every build; and so does an install that rebuilds
on import, which works as well.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from debian import DebianError, ensure_installed  # noqa: E402
from environments import fresh_environment, run  # noqa: E402
from project import Project, make_tree  # noqa: E402
from pypi import unpacked  # noqa: E402
from ran import end_of, steps_in  # noqa: E402
from run import WORK, requirements_of, selected, smoke_in  # noqa: E402

REBUILDING = ["-C", "editable-rebuild=true", "-C", "editable-verbose=true"]


def main() -> int:
    """Installs what the command line asks for; 1 if something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects; default: all")
    projects = selected(parser.parse_args().names)
    failures = 0
    for project in projects:
        try:
            found, wrong = _one(project)
        except (RuntimeError, DebianError) as error:
            found, wrong = "not installed", [end_of(str(error))]
        failures += bool(wrong)
        print(f"{project.name} {project.version}: {found}", flush=True)
        print("".join(f"   {line}\n" for line in wrong), end="", flush=True)
    print(f"{len(projects) - failures} of {len(projects)} hold")
    return 1 if failures else 0


def _one(project: Project) -> tuple[str, list[str]]:
    ensure_installed(project.build["apt"])
    source = unpacked(project.name, project.version, WORK / "sdists")
    python = fresh_environment(WORK / "editable", requirements_of(project, "officina"))
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        tree = make_tree(project, source, Path(temporary, "tree"))
        first, seconds = _install(project, python, tree)
        wrong = smoke_in(python, project)
        again, seconds_again = _install(project, python, tree)
        wrong += _unchanged(again, "the second install")
        rebuilding, _ = _install(project, python, tree, *REBUILDING)
        wrong += _unchanged(rebuilding, "the install that rebuilds")
        for _ in range(2):
            wrong += smoke_in(python, project)
    again = ", ".join(sorted(steps_in(again))) or "none"
    return f"{len(steps_in(first))} steps in {seconds:.1f} s, then {again} in {seconds_again:.1f} s", wrong


def _install(project: Project, python: Path, tree: Path, *options: str) -> tuple[str, float]:
    # No extras: zstandard's takes another cffi, with which all is built again.
    command = [str(python), "-m", "pip", "install", "-v", "--no-build-isolation", *options, "-e", str(tree)]
    start = time.perf_counter()
    done = run(command, env={**os.environ, **project.build["env"]}, timeout=1800)
    return done.stdout + done.stderr, time.perf_counter() - start


def _unchanged(output: str, which: str) -> list[str]:
    """Only builders may run again, those that nobody can follow."""
    ran = steps_in(output)
    found = re.search(r"Unchanged (\d+) of (\d+) steps", output)
    counts = (int(found[1]) + len(ran), int(found[2])) if found else (len(ran), 0)
    if counts[0] == counts[1] and all(step.startswith("Generated ") for step in ran):
        return []
    return [f"{which} runs {', '.join(sorted(ran)) or 'some steps'}\n{end_of(output)}"]


if __name__ == "__main__":
    sys.exit(main())
