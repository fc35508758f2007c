"""Builds projects of the corpus that bring their C along for aarch64, and tries them in the Python of that machine.

    make corpus-cross ARGS="[NAME ...]"

Needs gcc-aarch64-linux-gnu and qemu-user-static. `make arm64-root` puts the other machine's Python into a folder;
what projects need there comes from the index as wheels for it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from arm64_root import FOLDER as ROOT  # noqa: E402
from arm64_root import is_for_arm64, version  # noqa: E402
from environments import run  # noqa: E402
from project import Project, make_tree  # noqa: E402
from pypi import unpacked  # noqa: E402
from ran import end_of  # noqa: E402
from run import WORK, empty, pip_wheel, python_for, selected  # noqa: E402
from verdict import file_list, is_tagged  # noqa: E402

# Each with what it is told there: argon2's builder asks `platform.machine()` for SSE2, which is this machine's.
PROJECTS = {"argon2-cffi-bindings": {"ARGON2_CFFI_USE_SSE2": "0"}, "cmarkgfm": {}, "pymunk": {}, "xattr": {}}


def main() -> int:
    """Builds and tries what the command line asks for; 1 if a project fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"projects; default: {', '.join(PROJECTS)}")
    projects = selected(parser.parse_args().names or list(PROJECTS))
    works = 0
    for project in projects:
        start = time.perf_counter()
        try:
            wheel = _built(project)
            wrong = _faults(project, wheel)
            said = "; ".join([wheel.name, *wrong])
        except RuntimeError as error:
            wrong, said = ["not built"], end_of(str(error))
        works += not wrong
        print(f"{project.name} {project.version}: {said} ({time.perf_counter() - start:.0f} s)", flush=True)
    print(f"{works} of {len(projects)} work there")
    return 0 if works == len(projects) else 1


def _built(project: Project) -> Path:
    source = unpacked(project.name, project.version, WORK / "sdists")
    aims = {"OFFICINA_TARGET": "aarch64-unknown-linux-gnu", "OFFICINA_TARGET_PYTHON": str(ROOT)}
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        tree = make_tree(project, source, Path(temporary, "tree"))
        python = python_for(project, "officina")
        told = {**aims, **PROJECTS.get(project.name, {})}
        return pip_wheel(project, python, tree, WORK / "wheels" / project.name / "cross", **told)


def _faults(project: Project, wheel: Path) -> list[str]:
    """What is wrong with a wheel: its tag, its files, their machine, and what the project does there."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        modules = {name: archive.read(name) for name in names if name.endswith(".so")}
    wrong = [] if is_tagged(project, wheel, "linux-aarch64") else ["the tag is another one"]
    wrong += file_list(project, set(names))
    wrong += [f"`{name}` is for another machine" for name, module in modules.items() if not is_for_arm64(module)]
    return wrong or _smoke(project, wheel)


def _smoke(project: Project, wheel: Path) -> list[str]:
    """Tries the project in the target's Python, which qemu runs."""
    there, site = version(), empty(WORK / "cross-site")
    # It takes what the wheel requires along, from the index and for that machine.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--target", str(site)]
    command += ["--python-version", there, "--implementation", "cp", "--abi", f"cp{there.replace('.', '')}"]
    command += ["--abi", "abi3", "--abi", "none"]
    for platform in ("linux", "manylinux2014", "manylinux_2_17", "manylinux_2_28"):
        command += ["--platform", f"{platform}_aarch64"]
    run([*command, str(wheel)])
    emulated = ["qemu-aarch64-static", "-L", str(ROOT), str(ROOT / f"usr/bin/python{there}"), "-c", project.smoke]
    variables = {**os.environ, "PYTHONPATH": str(site)}
    # In a folder of the disk: a file system in memory may have no attributes for xattr to write.
    folder = empty(WORK / "cross-cwd")
    done = subprocess.run(emulated, cwd=folder, env=variables, capture_output=True, text=True, timeout=300, check=False)
    return [] if done.returncode == 0 else [f"the smoke fails\n{end_of(done.stdout + done.stderr)}"]


if __name__ == "__main__":
    sys.exit(main())
