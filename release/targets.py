"""The targets that Officina is released for: how each is linked, and the platform tags of its wheel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

RUSTUP = "rustup target add"


@dataclass(frozen=True)
class Target:
    """One executable, which serves all of `platforms`."""

    triple: str
    platforms: tuple[str, ...]
    system: str = "linux"
    """The `sys.platform` of the machines that build it."""
    linker: str | None = None
    """`None`: the one that rustc takes by itself. `rust-lld` comes with rustc."""
    package: str = ""
    """Debian's name for what has the linker."""

    @property
    def tag(self) -> str:
        return f"py3-none-{'.'.join(self.platforms)}"

    @property
    def tags(self) -> list[str]:
        """The lines of the WHEEL file."""
        return [f"py3-none-{platform}" for platform in self.platforms]

    @property
    def executable(self) -> str:
        return "officina/officina.exe" if self.system == "win32" else "officina/officina"

    def variables(self) -> dict[str, str]:
        """What makes cargo and setup.py build for it."""
        variables = {"CARGO_BUILD_TARGET": self.triple, "OFFICINA_PLATFORM_TAG": ".".join(self.platforms)}
        flags = ["-C force-unwind-tables=no"] if self.system == "linux" else []  # nothing unwinds
        if self.system != "darwin":  # where the system's library is always a shared one
            flags.append("-C target-feature=+crt-static")
        if self.linker == "rust-lld":  # one address, one copy of functions that are equal, no tables for unwinding
            flags += ["-C relocation-model=static", "-C link-arg=--icf=all", "-C link-arg=-Trelease/no-unwinding.ld"]
        variables["RUSTFLAGS"] = " ".join(flags)
        if self.linker:
            variables[f"CARGO_TARGET_{self.triple.upper().replace('-', '_')}_LINKER"] = self.linker
        return variables


def _linux(triple: str, machine: str, linker: str = "rust-lld", package: str = "", glibc: str = "2_17") -> Target:
    """A static executable needs nothing of the C library of the machine that it runs on: glibc, musl or none."""
    manylinux = [f"manylinux_{glibc}_{machine}", *([f"manylinux2014_{machine}"] if glibc == "2_17" else [])]
    musllinux = f"musllinux_1_{'1' if glibc == '2_17' else '2'}_{machine}"
    return Target(triple, (*manylinux, musllinux), "linux", linker, package)


TARGETS = [
    _linux("x86_64-unknown-linux-musl", "x86_64"),
    _linux("aarch64-unknown-linux-musl", "aarch64"),
    _linux("i686-unknown-linux-musl", "i686"),
    _linux("armv7-unknown-linux-musleabihf", "armv7l"),
    _linux("powerpc64le-unknown-linux-musl", "ppc64le"),
    # No standard library for musl is prebuilt.
    _linux("s390x-unknown-linux-gnu", "s390x", "s390x-linux-gnu-gcc", "gcc-s390x-linux-gnu"),
    # The first that have RISC-V.
    _linux("riscv64gc-unknown-linux-musl", "riscv64", glibc="2_31"),
    # Two, since one of both would be twice as large. These are the oldest systems that Rust supports.
    Target("x86_64-apple-darwin", ("macosx_10_12_x86_64",), "darwin"),
    Target("aarch64-apple-darwin", ("macosx_11_0_arm64",), "darwin"),
    Target("x86_64-pc-windows-msvc", ("win_amd64",), "win32"),
    Target("aarch64-pc-windows-msvc", ("win_arm64",), "win32"),
]


def refusal(
    target: Target, system: str, has_standard_library: Callable[[str], bool], has_program: Callable[[str], bool]
) -> str | None:
    """Why a machine cannot build a target, and what to do about it."""
    if target.system != system:
        return f"it is built on {NAMES[target.system]} only"
    if not has_standard_library(target.triple):
        return f"rustc has no standard library for it here: {RUSTUP} {target.triple}"
    if target.package and not has_program(str(target.linker)):
        return f"its linker {target.linker} is not here: on Debian, apt-get install {target.package}"
    return None


NAMES = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}
