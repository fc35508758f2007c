"""Builds nineteen real projects with Officina, beside setuptools, and checks every wheel.

    make corpus ARGS="[--runs N] [--no-setuptools | --only-setuptools | --plugin] [--write-docs] [NAME ...]"

The facts are `../shared/corpus/*.json` beside this repository, or where OFFICINA_CORPUS points. A
sdist is fetched without running its hooks. Each wheel's files, tag and generated C are compared
with the facts, the wheel is installed into a fresh environment, and its smoke is run.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from debian import DebianError, ensure_installed  # noqa: E402
from environments import REPOSITORY, SCRATCH, environment, fresh_environment, officina_wheel, run  # noqa: E402
from project import Project, load, make_tree  # noqa: E402
from pypi import unpacked  # noqa: E402
from table import markdown  # noqa: E402
from verdict import differences  # noqa: E402

WORK = SCRATCH / "corpus"
CFFI = "cffi==2.1.1"
SETUPTOOLS = "setuptools==84.2.0"
COMPILERS = ["cc", "c++", "gcc", "g++", "clang", "clang++"]


@dataclass
class Built:
    """What one builder made of one project."""

    wheel: Path
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float | None:
        return statistics.median(self.seconds) if self.seconds else None


def main() -> int:
    """Builds and checks what the command line asks for; 1 if anything differs."""
    options = _options()
    projects = [one for one in selected(options.names) if "plugin" not in options.builders or not one.native]
    failures: dict[str, list[str]] = {}
    rows: list[tuple[Project, dict[str, Built]]] = []
    for project in projects:
        print(f"== {project.name} {project.version}", file=sys.stderr, flush=True)
        try:
            built, wrong = _one(project, options.builders, options.runs)
            rows.append((project, built))
        except (RuntimeError, DebianError) as error:
            wrong = [str(error)]
        if wrong:
            failures[project.name] = wrong
            print("\n".join(f"   {line}" for line in wrong), file=sys.stderr, flush=True)
    table = markdown(rows, options.builders[-1])
    print(table)
    if options.write_docs:
        name = "corpus-plugin.md" if "plugin" in options.builders else "corpus.md"
        (REPOSITORY / "docs" / name).write_text(table, encoding="utf-8")
    print(f"{len(projects) - len(failures)} of {len(projects)} as recorded", file=sys.stderr)
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects; default: all")
    parser.add_argument("--runs", type=int, default=3, help="timed builds of each; default: 3")
    which = parser.add_mutually_exclusive_group()
    both = ["setuptools", "officina"]
    which.add_argument("--no-setuptools", dest="builders", action="store_const", const=both[1:], default=both)
    which.add_argument("--only-setuptools", dest="builders", action="store_const", const=both[:1])
    which.add_argument(
        "--plugin",
        dest="builders",
        action="store_const",
        const=[both[0], "plugin"],
        help="setuptools packs both times; the second time Officina builds the modules (no native parts)",
    )
    parser.add_argument("--write-docs", action="store_true", help="write docs/corpus.md")
    return parser.parse_args()


def selected(names: list[str]) -> list[Project]:
    default = REPOSITORY.parent / "shared" / "corpus"
    folder = Path(os.environ.get("OFFICINA_CORPUS", default))
    projects = [load(path) for path in [*sorted(folder.glob("*.json")), *sorted(folder.glob("native/*.json"))]]
    if not projects:
        raise SystemExit(f"error: no *.json in {folder}; set OFFICINA_CORPUS to the corpus")
    unknown = set(names) - {project.name for project in projects}
    if unknown:
        known = ", ".join(project.name for project in projects)
        raise SystemExit(f"error: no {', '.join(sorted(unknown))} in the corpus; there are: {known}")
    return [project for project in projects if not names or project.name in names]


def _one(project: Project, builders: list[str], runs: int) -> tuple[dict[str, Built], list[str]]:
    """Builds one project with each builder, checks the wheels, then takes the time."""
    ensure_installed(project.build["apt"])
    sdist = unpacked(project.name, project.version, WORK / "sdists")
    wrong, built = [], {}
    for builder in builders:
        record = empty(WORK / "compiled" / project.name / builder)
        wheel, _ = _build(project, sdist, builder, record)
        built[builder] = Built(wheel)
        compiled = [path for path in record.rglob("*") if path.is_file()]
        found = differences(project, wheel, compiled, builder)
        wrong += [f"{builder}: {line}" for line in found]
    wrong += smoke(project, built[builders[-1]].wheel)
    for _ in range(runs):
        for builder in builders:
            first = built[builder].wheel.read_bytes()
            wheel, seconds = _build(project, sdist, builder, None)
            built[builder].seconds.append(seconds)
            if builder == "officina" and wheel.read_bytes() != first:
                wrong.append(f"{builder}: two builds of the same tree differ")
    return built, wrong


def _build(project: Project, sdist: Path, builder: str, record: Path | None) -> tuple[Path, float]:
    """Builds a fresh copy of the source tree; the time is that of `pip wheel`."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        tree = Path(temporary, "tree")
        if builder == "officina":
            make_tree(project, sdist, tree)
        else:
            shutil.copytree(sdist, tree, symlinks=True)
        if builder == "plugin":
            name_officina(tree / "pyproject.toml")
        python = python_for(project, builder)
        path = f"{_recording_compilers(record)}{os.pathsep}{os.environ['PATH']}" if record else os.environ["PATH"]
        start = time.perf_counter()
        wheel = pip_wheel(project, python, tree, WORK / "wheels" / project.name / builder, PATH=path)
        return wheel, time.perf_counter() - start


def name_officina(pyproject: Path) -> None:
    """Adds `officina` to what a project requires to be built; all else is as it was."""
    text = pyproject.read_text(encoding="utf-8") if pyproject.exists() else ""
    changed, count = re.subn(r"(?m)^requires\s*=\s*\[", 'requires = ["officina", ', text, count=1)
    if not count:
        changed = f'[build-system]\nrequires = ["officina", "setuptools"]\n\n{text}'
    pyproject.write_text(changed, encoding="utf-8")


def pip_wheel(project: Project, python: Path, source: Path, wheels: Path, **variables: str) -> Path:
    """The wheel of a source tree or an sdist, made by pip without isolation; the folder is emptied before."""
    command = [str(python), "-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
    command += ["--quiet", "--wheel-dir", str(empty(wheels)), str(source)]
    run(command, env={**os.environ, **project.build["env"], **variables}, timeout=1800)
    [wheel] = wheels.glob("*.whl")
    return wheel


def python_for(project: Project, builder: str) -> Path:
    """An environment per set of requirements, so that builders find what they import, no more."""
    return environment(WORK / "venvs" / builder / project.name, requirements_of(project, builder))


def requirements_of(project: Project, builder: str) -> list[str]:
    """What is installed where a project is built without isolation."""
    requirements = [CFFI, *project.build_requirements()]
    if builder != "officina" or project.needs_setuptools():
        requirements.append(SETUPTOOLS)
    if builder != "setuptools":
        requirements.append(str(officina_wheel()))
    return requirements


def _recording_compilers(record: Path) -> Path:
    """A folder of compilers that keep a copy of each source that they are given.

    This shows what was compiled indeed, whichever backend asked for it.
    """
    shims = empty(record.parent / f"{record.name}-shims")
    for name in COMPILERS:
        real = shutil.which(name)
        if real:
            shim = shims / name
            shim.write_text(
                "#!/bin/sh\n"
                'for word; do case "$word" in *.c|*.cc|*.cpp|*.cxx)\n'
                f'  mkdir -p "{record}/$$" && cp "$word" "{record}/$$/" ;;\n'
                "esac; done\n"
                f'exec "{real}" "$@"\n'
            )
            shim.chmod(0o755)
    return shims


def smoke(project: Project, wheel: Path) -> list[str]:
    """Installs the wheel with its dependencies into a fresh environment and tries it."""
    # zstandard's smoke wants cffi, which is an extra of it.
    extra = "[cffi]" if "cffi" in project.metadata.get("optional-dependencies", {}) else ""
    return smoke_in(fresh_environment(WORK / "smoke", [f"{wheel}{extra}"]), project)


def smoke_in(python: Path, project: Project) -> list[str]:
    """Tries the installed project in an empty folder."""
    folder = empty(WORK / "smoke-cwd")
    command = [str(python), "-c", project.smoke]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    return [] if done.returncode == 0 else [f"the smoke fails\n{done.stdout}{done.stderr}"]


def empty(folder: Path) -> Path:
    """Makes the folder, or empties it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
