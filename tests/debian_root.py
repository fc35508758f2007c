"""A Debian of its own in a folder, made by debootstrap once: programs run in it as its root."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

MIRROR = os.environ.get("OFFICINA_DEBIAN_MIRROR", "http://deb.debian.org/debian")
# What is tested in here is too old elsewhere: interpreters, Wine, MinGW, rustc.
SUITE = "sid"
# A mirror may lag behind the date until which its lists are valid.
APT = 'Acquire::Check-Valid-Until "false";\nAPT::Install-Recommends "false";\n'
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


class Root:
    """The root in a folder, with packages, and with the sources of a suite for `apt-get source`.

    `mounts` are folders of this machine that commands find at the same path, or at another one.
    """

    def __init__(
        self,
        folder: Path,
        packages: Sequence[str],
        sources: str,
        mounts: Mapping[Path, Path] | None = None,
        mirror: str = MIRROR,
    ) -> None:
        self.folder = folder
        self.packages = packages
        self.sources = sources
        self.mounts = mounts or {}
        self.mirror = mirror

    def prepare(self) -> None:
        """Makes it, or adds what it lacks."""
        done = self.folder / "packages"
        wanted = "\n".join(self.packages)
        if done.is_file() and done.read_text() == wanted:
            return
        if not self.folder.exists():
            partly = self.folder.with_name(f"{self.folder.name}.partly")
            shutil.rmtree(partly, ignore_errors=True)
            call(["debootstrap", "--variant=minbase", SUITE, str(partly), self.mirror])
            partly.rename(self.folder)
        (self.folder / "etc/apt/apt.conf.d/90officina").write_text(APT)
        sources = f"deb-src {self.mirror} {self.sources} main\n"
        (self.folder / "etc/apt/sources.list.d/sources.list").write_text(sources)
        self.run(["apt-get", "update", "--quiet"])
        self.run(["apt-get", "install", "--yes", "--quiet", *self.packages], {"DEBIAN_FRONTEND": "noninteractive"})
        self.run(["apt-get", "clean"])
        # Whoever reaches registries through a proxy trusts a certificate of its own.
        authorities = Path(os.environ.get("SSL_CERT_FILE", CERTIFICATES))
        if authorities.is_file():
            shutil.copy(authorities, f"{self.folder}{CERTIFICATES}")
        done.write_text(wanted)

    def run(self, command: Sequence[str], env: Mapping[str, str] | None = None, directory: str = "/") -> None:
        """Runs a command inside; it has to work."""
        call(self.command(command, env, directory))

    def command(self, command: Sequence[str], env: Mapping[str, str] | None = None, directory: str = "/") -> list[str]:
        """What runs `command` inside. Mounts are gone with it, as is all that it leaves running."""
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        variables = {
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "SSL_CERT_FILE": CERTIFICATES,
            "XDG_RUNTIME_DIR": "/tmp",
            **(env or {}),
        }
        words = ["env", "-i", "-C", directory, *(f"{name}={value}" for name, value in variables.items()), *command]
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", self._enter(), "sh", *words]

    def _enter(self) -> str:
        """A script that makes a command see the root as `/`."""
        root = shlex.quote(str(self.folder))
        steps = [f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        for path, inside in self.mounts.items():
            target = f"{root}{shlex.quote(str(inside))}"
            steps += [f"mkdir -p {target}", f"mount --bind {shlex.quote(str(path))} {target}"]
        return " && ".join([*steps, f'exec chroot {root} "$@"'])


def what_is_missing() -> str | None:
    """What this machine lacks for it, in words."""
    missing = [name for name in ("debootstrap", "unshare", "chroot") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} must be installed"
    if sys.platform != "linux" or os.geteuid() != 0:
        return "root must run it on Linux, since it makes a Debian of its own and mounts into it"
    return None


def call(command: Sequence[str]) -> None:
    """Runs a command that has to work."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise SystemExit(f"it ended with {done.returncode}: {' '.join(command)}")
