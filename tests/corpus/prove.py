"""Makes the sdist of every corpus project and proves it, as its author would before a release.

    make corpus-sdists ARGS="[--headers N] [NAME ...]"

For each project: two sdists, made in different folders at different times, are the same bytes;
`officina check` finds that the sdist holds every input and that the wheel from it is the wheel from
the tree; pip builds that wheel too, which is installed and used; and with any one needed header left
out, `officina check` fails and names it. `--headers` limits how many headers of each project are
tried (default: 3; 0 tries them all).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from debian import DebianError, ensure_installed  # noqa: E402
from project import Project, make_tree  # noqa: E402
from pypi import unpacked  # noqa: E402
from ran import end_of  # noqa: E402
from run import WORK, pip_wheel, python_for, selected, smoke  # noqa: E402

HEADERS = {".h", ".hh", ".hpp", ".hxx", ".inc", ".inl"}


def main() -> int:
    """Proves what the command line asks for; 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects; default: all")
    parser.add_argument("--headers", type=int, default=3, help="how many headers to leave out, one by one")
    options = parser.parse_args()
    failures = 0
    projects = selected(options.names)
    for project in projects:
        start = time.perf_counter()
        try:
            found, wrong = _one(project, options.headers)
        except (RuntimeError, DebianError) as error:
            found, wrong = "", [end_of(str(error))]
        failures += bool(wrong)
        seconds = time.perf_counter() - start
        print(f"{project.name} {project.version}: {found or 'not proven'} ({seconds:.0f} s)", flush=True)
        print("".join(f"   {line}\n" for line in wrong), end="", flush=True)
    print(f"{len(projects) - failures} of {len(projects)} proven")
    return 1 if failures else 0


def _one(project: Project, most_headers: int) -> tuple[str, list[str]]:
    ensure_installed(project.build["apt"])
    source = unpacked(project.name, project.version, WORK / "sdists")
    python = python_for(project, "officina")
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        first, second = (
            make_tree(project, source, Path(temporary, "a")),
            make_tree(project, source, Path(temporary, "b c", "é")),
        )
        wrong = _two_sdists(project, python, first, second)
        done = _officina(project, python, first, "check", "--format", "json")
        if done.returncode != 0:
            return "", [*wrong, f"`officina check` fails\n{end_of(done.stderr)}"]
        wrong = wrong or _from_sdist(project, python, first)
        facts = json.loads(done.stdout)
        inputs = [entry["file"] for entry in facts["inputs"]]
        headers = [file for file in inputs if Path(file).suffix in HEADERS]
        tried = headers[:most_headers] if most_headers else headers
        for header in tried:
            wrong += _without(project, python, first, header)
    noticed = f"{len(tried)} of {len(headers)} headers left out in turn and noticed"
    return f"{len(inputs)} inputs in the sdist, wheels equal and in use, {noticed}", wrong


def _two_sdists(project: Project, python: Path, first: Path, second: Path) -> list[str]:
    made = []
    for tree in (first, second):
        out = tree.parent / f"{tree.name}-out"
        done = _officina(project, python, tree, "build", "--sdist", "--out", str(out))
        if done.returncode != 0:
            return [f"`officina build --sdist` fails\n{done.stderr}"]
        made.append(Path(done.stdout.strip()).read_bytes())
        for path in second.rglob("*"):  # other times than those of the first
            os.utime(path, (1, 1), follow_symlinks=False)
    return [] if made[0] == made[1] else ["two sdists of one project differ"]


def _from_sdist(project: Project, python: Path, tree: Path) -> list[str]:
    """Builds the sdist as an installer does that has no tree, and tries what comes of it."""
    [sdist] = (tree.parent / f"{tree.name}-out").glob("*.tar.gz")
    wheels = WORK / "wheels" / project.name
    ours = pip_wheel(project, python, sdist, wheels / "sdist")
    if ours.read_bytes() != pip_wheel(project, python, tree, wheels / "tree").read_bytes():
        return ["pip's wheel from the sdist is not the one from the tree"]
    return smoke(project, ours)


def _without(project: Project, python: Path, tree: Path, header: str) -> list[str]:
    """Leaves one header out of the sdist, which has to be noticed."""
    file = tree / "pyproject.toml"
    before = file.read_text(encoding="utf-8")
    escaped = "".join(f"[{letter}]" if letter in "*?[]{}" else letter for letter in header)
    settings = "[tool.officina]\n"
    without = before.replace(settings, f"{settings}sdist.exclude = [{json.dumps(escaped)}]\n", 1)
    file.write_text(without, encoding="utf-8")
    done = _officina(project, python, tree, "check")
    file.write_text(before, encoding="utf-8")
    if done.returncode == 0:
        return [f"`officina check` does not miss `{header}`"]
    return [] if f"`{header}`" in done.stderr else [f"`officina check` does not name `{header}`\n{done.stderr}"]


def _officina(project: Project, python: Path, tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python.parent / "officina"), *arguments]
    variables = {**os.environ, **project.build["env"]}
    return subprocess.run(command, cwd=tree, env=variables, capture_output=True, text=True, timeout=1800, check=False)


if __name__ == "__main__":
    sys.exit(main())
