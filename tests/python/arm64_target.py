"""What tests of cross builds share: the machine that they build for, and how its programs run here."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import arm64_root
import pytest

TARGET = "aarch64-unknown-linux-gnu"
ROOT = arm64_root.FOLDER

needs_arm64 = pytest.mark.skipif(
    not (
        (ROOT / arm64_root.MADE_OF).is_file()
        and shutil.which("aarch64-linux-gnu-gcc")
        and shutil.which("qemu-aarch64-static")
    ),
    reason="needs gcc-aarch64-linux-gnu, qemu-user-static and `make arm64-root`",
)


def machines_of(wheel: Path) -> dict[str, bool]:
    """The modules of a wheel, each with whether it is for arm64."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".so")]
        return {name: arm64_root.is_for_arm64(archive.read(name)) for name in names}


def emulated(*words: str | Path) -> list[str]:
    """What runs the Python there, with these words."""
    python = ROOT / f"usr/bin/python{arm64_root.version()}"
    return ["qemu-aarch64-static", "-L", *map(str, [ROOT, python, *words])]


def of_debian() -> str:
    """The folder with the part of cffi that modules load, of Debian's package."""
    return str(ROOT / "usr/lib/python3/dist-packages")


def rust_has_target() -> bool:
    """Whether rustc has a standard library for it."""
    command = ["rustc", "--print", "target-libdir", "--target", TARGET]
    done = subprocess.run(command, capture_output=True, text=True, check=False) if shutil.which("rustc") else None
    return bool(done and done.returncode == 0 and list(Path(done.stdout.strip()).glob("libstd-*")))
