"""Moves the projects of the corpus with `officina migrate --write`, and checks every wheel as `make corpus` does.

    make corpus-migrate ARGS="[NAME ...]"

What the reports ask a person to decide is in DECISIONS, as the lines that a person would write. The table says how many
lines of each kind a report has, how many decisions a project needs, and what differs from what the corpus says.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from debian import DebianError, ensure_installed  # noqa: E402
from environments import environment, run  # noqa: E402
from native import NATIVE  # noqa: E402
from project import Project  # noqa: E402
from pypi import unpacked  # noqa: E402
from run import (  # noqa: E402
    CFFI,
    SETUPTOOLS,
    WORK,
    empty,
    officina_wheel,
    pip_wheel,
    python_for,
    selected,
    smoke,
)
from verdict import differences  # noqa: E402

KINDS = ["same", "better", "you decide", "not possible"]
# Lines that the report asks for: file, text that is there, text in its place (at the end if nothing is there).
DECISIONS = {
    # The builder has an `Extension` among its objects: the table that the report proposes.
    "ada-url": [
        (
            "pyproject.toml",
            "",
            '\n[[tool.officina.libraries]]\nname = "ada"\nsources = ["ada_url/ada.cpp"]\ninclude-dirs = ["ada_url"]\n'
            'define-macros = ["ADA_INCLUDE_URL_PATTERN=0"]\nextra-compile-args = ["-std=c++20"]\n',
        ),
        ("ada_url/ada_build.py", "extra_objects=[ada_obj]", 'libraries=["ada"]'),
        ("ada_url/ada_build.py", "    libraries=libraries,\n", ""),
    ],
    # `build_py` writes modules: a step.
    "PySPX": [("pyproject.toml", "", "\n" + NATIVE["PySPX"].tables)],
    # `build_clib` runs configure and make: a step.
    "PyNaCl": [("pyproject.toml", "", "\n" + NATIVE["PyNaCl"].tables.partition("\n")[2])],
    # Not of the report: this machine has another libgit2 than the project was written for.
    "pygit2": [("pyproject.toml", "[tool.officina]\n", '[tool.officina]\ndefine-macros = ["OFFICINA_UNCHECKED"]\n')],
}


def main() -> int:
    """Moves what the command line asks for; 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects; default: all")
    rows, failures = [], 0
    for project in selected(parser.parse_args().names):
        print(f"== {project.name} {project.version}", file=sys.stderr, flush=True)
        try:
            ensure_installed(project.build["apt"])
            report, wrong = _one(project)
        except (RuntimeError, DebianError) as error:
            report, wrong = Counter(), [str(error)]
        failures += bool(wrong)
        print("\n".join(f"   {line}" for line in wrong), file=sys.stderr, flush=True)
        counts = " | ".join(str(report[kind]) for kind in KINDS)
        edits = len(DECISIONS.get(project.name, []))
        rows.append(f"| {project.name} | {counts} | {edits} | {'as recorded' if not wrong else len(wrong)} |")
    head = f"| project | {' | '.join(KINDS)} | edits | wheel |"
    print("\n".join([head, "|---|" + "--:|" * 5 + "---|", *rows]))
    print(f"{len(rows) - failures} of {len(rows)} as recorded", file=sys.stderr)
    return 1 if failures else 0


def _one(project: Project) -> tuple[Counter, list[str]]:
    sdist = unpacked(project.name, project.version, WORK / "sdists")
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        tree = Path(temporary, "tree")
        shutil.copytree(sdist, tree, symlinks=True)
        report = _move(project, tree)
        for path, before, after in DECISIONS.get(project.name, []):
            text = (tree / path).read_text(encoding="utf-8")
            if before not in text:
                raise RuntimeError(f"`{path}` does not hold `{before}`")
            changed = text.replace(before, after, 1) if before else text + after
            (tree / path).write_text(changed, encoding="utf-8")
        kept = empty(WORK / "moved" / project.name)
        shutil.copy(tree / "pyproject.toml", kept)
        wheels = WORK / "wheels" / project.name / "moved"
        wheel = pip_wheel(project, python_for(project, "officina"), tree, wheels, PATH=os.environ["PATH"])
    wrong = [line for line in differences(project, wheel, [], "officina") if "was never compiled" not in line]
    return report, wrong + smoke(project, wheel)


def _move(project: Project, tree: Path) -> Counter:
    """Runs the command in an environment that has what setuptools needs; the report is kept for people."""
    needed = {"wheel", "setuptools-scm", "packaging"}.union(*(one.build_requirements() for one in selected([])))
    python = environment(WORK / "venvs" / "migrate", [CFFI, SETUPTOOLS, *sorted(needed), str(officina_wheel())])
    command = [str(python.parent / "officina"), "migrate", str(tree)]
    reports = WORK / "reports"
    reports.mkdir(parents=True, exist_ok=True)
    (reports / f"{project.name}.txt").write_text(run(command).stdout, encoding="utf-8")
    answer = json.loads(run([*command, "--write", "--format", "json"]).stdout)
    again = json.loads(run([*command, "--format", "json"]).stdout)
    if again["changes"]:
        raise RuntimeError("a project that has moved is not seen to have moved")
    return Counter(finding["verdict"] for finding in answer["report"])


if __name__ == "__main__":
    sys.exit(main())
