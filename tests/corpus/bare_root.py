"""A root with the libraries that a manylinux tag promises, and no others."""

from __future__ import annotations

import subprocess
from functools import cached_property
from pathlib import Path

from auditwheel.architecture import Architecture
from auditwheel.libc import Libc
from auditwheel.policy import WheelPolicies
from environments import run
from mounts import mounting


class BareRoot:
    """This machine as one that a tag is for: the folders of the dynamic linker have what the tag promises.

    `folder` is an empty one to mount it at, `platform` the tag: `manylinux_2_34_x86_64`.
    """

    def __init__(self, folder: Path, python: Path, platform: str) -> None:
        self.folder = folder
        self.python = python
        policies = WheelPolicies(libc=Libc.GLIBC, arch=Architecture.detect())
        self.promised = policies.get_policy_by_name(platform).whitelist

    def running(self, *words: str) -> list[str]:
        """The command that runs Python there."""
        lines = [f"mount --rbind / {self.folder}"]
        lines += [f"mount -t tmpfs none {self.folder}{folder}" for folder in self._folders]
        hidden = set(self._folders)
        for file in sorted(self._libraries | self._of_python):
            real = file.resolve()
            if real.parent in hidden:
                there = {f"{self.folder}{real}", f"{self.folder}{real.parent / file.name}"}
                lines += [f"cp {real} {path}" for path in sorted(there)]
        return mounting("\n".join(lines), ["chroot", self.folder, self.python, *words])

    @cached_property
    def _known(self) -> dict[str, Path]:
        """The libraries that the dynamic linker knows here, by their names."""
        lines = run(["/sbin/ldconfig", "-p"]).stdout.splitlines()
        pairs = [line.strip().split(" => ") for line in lines if "x86-64" in line]
        return {words.split()[0]: Path(path) for words, path in pairs}

    @property
    def _folders(self) -> list[Path]:
        """The folders that they lie in, without those that lie in another one of these."""
        folders = {path.parent.resolve() for path in self._known.values()}
        return sorted(folder for folder in folders if folders.isdisjoint(folder.parents))

    @cached_property
    def _libraries(self) -> set[Path]:
        """The promised ones that need no others: a GLib needs what nobody promises."""
        found = {name: needed(self._known[name]) for name in self.promised if name in self._known}
        while others := [name for name, needs in found.items() if needs - found.keys() - {"ld-linux-x86-64.so.2"}]:
            for name in others:
                del found[name]
        return {self._known[name] for name in found}

    @cached_property
    def _of_python(self) -> set[Path]:
        """Those that Python and its standard library are linked with."""
        folder = run([str(self.python), "-c", "import sysconfig; print(sysconfig.get_config_var('DESTSHARED'))"]).stdout
        own = [self.python, *Path(folder.strip()).glob("*.so")]
        # What it finds nothing for, nobody here uses.
        words = run(["ldd", *map(str, own)]).stdout.split()
        return {Path(word) for word in words if word.startswith("/") and not word.endswith(":")}


def needed(library: Path) -> set[str]:
    """The names of the libraries that one needs."""
    text = subprocess.run(["readelf", "-dW", library], check=True, capture_output=True, text=True).stdout
    return {line.split("[")[1].rstrip("]") for line in text.splitlines() if "(NEEDED)" in line}
