"""`make musl`: Officina where musl is the C library.

The system is a folder that holds musl's loader, a Python that is linked with it, zig as the compiler, and wheels; no
shell, no other program and no glibc. musl comes from Debian's packages, Python and zlib from its sources, which zig
compiles in a Debian (unstable) of its own; zig, cffi and all others are wheels of PyPI. The static executable builds
the example there, whose tests run, an editable install that rebuilds, and a wheel that bundles a library. Needs root,
and about 2 GB in .make/musl; what was made once stays there.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from debian_root import MIRROR, Root, entered, what_is_missing
from environments import REPOSITORY, SCRATCH, run

HOME = SCRATCH / "musl"
MACHINE = platform.machine()
PYTHON = "3.13"
PACKAGES = ["ca-certificates", "make", "musl", "xz-utils"]
WHEELS = ["cffi", "pytest"]
LOADER = f"lib/ld-musl-{MACHINE}.so.1"
# Where the folders of this machine are in the system, and zig in the Debian too.
ZIG, FOUND, WORK, LIBRARIES = Path("/opt/zig"), Path("/wheels"), Path("/work"), Path("/usr/local/lib")

# The parts of the system that have to be compiled; $1 is the machine.
BUILD = f"""\
set -eu
build() {{ "$@" >>/usr/src/log 2>&1 || {{ tail -n 30 /usr/src/log >&2; exit 1; }}; }}
export CC="{ZIG}/zig cc -target $1-linux-musl -dynamic" CXX="{ZIG}/zig c++ -target $1-linux-musl -dynamic"
export AR="{ZIG}/zig ar" RANLIB="{ZIG}/zig ranlib"
# By this word Python's configure knows musl; it is in musl's <stdarg.h>, and zig prefers that of clang.
export CPP="$CC -E -D__DEFINED_va_list"
cd /usr/src/zlib
build env CFLAGS=-O2 ./configure --static --prefix=/usr/src/zlib-made
build make -s install
cd /usr/src/python
export CPPFLAGS=-I/usr/src/zlib-made/include LDFLAGS=-L/usr/src/zlib-made/lib
build env CFLAGS="-g0 -w" ./configure -q --prefix=/usr --build="$1-linux-musl" --disable-test-modules
build make -s -j"$(nproc)"
build make -s install DESTDIR=/usr/src/system
"""

# A library that needs another one, and a package that needs the first.
LIBRARY = {
    "inner.c": "int inner(int a) { return a + 1; }\n",
    "outer.c": "int inner(int a);\nint outer(int a) { return 2 * inner(a); }\n",
}
PACKAGE = {
    "src/taken/__init__.py": "from taken._outer import lib\n",
    "build_outer.py": f"""\
from cffi import FFI

ffi = FFI()
ffi.cdef("int outer(int);")
ffi.set_source("taken._outer", "int outer(int);", libraries=["outer"], library_dirs=["{LIBRARIES}"])
""",
    "pyproject.toml": """\
[build-system]
requires = ["officina"]
build-backend = "officina"

[project]
name = "taken"
version = "1.0"
dependencies = ["cffi"]

[tool.officina]
cffi_modules = ["build_outer.py:ffi"]
platform-tag = "auto"
bundle = true
bundle-licenses = { "lib*" = "pyproject.toml" }
""",
}


class Musl:
    """The system. Each run has a folder of its own in it, with a virtual environment."""

    def __init__(self, folder: Path, mounts: Mapping[Path, Path]) -> None:
        self.folder = folder
        self.mounts = mounts

    def call(self, *words: object, more: Mapping[Path, Path] | None = None) -> str:
        """What a command says, which has to work; `more` are mounts for it alone."""
        variables = {"HOME": "/root", "LANG": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        command = entered(self.folder, {**self.mounts, **(more or {})}, [str(word) for word in words])
        done = subprocess.run(
            command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"{done.stdout}musl: it ended with {done.returncode}: {' '.join(map(str, words))}")
        return done.stdout

    def module(self, name: str, *words: object, more: Mapping[Path, Path] | None = None) -> str:
        """What a module of the environment says as a program."""
        return self.call(WORK / "venv/bin/python", "-m", name, *words, more=more)

    def pip(self, command: str, *words: object, more: Mapping[Path, Path] | None = None) -> str:
        """pip, which finds the wheels that are here and no index."""
        options = ["--verbose", "--no-index", "--find-links", FOUND]
        return self.module("pip", command, *options, *words, more=more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mirror", default=MIRROR, help="where Debian's packages are")
    arguments = parser.parse_args()
    lacking = what_is_missing()
    if lacking:
        sys.exit(f"musl: {lacking}")
    begun = time.monotonic()
    HOME.mkdir(parents=True, exist_ok=True)
    timed("wheels from PyPI", download)
    timed("musl, zlib and Python", lambda: make_system(arguments.mirror))
    shutil.rmtree(HOME / "run", ignore_errors=True)
    folders = {"zig/ziglang": ZIG, "wheels": FOUND, "run": WORK, "home": Path("/root")}
    for name in folders:
        (HOME / name).mkdir(parents=True, exist_ok=True)
    system = Musl(HOME / "system", {HOME / name: inside for name, inside in folders.items()})
    timed("Officina's wheel installs", lambda: install(system))
    timed("the example", lambda: example(system))
    timed("an editable install", lambda: editable(system))
    timed("a wheel with libraries", lambda: bundle(system))
    print(f"all of it holds, {time.monotonic() - begun:.0f} s", flush=True)


def timed(what: str, do: Callable[[], str | None]) -> None:
    begun = time.monotonic()
    said = do()
    print(f"{what}: {said or 'here'}, {time.monotonic() - begun:.0f} s", flush=True)


def expect(holds: object, claim: str, said: object) -> None:
    """Ends the run where something does not hold."""
    if not holds:
        raise SystemExit(f"{said}\nmusl: it does not hold that {claim}")


def download() -> None:
    """The wheels of others: zig, unpacked, and what the system installs."""
    if (HOME / "wheels").is_dir():
        return
    partly = HOME / "wheels.partly"
    shutil.rmtree(partly, ignore_errors=True)
    shutil.rmtree(HOME / "zig", ignore_errors=True)
    words = ["pip", "download", "--quiet", "--only-binary=:all:", f"--python-version={PYTHON}"]
    words += [f"--platform=musllinux_1_{minor}_{MACHINE}" for minor in (1, 2)]
    run([sys.executable, "-m", *words, "--dest", str(partly), *WHEELS])
    run([sys.executable, "-m", *words, "--dest", str(HOME / "zig"), "ziglang"])
    [zig] = (HOME / "zig").glob("*.whl")
    with zipfile.ZipFile(zig) as archive:
        archive.extractall(HOME / "zig")
    zig.unlink()
    (HOME / "zig/ziglang/zig").chmod(0o755)
    partly.rename(HOME / "wheels")


def make_system(mirror: str) -> None:
    """The folder with musl's loader and Python. A folder of this name is whole."""
    system = HOME / "system"
    if system.is_dir():
        return
    root = Root(HOME / "debian", PACKAGES, "sid", {HOME / "zig/ziglang": ZIG}, mirror)
    root.prepare()
    for package, directory in (("zlib", "zlib"), (f"python{PYTHON}", "python")):
        if not root.has_source(package, f"/usr/src/{directory}"):
            sys.exit(f"musl: the mirror of Debian's packages has no source of {package}")
    made = root.folder / "usr/src/system"
    shutil.rmtree(made, ignore_errors=True)
    root.run(["sh", "-c", BUILD, "sh", MACHINE])
    for folder in ("lib", "tmp"):
        (made / folder).mkdir()
    shutil.copy(root.folder / LOADER, made / LOADER)
    made.rename(system)


def install(system: Musl) -> str:
    """pip there takes the wheel of a release, by its tag."""
    for old in (HOME / "wheels").glob("officina-*.whl"):
        old.unlink()
    shutil.copy(released(), HOME / "wheels")
    system.call("/usr/bin/python3", "-m", "venv", WORK / "venv")
    system.pip("install", "officina", *WHEELS)
    return system.module("officina", "--version").strip()


def released() -> Path:
    """The wheel that OFFICINA_WHEEL names, else the one that `make wheels` has made for this machine."""
    named = os.environ.get("OFFICINA_WHEEL")
    wheels = [Path(named)] if named else list((SCRATCH / "wheels").glob(f"officina-*musllinux*_{MACHINE}.whl"))
    expect(len(wheels) == 1 and wheels[0].is_file(), "there is one wheel of Officina for musl", wheels)
    return wheels[0]


def example(system: Musl) -> str:
    """Its wheel, in an isolated build, which is quiet; the tags; its tests."""
    shutil.copytree(REPOSITORY / "example-project", HOME / "run/example")
    plain, said = wheel_of(system, "example", "plain", [])
    expect("warning:" not in said, "nobody is warned", said)
    expect(plain.name.endswith(f"-linux_{MACHINE}.whl"), "the wheel is for this Linux", plain.name)
    auto, said = wheel_of(system, "example", "auto", ["--config-settings=platform-tag=auto"])
    expect("warning:" not in said, "nobody is warned of a tag", said)
    expect(auto.name.endswith(f"-musllinux_1_2_{MACHINE}.whl"), "with `auto` it is for musl", auto.name)
    system.pip("install", WORK / "auto" / auto.name)
    said = system.module("pytest", "-q", "-p", "no:cacheprovider", WORK / "example/tests")
    tests = said.strip().splitlines()[-1]
    expect("skipped" not in tests, "all of its tests run", said)
    return f"{auto.name}, {tests}"


def editable(system: Musl) -> str:
    """An import rebuilds what an edit made stale, and nothing without one."""
    words = ["--no-deps", "--no-build-isolation", "--config-settings=editable-rebuild=true"]
    system.pip("install", *words, "--editable", WORK / "example")
    asked = "import os, officina_example._geometry as module; print(os.stat(module.__file__).st_mtime_ns)"
    source = HOME / "run/example/c/polyline.c"
    times = []
    for edit in ("", "int edited(void) { return 1; }\n", ""):
        source.write_text(source.read_text() + edit)
        times.append(system.call(WORK / "venv/bin/python", "-c", asked).split())
    expect(times[0] != times[1] == times[2], "an edit alone makes an import rebuild", times)
    return "rebuilt after an edit"


def bundle(system: Musl) -> str:
    """A library that the wheel takes in, with the one that this needs, works where neither is installed."""
    project, libraries = HOME / "run/taken", HOME / "run/libraries"
    for folder, files in ((project, PACKAGE), (libraries, LIBRARY)):
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    installed = {libraries: LIBRARIES}
    for name, needs in (("inner", []), ("outer", ["-linner"])):
        words = ["-shared", "-O2", f"-Wl,-soname,lib{name}.so", f"-L{LIBRARIES}", LIBRARIES / f"{name}.c", *needs]
        compiler = [ZIG / "zig", "cc", "-target", f"{MACHINE}-linux-musl"]
        system.call(*compiler, *words, "-o", LIBRARIES / f"lib{name}.so", more=installed)
    wheel, said = wheel_of(system, "taken", "bundled", [], installed)
    expect("warning:" not in said, "nobody is warned", said)
    expect(wheel.name.endswith(f"-musllinux_1_2_{MACHINE}.whl"), "it is for musl", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        copies = [name for name in archive.namelist() if name.startswith("taken.libs/") and ".so" in name]
    expect(len(copies) == 2, "the wheel holds both libraries", copies)
    system.pip("install", WORK / "bundled" / wheel.name)
    said = system.call(WORK / "venv/bin/python", "-c", "import taken; print(taken.lib.outer(20))")
    expect(said.split() == ["42"], "the module finds the copies", said)
    return f"{wheel.name}, {', '.join(Path(name).name for name in copies)}"


def wheel_of(
    system: Musl, project: str, into: str, words: Sequence[str], more: Mapping[Path, Path] | None = None
) -> tuple[Path, str]:
    """The wheel of a project in the folder of the run, and what its build has said."""
    said = system.pip("wheel", "--no-deps", "--wheel-dir", WORK / into, *words, WORK / project, more=more)
    [wheel] = (HOME / "run" / into).glob("*.whl")
    return wheel, said


if __name__ == "__main__":
    main()
