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
from collections.abc import Callable
from pathlib import Path

from environments import REPOSITORY, SCRATCH, officina_wheel

HOME = SCRATCH / "interpreters"
ROOT = HOME / "root"
INSIDE = HOME / "scratch"
"""What is `.make` in there."""

CPYTHONS = ["3.13", "3.14", "3.15"]
TOOLS = ["build-essential", "ca-certificates", "git", "libffi-dev", "libssl-dev", "pkg-config", "zlib1g-dev"]
PYPY = ["pypy3", "pypy3-dev", "pypy3-venv"]
# The clock of a machine without a network may be later than a mirror's lists allow.
APT_OPTIONS = 'Acquire::Check-Valid-Until "false";\n'
NOT_TO_BE_HAD = 3
NOT_INSIDE = ("PYENV", "VIRTUAL_ENV", "PYTHON", "TMPDIR", "PIP_FIND_LINKS")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

# Of $1, a folder: what programs in it need to work, for as long as they run.
ENTER = """\
set -e
root=$1 here=$2 inside=$3; shift 3
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mkdir -p "$root$here" "$inside"
mount --bind "$here" "$root$here"
mount --bind "$inside" "$root$here/.make"
for path in "${CARGO_HOME:-$HOME/.cargo}" "${RUSTUP_HOME:-$HOME/.rustup}"; do
    if [ -d "$path" ]; then mkdir -p "$root$path"; mount --bind "$path" "$root$path"; fi
done
for file in /etc/resolv.conf CERTIFICATES; do
    if [ -s "$file" ] && [ -e "$root$file" ]; then mount --bind "$file" "$root$file"; fi
done
exec chroot "$root" "$@"
""".replace("CERTIFICATES", CERTIFICATES)

# $1 is 3.13: of the versions of its source that the mirror names, the first one that it has.
FREE_THREADED = """\
set -eu
rm -rf /usr/src/free-threaded && mkdir -p /usr/src/free-threaded && cd /usr/src/free-threaded
for version in $(apt-cache madison "python$1" | awk '/Sources/ { print $3 }' | sort -ruV); do
    if apt-get source -qq --download-only "python$1=$version" >got 2>&1; then break; fi
    rm -f python*
done
if ! [ -e python*.orig.tar.* ]; then
    echo "no free-threaded CPython $1: the mirror of Debian's packages has no source of it" >&2
    exit 3
fi
tar --extract --strip-components=1 --file python*.orig.tar.*
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
    parser.add_argument("--mirror", default="http://deb.debian.org/debian", help="where Debian's packages are")
    arguments, tests = parser.parse_known_args()
    refusal = missing()
    if refusal:
        sys.exit(f"more_interpreters: {refusal}")
    step("base", lambda: base(arguments.mirror))
    for version in CPYTHONS:
        step(f"{version}t", lambda version=version: inside("sh", "-c", FREE_THREADED, "sh", version))
    if (ROOT / "usr/local/bin/python3.13t").exists():
        step("cffi", lambda: inside("sh", "-c", PATCHED_CFFI))
    sys.exit(test(tests))


def missing() -> str:
    """Why it cannot be done here."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root on Linux can make a root folder and mount into it"
    tools = [tool for tool in ("debootstrap", "unshare", "chroot") if not shutil.which(tool)]
    return f"not installed: {', '.join(tools)}" if tools else ""


def step(name: str, make: Callable[[], int]) -> None:
    """Does it unless it was done. What cannot be had on this mirror is tried again with the next run."""
    done = HOME / f"{name}.done"
    if done.exists():
        return
    print(f"setting up: {name}", flush=True)
    code = make()
    if code == 0:
        done.touch()
    elif code != NOT_TO_BE_HAD:
        sys.exit(f"more_interpreters: {name} failed with code {code}; `rm -r {HOME}` begins anew")


def base(mirror: str) -> int:
    """A Debian with all interpreters that it has packages of."""
    HOME.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(ROOT, ignore_errors=True)
    made = subprocess.run(["debootstrap", "--variant=minbase", "sid", ROOT, mirror], stdout=subprocess.DEVNULL)
    if made.returncode != 0:
        return made.returncode
    apt = ROOT / "etc/apt"
    (apt / "apt.conf.d/90-officina").write_text(APT_OPTIONS)
    (apt / "sources.list").write_text(f"deb {mirror} sid main\ndeb-src {mirror} sid main\n")
    kinds = ("", "-dev", "-venv", "-dbg")
    names = ["python3" + kind for kind in kinds]
    names += [f"python{version}{kind}" for version in CPYTHONS for kind in kinds]
    install = 'apt-get update -qq && apt-get install -qq --no-install-recommends "$@" >/dev/null'
    return inside("sh", "-c", install, "sh", *TOOLS, *PYPY, *names)


def test(arguments: list[str]) -> int:
    """The tests that are of interpreters, in there."""
    wheel = officina_wheel()
    (INSIDE / "dist").mkdir(parents=True, exist_ok=True)
    shutil.copy(wheel, INSIDE / "dist" / wheel.name)
    commands = (
        'cd "$1" && shift\n'
        "[ -e .make/venv/installed ] || python3 -m venv .make/venv\n"
        "[ .make/venv/installed -nt tests/requirements.txt ] ||\n"
        "    .make/venv/bin/python -m pip install --quiet -r tests/requirements.txt && touch .make/venv/installed &&\n"
        'exec .make/venv/bin/python -m pytest -m interpreters "$@"\n'
    )
    named = {
        "OFFICINA_TEST_ALL_PYTHONS": "1",
        "OFFICINA_WHEEL": f"{REPOSITORY}/.make/dist/{wheel.name}",
        "PIP_FIND_LINKS": CFFI_WHEELS,
    }
    return inside("sh", "-c", commands, "sh", str(REPOSITORY), *arguments, **named)


def inside(*command: str, **variables: str) -> int:
    """Runs a command in the folder as its root. What is mounted for it is gone with it."""
    cargo = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INSIDE)}
    kept["PATH"] = f"{cargo}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    kept.update(DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8", **variables)
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh"]
    words += [str(ROOT), str(REPOSITORY), str(INSIDE)]
    return subprocess.run([*words, *command], env=kept, check=False).returncode


if __name__ == "__main__":
    main()
