"""Stubs of the corpus projects, checked strict by mypy and pyright.

    make corpus-stubs ARGS="[NAME ...]"

For each project: `officina stubs` in its tree, then both checkers over the stubs alone, and over the project's own
code, where errors are counted with the stubs and without them: those of a project without annotations are many.
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
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "python")]

from checkers import CHECKERS  # noqa: E402
from debian import DebianError, ensure_installed  # noqa: E402
from environments import environment, run  # noqa: E402
from project import Project, make_tree  # noqa: E402
from pypi import unpacked  # noqa: E402
from ran import end_of  # noqa: E402
from run import WORK, requirements_of, selected  # noqa: E402

# What a wrong name, a wrong argument and an unknown attribute are called: what stubs are for.
_OF_STUBS = re.compile(r"has no attribute|Cannot access attribute|is unknown import symbol")


def main() -> int:
    """Makes and checks the stubs of what the command line asks for; 1 if any are not clean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects; default: all")
    failures = 0
    print("| project | stubs | lines | s | mypy | pyright | unknown names in its code |\n|---|---|---|---|---|---|---|")
    for project in selected(parser.parse_args().names):
        try:
            row, wrong = _one(project)
        except (RuntimeError, AssertionError, DebianError) as error:
            row, wrong = "not made | | | | | ", [end_of(str(error))]
        failures += bool(wrong)
        print(f"| {project.name} {project.version} | {row} |", flush=True)
        print("".join(f"   {line}\n" for line in wrong), end="", file=sys.stderr, flush=True)
    return 1 if failures else 0


def _one(project: Project) -> tuple[str, list[str]]:
    ensure_installed(project.build["apt"])
    source = unpacked(project.name, project.version, WORK / "sdists")
    folder = WORK / "stubs" / project.name
    python = environment(folder, requirements_of(project, "officina"))
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        tree = make_tree(project, source, Path(temporary, "tree"))
        for own in tree.rglob("*.pyi"):  # those that somebody wrote would come first
            own.unlink()
        begun = time.perf_counter()
        run([str(python.parent / "officina"), "stubs"], cwd=tree, env={**os.environ, **project.build["env"]})
        seconds = time.perf_counter() - begun
        stubs = [path for path in sorted(tree.rglob("*.pyi")) if path.read_text().startswith("# Made by Officina")]
        lines = sum(path.read_text().count("\n") for path in stubs)
        root = tree / project.layout["root"]
        names = tuple(f"{path.name}:" for path in stubs)
        found = {name: check(stubs, python, root).all_errors() for name, check in CHECKERS.items()}
        # mypy also tells what is wrong in files that it reads besides.
        found = {name: [one for one in errors if one.startswith(names)] for name, errors in found.items()}
        code = [path for path in sorted(root.rglob("*.py")) if _is_of(path, project, root)]
        unknown = []
        if code:
            errors = CHECKERS["pyright"](code, python, root).all_errors()
            unknown = [error for error in errors if _OF_STUBS.search(error)]
    wrong = [f"{name}: {error}" for name, errors in found.items() for error in errors[:5]]
    return (
        f"{len(stubs)} | {lines} | {seconds:.1f} | {len(found['mypy'])} | {len(found['pyright'])} | {len(unknown)}",
        wrong,
    )


def _is_of(path: Path, project: Project, root: Path) -> bool:
    top = path.relative_to(root).parts[0]
    return top in {package.partition(".")[0] for package in project.layout["packages"]}


if __name__ == "__main__":
    sys.exit(main())
