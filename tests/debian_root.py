"""A Debian of its own in a folder, made by debootstrap once: programs run in it as its root, and under qemu where it is
for another machine."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

MIRROR = os.environ.get("OFFICINA_DEBIAN_MIRROR", "http://deb.debian.org/debian")
# What is tested in here is too old elsewhere: interpreters, Wine, MinGW, rustc.
SUITE = "sid"
# A mirror may lag behind the date until which its lists are valid.
APT = 'Acquire::Check-Valid-Until "false";\nAPT::Install-Recommends "false";\n'
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
NOT_TO_BE_HAD = 3

# Of the versions of a source package that the mirror names, the first one that it has, unpacked into a folder.
SOURCE = f"""\
set -eu
rm -rf "$2" && mkdir -p "$2" && cd "$2"
for version in $(apt-cache madison "$1" | awk '/Sources/ {{ print $3 }}' | sort -ruV); do
    if apt-get source -qq --download-only "$1=$version" >got 2>&1; then break; fi
    rm -f "$1"_*
done
[ -n "$(find . -name '*.orig.tar.[gx]z')" ] || exit {NOT_TO_BE_HAD}
tar --extract --strip-components=1 --file "$1"_*.orig.tar.[gx]z
"""


class Root:
    """The root in a folder, with packages, and with the sources of a suite for `apt-get source`, if that is named.

    `mounts` are folders of this machine that commands find at the same path, or at another one. `machine` is what
    Debian calls another machine than this one: `emulated` runs its programs.
    """

    def __init__(
        self,
        folder: Path,
        packages: Sequence[str],
        sources: str | None,
        mounts: Mapping[Path, Path] | None = None,
        mirror: str = MIRROR,
        suite: str = SUITE,
        machine: str | None = None,
    ) -> None:
        self.folder = folder
        self.packages = packages
        self.sources = sources
        self.mounts = mounts or {}
        self.mirror = mirror
        self.suite = suite
        self.machine = machine

    def prepare(self) -> None:
        """Makes it, or adds what it lacks."""
        done = self.folder / "packages"
        wanted = "\n".join(self.packages)
        if done.is_file() and done.read_text() == wanted:
            return
        if not self.folder.exists():
            partly = self.folder.with_name(f"{self.folder.name}.partly")
            shutil.rmtree(partly, ignore_errors=True)
            machine = [f"--arch={self.machine}"] if self.machine else []
            call(["debootstrap", *machine, "--variant=minbase", self.suite, str(partly), self.mirror])
            partly.rename(self.folder)
        (self.folder / "etc/apt/apt.conf.d/90officina").write_text(APT)
        if self.sources:
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

    def has_source(self, package: str, directory: str) -> bool:
        """Whether the mirror has the source of a package; it is in `directory` then, as its authors publish it."""
        code = subprocess.run(self.command(["sh", "-c", SOURCE, "sh", package, directory]), check=False).returncode
        if code not in (0, NOT_TO_BE_HAD):
            raise SystemExit(f"the source of {package} cannot be had: apt-get ended with {code}")
        return code == 0

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
        return entered(self.folder, self.mounts, words)


def entered(folder: Path, mounts: Mapping[Path, Path], command: Sequence[str]) -> list[str]:
    """What runs a command with a folder as `/`, and with others mounted into it at the path that each one has there."""
    root = shlex.quote(str(folder))
    steps = [f"mkdir -p {root}/proc {root}/dev", f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
    for path, inside in mounts.items():
        target = f"{root}{shlex.quote(str(inside))}"
        steps += [f"mkdir -p {target}", f"mount --bind {shlex.quote(str(path))} {target}"]
    script = " && ".join([*steps, f'exec chroot {root} "$@"'])
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh", *command]


def passed_on(beginnings: Sequence[str]) -> dict[str, str]:
    """The variables here that commands in a root hear of, by how their names begin."""
    kept = {name: value for name, value in os.environ.items() if name.upper().startswith(tuple(beginnings))}
    kept.pop("PIP_FIND_LINKS", None)  # which names folders that are not there
    return kept


def binary_format(machine: str) -> Path:
    """What the package qemu-user-static tells the kernel of programs for `aarch64`."""
    return Path(f"/usr/lib/binfmt.d/qemu-{machine}.conf")


@contextlib.contextmanager
def emulated(machine: str) -> Iterator[None]:
    """The kernel runs programs for `aarch64`, in roots too, until the block ends: qemu is opened when it is named."""
    _, _, words = binary_format(machine).read_text().strip().split(":", 2)
    name = f"officina-{os.getpid()}"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the block ends then too
    with tempfile.TemporaryDirectory() as folder:
        call(["mount", "-t", "binfmt_misc", "binfmt_misc", folder])
        try:
            Path(folder, "register").write_text(f":{name}:{words}")
            try:
                yield
            finally:
                Path(folder, name).write_text("-1")
        finally:
            call(["umount", folder])


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
