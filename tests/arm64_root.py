"""Puts a Debian for arm64 into `.make/roots/arm64`, as much of it as Python and cffi need: headers to build for, and a
Python that qemu runs.

``python3 tests/arm64_root.py`` does nothing where the folder holds all of it already. With ``--is-known`` it only says,
by its exit code, whether it knows the system that it runs on. Needs apt and dpkg-deb, and changes nothing in the
system: apt works in folders of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".make/roots/arm64"
# The file in a whole folder that says what it was made of.
MADE_OF = "made-of.txt"
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The Python of each Debian.
PYTHONS = {"12": "3.11", "13": "3.13"}
LIBRARIES = ["libc6", "libgcc-s1", "zlib1g", "libffi8", "libexpat1", "libcrypt1", "libstdc++6"]
EM_AARCH64 = b"\xb7\0"


def is_for_arm64(module: bytes) -> bool:
    """Whether an ELF file is for that machine."""
    return module[18:20] == EM_AARCH64


def described() -> Path:
    """The file that describes the Python there, which lies in the folder `python3.11`."""
    [file] = (FOLDER / "usr/lib").glob("python3.*/_sysconfigdata__aarch64*.py")
    return file


def version() -> str:
    """The version of the Python there: `3.11`."""
    return described().parent.name.removeprefix("python")


def os_release() -> dict[str, str]:
    """What the system says of itself; nothing where it does not."""
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def python_of(release: dict[str, str]) -> str | None:
    """The version of Debian's Python; none for a system whose packages are not known."""
    return PYTHONS.get(release.get("VERSION_ID", "")) if release.get("ID") == "debian" else None


def packages(python: str) -> list[str]:
    """Those of a Python, and the libraries that it needs."""
    parts = [f"libpython{python}-dev", f"libpython{python}", f"libpython{python}-minimal"]
    return [*parts, f"libpython{python}-stdlib", f"python{python}-minimal", "python3-cffi-backend", *LIBRARIES]


def main() -> None:
    release = os_release()
    python = python_of(release)
    if sys.argv[1:] == ["--is-known"]:
        sys.exit(0 if python else 1)
    if not python:
        name = release.get("PRETTY_NAME", sys.platform)
        known = " and ".join(f"Debian {known}" for known in PYTHONS)
        sys.exit(f"arm64_root.py knows the packages of {known}, and this is {name}: run it there")
    made_of = "\n".join([release["VERSION_CODENAME"], *packages(python), ""])
    marker = FOLDER / MADE_OF
    if not (marker.is_file() and marker.read_text(encoding="utf-8") == made_of):
        # What is half made has another name: a folder of this name is whole.
        partly = FOLDER.with_name(f"{FOLDER.name}.partly")
        shutil.rmtree(partly, ignore_errors=True)
        partly.mkdir(parents=True)
        unpack(release["VERSION_CODENAME"], packages(python), partly)
        (partly / MADE_OF).write_text(made_of, encoding="utf-8")
        if FOLDER.exists():
            shutil.rmtree(FOLDER)
        partly.rename(FOLDER)
    print(FOLDER)


def unpack(codename: str, wanted: list[str], root: Path) -> None:
    """Downloads packages of a Debian for arm64, and unpacks them into a folder."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        for needed in ("lists/partial", "archives/partial", "debs"):
            (state / needed).mkdir(parents=True)
        (state / "status").touch()
        entries = [("debian", codename), ("debian-security", f"{codename}-security")]
        sources = [
            f"deb [arch=arm64 signed-by={KEYS}] http://deb.debian.org/{kind} {suite} main" for kind, suite in entries
        ]
        (state / "sources.list").write_text("\n".join(sources) + "\n", encoding="utf-8")
        settings = {
            "APT::Architecture": "arm64",
            "Dir::State::lists": state / "lists",
            "Dir::State::status": state / "status",
            "Dir::Cache": state,
            "Dir::Etc::SourceList": state / "sources.list",
            "Dir::Etc::SourceParts": "/nonexistent",
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "root",
        }
        text = [f'{key} "{value}";\n' for key, value in settings.items()]
        (state / "apt.conf").write_text("".join([*text, 'APT::Architectures { "arm64"; };\n']), encoding="utf-8")
        environment = {**os.environ, "APT_CONFIG": str(state / "apt.conf")}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=True)
        subprocess.run(["apt-get", "download", "-qq", *wanted], env=environment, cwd=state / "debs", check=True)
        for package in sorted((state / "debs").glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)


if __name__ == "__main__":
    main()
