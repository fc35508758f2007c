"""Edits native parts of projects of the corpus, and looks at what is built again.

    make corpus-edits ARGS="[NAME ...]"

A first build, then one without any edit: it compiles nothing. Then edit after edit of every kind.
After each exactly those steps run that read what was edited, and the wheel is, byte for byte, that
of a clean build of the same tree.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from debian import DebianError, ensure_installed  # noqa: E402
from environments import run  # noqa: E402
from project import Project, make_tree  # noqa: E402
from pypi import unpacked  # noqa: E402
from ran import end_of, steps_in  # noqa: E402
from run import WORK, python_for, selected  # noqa: E402


@dataclass(frozen=True)
class Edit:
    """One change of a tree, and the steps that read what it changes."""

    what: str
    make: Callable[[Path], None]
    steps: Callable[[Path], set[str]]
    """Told after the edit; without those that run in every build."""


def _replaced(path: str, before: str, after: str) -> Callable[[Path], None]:
    def edit(tree: Path) -> None:
        text = (tree / path).read_text(encoding="utf-8")
        if before not in text:
            raise RuntimeError(f"`{path}` does not hold `{before}`")
        (tree / path).write_text(text.replace(before, after, 1), encoding="utf-8")

    return edit


def _removed(path: str) -> Callable[[Path], None]:
    return lambda tree: (tree / path).unlink()


def _exactly(*steps: str) -> Callable[[Path], set[str]]:
    return lambda tree: set(steps)


def _readers(header: str) -> Callable[[Path], set[str]]:
    """The sources of pygit2's extension that include a header, directly or not."""

    def steps(tree: Path) -> set[str]:
        reading = {header}
        while True:
            texts = {path.name: path.read_text() for path in (tree / "src").iterdir()}
            named = re.compile("|".join(rf'#include [<"]{re.escape(name)}[>"]' for name in reading))
            more = {name for name, text in texts.items() if named.search(text)} | reading
            if more == reading:
                sources = (f"src/{name}" for name in reading if name.endswith(".c"))
                return {PYGIT2, *(f"Compiled pygit2._pygit2: {source}" for source in sources)}
            reading = more

    return steps


def _all_of_pygit2(tree: Path) -> set[str]:
    return {f"Compiled pygit2._pygit2: src/{path.name}" for path in (tree / "src").glob("*.c")}


PYGIT2 = "Linked pygit2/_pygit2"
ADA = ("Compiled ada: ada_url/ada.cpp", "Archived ada", "Linked ada_url/_ada_wrapper")
SODIUM = "src/libsodium/src/libsodium"

EDITS = {
    "ada-url": [
        Edit(
            "a header of the library",
            _replaced("ada_url/ada.h", 'ADA_VERSION "4.0.0"', 'ADA_VERSION "4.0.1"'),
            _exactly(*ADA),
        ),
        Edit(
            "a macro of the library",
            _replaced(
                "pyproject.toml",
                '"ADA_INCLUDE_URL_PATTERN=0"',
                '"ADA_INCLUDE_URL_PATTERN=0", "ADA_DEVELOPMENT_CHECKS=1"',
            ),
            _exactly(*ADA),
        ),
    ],
    "pygit2": [
        Edit(
            "a macro of the extension",
            _replaced("pyproject.toml", "pkg-config =", 'undef-macros = ["NDEBUG"]\npkg-config ='),
            lambda tree: {PYGIT2} | _all_of_pygit2(tree),
        ),
        Edit(
            "a macro that no source reads, with which the objects are the same",
            _replaced("pyproject.toml", "pkg-config =", 'define-macros = ["EDITED=1"]\npkg-config ='),
            _all_of_pygit2,
        ),
        Edit(
            "a header of the extension",
            _replaced("src/signature.h", "#endif", "__attribute__((used)) static int edited = 1;\n#endif"),
            _readers("signature.h"),
        ),
    ],
    "PyNaCl": [
        Edit(
            "a source that the step reads",
            _replaced(f"{SODIUM}/sodium/version.c", "SODIUM_VERSION_STRING;", 'SODIUM_VERSION_STRING "-edited";'),
            _exactly("Ran sodium", "Linked nacl/_sodium"),
        ),
        Edit(
            "a header that the step reads",
            _replaced(f"{SODIUM}/include/sodium/private/common.h", "(32 - b)", "(31 - b)"),
            _exactly("Ran sodium", "Linked nacl/_sodium"),
        ),
    ],
    "PySPX": [
        Edit("an output of the step, removed", _removed("src/pyspx/haraka_128f.py"), _exactly("Ran wrappers")),
    ],
    "zstandard": [
        Edit(
            "a source that the extension's source includes",
            _replaced("c-ext/compressor.c", '"cannot compress: %s"', '"cannot compress at all: %s"'),
            _exactly("Compiled zstandard.backend_c: c-ext/backend_c.c", "Linked zstandard/backend_c"),
        ),
    ],
}


def main() -> int:
    """Edits the projects that the command line names; 1 if something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(EDITS)}; default: all")
    projects = [project for project in selected(parser.parse_args().names) if project.name in EDITS]
    failures = 0
    for project in projects:
        print(f"{project.name} {project.version}", flush=True)
        try:
            failures += not _one(project)
        except (RuntimeError, DebianError) as error:
            failures += 1
            print(f"   {end_of(str(error))}", flush=True)
    print(f"{len(projects) - failures} of {len(projects)} hold")
    return 1 if failures else 0


def _one(project: Project) -> bool:
    ensure_installed(project.build["apt"])
    source = unpacked(project.name, project.version, WORK / "sdists")
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        tree = make_tree(project, source, Path(temporary, "tree"))
        _build(project, tree)
        _, always = _build(project, tree)
        holds = all(step.startswith("Generated ") for step in always)
        print(f"   unedited: {_listed(always)}{'' if holds else ': WRONG'}", flush=True)
        for edit in EDITS[project.name]:
            holds &= _edited(project, edit, tree, always)
    return holds


def _edited(project: Project, edit: Edit, tree: Path, always: set[str]) -> bool:
    edit.make(tree)
    wanted = edit.steps(tree)
    start = time.perf_counter()
    wheel, ran = _build(project, tree)
    seconds = time.perf_counter() - start
    print(f"   {edit.what}: {_listed(ran)} ({seconds:.2f} s)", flush=True)
    wrong = []
    if ran - always != wanted:
        wrong.append(f"too many: {_listed(ran - always - wanted)}; too few: {_listed(wanted - ran)}")
    if wheel != _clean(project, tree):
        wrong.append("the wheel is not that of a clean build")
    print("".join(f"      WRONG: {line}\n" for line in wrong), end="", flush=True)
    return not wrong


def _clean(project: Project, tree: Path) -> bytes:
    """The wheel of a copy of the tree, without what was built in it."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        copy = Path(temporary, "tree")
        shutil.copytree(
            tree, copy, symlinks=True, ignore=lambda folder, names: {"build"} if folder == str(tree) else ()
        )
        return _build(project, copy)[0]


def _build(project: Project, tree: Path) -> tuple[bytes, set[str]]:
    """The bytes of the wheel, and the steps that ran."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as out:
        command = [str(python_for(project, "officina").parent / "officina"), "build", "--wheel", "--out", out]
        done = run(command, cwd=tree, env={**os.environ, **project.build["env"]}, timeout=1800)
        [wheel] = Path(out).glob("*.whl")
        return wheel.read_bytes(), steps_in(done.stderr)


def _listed(steps: set[str]) -> str:
    """`2 x Compiled pygit2._pygit2, Linked pygit2/_pygit2`"""
    short = sorted(re.sub(r"(?<=Compiled)( [^:]*):.*", r"\1", step) for step in steps)
    counts = {step: short.count(step) for step in short}
    return ", ".join(step if count == 1 else f"{count} x {step}" for step, count in counts.items()) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
