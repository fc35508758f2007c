"""A Debian of its own that has Wine, a cross compiler and Rust: a folder that programs run in with `chroot`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

MIRROR = os.environ.get("OFFICINA_DEBIAN_MIRROR", "http://deb.debian.org/debian")
# Others have a Wine, a MinGW or a rustc that is too old.
SUITE = "sid"
# What Python's headers for Windows are taken from.
SOURCES = "trixie"
PACKAGES = [
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
# A mirror may lag behind the date until which its lists are valid.
APT = 'Acquire::Check-Valid-Until "false";\nAPT::Install-Recommends "false";\n'
# Mounts that are gone with the process, as is all that it leaves running.
ENTER = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'


class Root:
    """The root in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Makes it, or adds what it lacks."""
        done = self.folder / "packages"
        wanted = "\n".join(PACKAGES)
        if done.is_file() and done.read_text() == wanted:
            return
        if not self.folder.exists():
            partly = self.folder.with_name(f"{self.folder.name}.partly")
            shutil.rmtree(partly, ignore_errors=True)
            call(["debootstrap", "--variant=minbase", SUITE, str(partly), MIRROR])
            partly.rename(self.folder)
        (self.folder / "etc/apt/apt.conf.d/90officina").write_text(APT)
        (self.folder / "etc/apt/sources.list.d/sources.list").write_text(f"deb-src {MIRROR} {SOURCES} main\n")
        self.run(["apt-get", "update", "--quiet"])
        self.run(["apt-get", "install", "--yes", "--quiet", *PACKAGES], {"DEBIAN_FRONTEND": "noninteractive"})
        self.run(["apt-get", "clean"])
        # Whoever reaches registries through a proxy trusts a certificate of its own.
        authorities = Path(os.environ.get("SSL_CERT_FILE", ""))
        if authorities.is_file():
            shutil.copy(authorities, self.folder / "etc/ssl/certs/ca-certificates.crt")
        done.write_text(wanted)

    def run(self, command: Sequence[str], env: Mapping[str, str] | None = None, directory: str = "/") -> None:
        """Runs a command inside; it has to work."""
        call(self.command(command, env, directory))

    def command(self, command: Sequence[str], env: Mapping[str, str] | None = None, directory: str = "/") -> list[str]:
        """What runs `command` inside."""
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        variables = {
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
            "XDG_RUNTIME_DIR": "/tmp",
            **(env or {}),
        }
        words = ["env", "-i", "-C", directory, *(f"{name}={value}" for name, value in variables.items()), *command]
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, str(self.folder), *words]


def call(command: Sequence[str]) -> None:
    """Runs a command that has to work."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise SystemExit(f"it ended with {done.returncode}: {' '.join(command)}")
