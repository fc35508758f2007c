"""`make arm64`: wheels that are built for aarch64 here, beside those that a whole Debian for arm64 builds itself.

    make arm64 ARGS="[NAME ...]"

The Debian, of the release that this machine has, lives in a folder; debootstrap makes it once, and qemu runs its
programs. Officina's wheel for it is that of `make wheels`. Each project is built here with that folder as
`target-python`, and there without a word about targets, of the same tree: what a person sees of the two wheels has to
be equal, and both have to work there. Needs root on Debian, debootstrap, gcc-aarch64-linux-gnu and qemu-user-static.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "corpus"), str(HERE / "python")]

from arm64_root import is_for_arm64, os_release, python_of  # noqa: E402
from cross import PROJECTS  # noqa: E402
from debian_root import MIRROR, Root, binary_format, emulated, passed_on, what_is_missing  # noqa: E402
from environments import REPOSITORY, SCRATCH, environment, officina_wheel, run  # noqa: E402
from project import make_tree  # noqa: E402
from projects import make_project  # noqa: E402
from pypi import unpacked  # noqa: E402
from ran import end_of  # noqa: E402
from run import CFFI, empty, requirements_of, selected  # noqa: E402
from run import WORK as CORPUS  # noqa: E402
from same_wheels import Wheel, compare  # noqa: E402

HOME = SCRATCH / "arm64"
WORK = HOME / "work"
TARGET = "aarch64-unknown-linux-gnu"
PACKAGES = ["build-essential", "ca-certificates", "libffi-dev", "liblz4-dev", "pkg-config"]
PACKAGES += ["python3", "python3-dev", "python3-pip", "python3-venv"]
THERE = "/opt/builds/bin/python"
WITH_PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]

BUNDLES = """\
from cffi import FFI
ffi = FFI()
ffi.cdef("int LZ4_compressBound(int);")
ffi.set_source("bundles._lz4", "#include <lz4.h>", libraries=["lz4"])
"""


@dataclass
class Subject:
    """A project in `tree`, and what is run there, in that folder, to try it."""

    name: str
    tree: Path
    trial: list[str]
    requirements: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    """Variables of the cross build."""
    is_built_there: bool = True


def main() -> int:
    """Builds, compares and tries; 1 if something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", default=MIRROR, help="where Debian's packages are")
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects; default: all")
    options = parser.parse_args()
    lacking = lacks()
    if lacking:
        sys.exit(f"make arm64: {lacking}")
    subjects = chosen(options.names)
    WORK.mkdir(parents=True, exist_ok=True)
    suite = os_release()["VERSION_CODENAME"]
    root = Root(HOME / "root", PACKAGES, None, {WORK: Path("/work")}, options.mirror, suite, "arm64")
    with emulated("aarch64"):
        root.prepare()
        python = prepare_builds(root, subjects)
        failed = [subject.name for subject in subjects if not holds(subject, root, python)]
    print(f"{len(subjects) - len(failed)} of {len(subjects)} are the same and work there")
    return int(bool(failed))


def lacks() -> str | None:
    """What is missing here, in words."""
    if what_is_missing():
        return what_is_missing()
    if not python_of(os_release()):
        return "it knows Debian's releases, and this is another system"
    if not shutil.which("aarch64-linux-gnu-gcc") or not binary_format("aarch64").is_file():
        return "gcc-aarch64-linux-gnu and qemu-user-static must be installed"
    if not wheels():
        return "there is no wheel of Officina for it: make wheels ARGS=aarch64-unknown-linux-musl"
    return None


def wheels() -> list[Path]:
    return sorted((SCRATCH / "wheels").glob("officina-*aarch64*.whl"))


def chosen(names: list[str]) -> list[Subject]:
    """The projects with these names, or all, each in a tree of its own."""
    makers = {"example-project": example, "example-crate": example, "bundles": bundles}
    makers |= dict.fromkeys(PROJECTS, of_corpus)
    unknown = set(names) - set(makers)
    if unknown:
        sys.exit(f"make arm64: no {', '.join(sorted(unknown))}; there are: {', '.join(makers)}")
    return [make(name) for name, make in makers.items() if not names or name in names]


def tree_of(name: str) -> Path:
    """Where the tree of a project lies; nothing is there."""
    folder = WORK / "trees" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def example(name: str) -> Subject:
    """One of the two examples, with its own tests. Debian's cargo is too old for the crate."""
    tree = tree_of(name)
    shutil.copytree(REPOSITORY / name, tree, ignore=shutil.ignore_patterns("build", "target", "__pycache__"))
    return Subject(name, tree, [*WITH_PYTEST, "tests"], is_built_there=name != "example-crate")


def bundles(name: str) -> Subject:
    """A module that takes a library of the system into its wheel, which says so, and gets a tag by what it needs."""
    files = {"bundles/__init__.py": "", "build_it.py": BUNDLES}
    settings = 'packages = ["bundles"]\nbundle = true\nplatform-tag = "auto"'
    tree = make_project(tree_of(name), files, modules=["build_it.py:ffi"], settings=settings)
    return Subject(name, tree, ["-c", "from bundles._lz4 import lib; assert lib.LZ4_compressBound(100) > 100"])


def of_corpus(name: str) -> Subject:
    [project] = selected([name])
    tree = make_tree(project, unpacked(project.name, project.version, CORPUS / "sdists"), tree_of(name))
    requirements = [one for one in requirements_of(project, "officina") if not one.endswith(".whl")]
    return Subject(name, tree, ["-c", project.smoke], requirements, PROJECTS[name])


def prepare_builds(root: Root, subjects: list[Subject]) -> Path:
    """An environment there with Officina and what the projects need to be built and tried; returns the Python of one
    here with the same."""
    if not (root.folder / THERE[1:]).is_symlink():
        root.run(["python3", "-m", "venv", str(Path(THERE).parent.parent)])
    [wheel] = wheels()
    shutil.copy(wheel, WORK)
    variables = passed_on(["PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"])
    install = [THERE, "-m", "pip", "install", "--quiet"]
    requirements = sorted({CFFI, *(one for subject in subjects for one in subject.requirements)})
    root.run([*install, "pytest", *requirements], variables)
    root.run([*install, "--force-reinstall", "--no-deps", f"/work/{wheel.name}"], variables)
    return environment(HOME / "builds", [*requirements, str(officina_wheel())])


def holds(subject: Subject, root: Root, python: Path) -> bool:
    """Whether both wheels of a project are the same and work."""
    try:
        start = time.perf_counter()
        built = {"here": built_here(subject, root, python)}
        seconds = f"here in {time.perf_counter() - start:.0f} s"
        start = time.perf_counter()
        if subject.is_built_there:
            built["there"] = built_there(subject, root)
            seconds += f", there in {time.perf_counter() - start:.0f} s"
        wrong, said = faults(built)
        for place, wheel in built.items():
            wrong += [f"the wheel that was built {place}: {line}" for line in trial(subject, wheel, root)]
    except RuntimeError as error:
        print(f"{subject.name}: not built\n{end_of(str(error))}", flush=True)
        return False
    lines = [f"built {seconds}; {'both work' if len(built) > 1 else 'it works'} there", *said]
    lines = [f"WRONG: {line}" for line in wrong] or lines
    print("\n    ".join([f"{subject.name}: {built['here'].name}", *lines]), flush=True)
    return not wrong


def faults(built: dict[str, Path]) -> tuple[list[str], list[str]]:
    """What is wrong with the wheels of a project by what they hold, and what is worth a line else."""
    own = Wheel(built["here"])
    wrong = [f"`{name}` is for another machine" for name, module in own.modules.items() if not is_for_arm64(module)]
    if not own.modules or not own.path.stem.endswith("_aarch64"):
        wrong.append("it has no module, or the tag of another machine")
    if "there" not in built:
        return wrong, []
    found = compare(own, Wheel(built["there"]))
    count = len(own.files)
    said = [f"the same name, {count} files, of which {found.equal} are equal; the others look the same to a linker"]
    if found.others:
        parts = sorted({part for parts in found.others.values() for part in parts})
        said.append(f"{len(found.others)} of {found.modules} modules have other bytes, in {', '.join(parts)}")
        said.append(f"compiled by {' and '.join(sorted(found.compilers))}")
    return wrong + found.wrong, said


def built_here(subject: Subject, root: Root, python: Path) -> Path:
    # Of a tree of its own: the builds share nothing.
    tree = shutil.copytree(subject.tree, empty(HOME / "here") / subject.name, symlinks=True)
    wheels = empty(WORK / "wheels" / subject.name / "here")
    aims = {"OFFICINA_TARGET": TARGET, "OFFICINA_TARGET_PYTHON": str(root.folder)}
    run([str(python), *words(str(wheels), str(tree))], env={**os.environ, **aims, **subject.told})
    [wheel] = wheels.glob("*.whl")
    return wheel


def built_there(subject: Subject, root: Root) -> Path:
    wheels = empty(WORK / "wheels" / subject.name / "there")
    run(root.command([THERE, *words(inside(wheels), inside(subject.tree))]))
    [wheel] = wheels.glob("*.whl")
    return wheel


def words(folder: str, tree: str) -> list[str]:
    """What pip hears to put the wheel of a tree into a folder."""
    return ["-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, tree]


def inside(path: Path) -> str:
    """How a path below the work folder is called there."""
    return f"/work/{path.relative_to(WORK)}"


def trial(subject: Subject, wheel: Path, root: Root) -> list[str]:
    """Installs a wheel there, which pip only does with one that is tagged for it, and tries it."""
    site = empty(WORK / "site")
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", inside(site), inside(wheel)]
    run(root.command([THERE, *install]))
    variables = {"PYTHONPATH": inside(site), "PYTHONDONTWRITEBYTECODE": "1"}
    # In the folder of the tree: a file system in memory may have no attributes for xattr to write.
    command = root.command([THERE, *subject.trial], variables, inside(outside(subject.tree)))
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"it fails there\n{end_of(done.stdout + done.stderr)}"]


def outside(tree: Path) -> Path:
    """A folder with the tests of a tree, and none of its packages."""
    folder = empty(WORK / "trial")
    if (tree / "tests").is_dir():
        shutil.copytree(tree / "tests", folder / "tests")
    return folder


if __name__ == "__main__":
    sys.exit(main())
