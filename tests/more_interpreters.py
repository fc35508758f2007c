"""`make more-interpreters`: the tests of interpreters with those that this system does not have.

They live in a folder that holds a Debian (unstable) of its own, made by debootstrap once: CPython, its debug builds
and PyPy from its packages, free-threaded CPythons built from its sources. The tests run in there, on this repository
and with this cargo, which are mounted where they are here. Needs root, and about 4 GB in .make/interpreters.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import debian_root
from debian_root import MIRROR, Root, what_is_missing
from environments import REPOSITORY, SCRATCH, officina_wheel

HOME = SCRATCH / "interpreters"
CPYTHONS = ["3.13", "3.14", "3.15"]
KINDS = ["", "-dev", "-venv", "-dbg"]
PACKAGES = [
    *["build-essential", "ca-certificates", "git", "libffi-dev", "libssl-dev", "pkg-config", "zlib1g-dev"],
    *["pypy3", "pypy3-dev", "pypy3-venv"],
    *[f"python{version}{kind}" for version in ["3", *CPYTHONS] for kind in KINDS],
]
# What free-threaded CPythons are built from.
SOURCES = "sid"
# What whoever runs this may say to the tests, to pip and to cargo.
PASSED_ON = ("OFFICINA_", "PIP_", "UV_", "CARGO_", "RUST", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
CARGO_HOME = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
RUSTUP_HOME = Path(os.environ.get("RUSTUP_HOME", Path.home() / ".rustup"))

# $1 is 3.13, and its source is here.
FREE_THREADED = """\
set -eu
# In a folder of its own: it also installs as `python3.13`, which is another one.
CFLAGS="-O1 -g0" ./configure -q --disable-gil --prefix="/opt/python$1t" >log 2>&1 &&
    make -s >>log 2>&1 && make -s altinstall >>log 2>&1 || { tail -n 30 log >&2; exit 1; }
ln -sf "/opt/python$1t/bin/python$1t" /usr/local/bin
cd / && rm -rf /usr/src/free-threaded
"""

# cffi refuses CPython 3.13t, since it was not made for it: what is tested with it here are our tags and names.
PATCHED_CFFI = """\
set -eu
rm -rf /usr/src/cffi && mkdir -p /usr/src/cffi/wheels && cd /usr/src/cffi
python3 -m venv plain && python3.13t -m venv free-threaded
plain/bin/python -m pip download -q --no-deps --no-binary cffi cffi
tar --extract --strip-components=1 --file cffi-*.tar.gz
sed -i 's/if FREE_THREADED_BUILD and sys.version_info < (3, 14):/if False:/' setup.py
free-threaded/bin/python -m pip wheel -q --no-deps --wheel-dir wheels .
"""
CFFI_WHEELS = "/usr/src/cffi/wheels"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirror", default=MIRROR, help="where Debian's packages are")
    arguments, tests = parser.parse_known_args()
    lacking = what_is_missing()
    if lacking:
        sys.exit(f"more_interpreters: {lacking}")
    root = prepared(HOME, arguments.mirror)
    wheel = officina_wheel()
    (HOME / "scratch/dist").mkdir(parents=True, exist_ok=True)
    shutil.copy(wheel, HOME / "scratch/dist" / wheel.name)
    sys.exit(test(root, wheel.name, tests))


def prepared(home: Path, mirror: str) -> Root:
    """A Debian with all interpreters; what is there already stays."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "scratch").mkdir(exist_ok=True)
    mounts = {REPOSITORY: REPOSITORY, home / "scratch": REPOSITORY / ".make"}
    mounts |= {path: path for path in (CARGO_HOME, RUSTUP_HOME) if path.is_dir()}
    root = Root(home / "root", PACKAGES, SOURCES, mounts, mirror)
    root.prepare()
    for version in CPYTHONS:
        add_free_threaded(root, version)
    has_313t = (root.folder / "usr/local/bin/python3.13t").is_symlink()
    if has_313t and not list((root.folder / CFFI_WHEELS[1:]).glob("*.whl")):
        root.run(["sh", "-c", PATCHED_CFFI], passed_on())
    return root


def add_free_threaded(root: Root, version: str) -> None:
    """One more CPython. What cannot be had on this mirror is tried again with the next run."""
    if (root.folder / f"usr/local/bin/python{version}t").is_symlink():
        return
    print(f"setting up: {version}t", flush=True)
    folder = "/usr/src/free-threaded"
    if root.has_source(f"python{version}", folder):
        root.run(["sh", "-c", FREE_THREADED, "sh", version], directory=folder)
    else:
        print(f"no free-threaded CPython {version}: the mirror has no source of it", file=sys.stderr)


def test(root: Root, wheel: str, arguments: list[str]) -> int:
    """The tests that are of interpreters, in there."""
    commands = (
        "[ -e .make/venv/installed ] || python3 -m venv .make/venv\n"
        "[ .make/venv/installed -nt tests/requirements.txt ] ||\n"
        "    .make/venv/bin/python -m pip install --quiet -r tests/requirements.txt && touch .make/venv/installed &&\n"
        'exec .make/venv/bin/python -m pytest -m interpreters "$@"\n'
    )
    variables = {
        **passed_on(),
        "OFFICINA_TEST_ALL_PYTHONS": "1",
        "OFFICINA_WHEEL": f"{REPOSITORY}/.make/dist/{wheel}",
        "PIP_FIND_LINKS": CFFI_WHEELS,
    }
    command = root.command(["sh", "-c", commands, "sh", *arguments], variables, str(REPOSITORY))
    return subprocess.run(command, check=False).returncode


def passed_on() -> dict[str, str]:
    """The environment of commands in there that pip or cargo may need."""
    return {
        **debian_root.passed_on(PASSED_ON),
        "CARGO_HOME": str(CARGO_HOME),
        "RUSTUP_HOME": str(RUSTUP_HOME),
        "PATH": f"{CARGO_HOME}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
    }


if __name__ == "__main__":
    main()
