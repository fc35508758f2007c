"""Builds every corpus project with `platform-tag = "auto"` and holds the tag against `auditwheel show`.

    make corpus-tags ARGS="[NAME ...]"

Wheels that are named by their paths are not built: Officina reads their files (`examples/platform.rs`).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from debian import DebianError, ensure_installed  # noqa: E402
from project import Project, make_tree  # noqa: E402
from pypi import unpacked  # noqa: E402
from ran import end_of  # noqa: E402
from run import WORK, pip_wheel, python_for, selected  # noqa: E402


def main() -> int:
    """Compares what the command line asks for; 1 if a tag is another one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME|WHEEL", help="projects or wheels; default: all projects")
    names = parser.parse_args().names
    wheels = [Path(name) for name in names if name.endswith(".whl")]
    projects = selected([name for name in names if not name.endswith(".whl")]) if not wheels else []
    equal = 0
    for item in [*wheels, *projects]:
        start = time.perf_counter()
        try:
            ours, theirs = _of_wheel(item) if isinstance(item, Path) else _of_project(item)
        except (RuntimeError, DebianError) as error:
            ours, theirs = "not built", end_of(str(error))
        equal += theirs in ours.split(".")
        mark = "=" if theirs in ours.split(".") else "is not"
        name = item.name if isinstance(item, Path) else f"{item.name} {item.version}"
        print(f"{name}: {ours} {mark} {theirs} ({time.perf_counter() - start:.0f} s)", flush=True)
    print(f"{equal} of {len(wheels) + len(projects)} equal")
    return 0 if equal == len(wheels) + len(projects) else 1


def _of_project(project: Project) -> tuple[str, str]:
    """The platform in the name of the wheel, and what auditwheel says."""
    ensure_installed(project.build["apt"])
    source = unpacked(project.name, project.version, WORK / "sdists")
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        tree = make_tree(project, source, Path(temporary, "tree"))
        folder = WORK / "wheels" / project.name / "auto"
        wheel = pip_wheel(project, python_for(project, "officina"), tree, folder, OFFICINA_PLATFORM_TAG="auto")
    return wheel.stem.rsplit("-", 1)[1], shown(wheel)


def _of_wheel(wheel: Path) -> tuple[str, str]:
    """The same of a wheel that somebody else has made."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        folder = Path(temporary, "wheel")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        command = ["cargo", "run", "--quiet", "--example", "platform", str(folder), machine_of(wheel)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parents[1])
    return done.stdout.strip(), shown(wheel)


def machine_of(wheel: Path) -> str:
    """`x86_64`"""
    platform = wheel.stem.rsplit("-", 1)[1].split(".")[-1]
    return re.sub(r"^(many|musl)?linux(_[0-9]+_[0-9]+|[0-9]*)_", "", platform)


def shown(wheel: Path) -> str:
    """What `auditwheel show` says of the files of a wheel, whatever its name says."""
    if wheel.stem.endswith("-any"):
        return "any"
    name, machine = wheel.stem.rsplit("-", 1)[0], machine_of(wheel)
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        # The name decides where a module uses no C library.
        for known in (f"linux_{machine}", f"manylinux_2_17_{machine}"):
            plain = Path(temporary, f"{name}-{known}.whl")
            plain.symlink_to(wheel.resolve())
            command = [sys.executable, "-m", "auditwheel", "show", "--json", str(plain)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return json.loads(done.stdout)["overall_tag"]
    raise RuntimeError(done.stderr)


if __name__ == "__main__":
    sys.exit(main())
