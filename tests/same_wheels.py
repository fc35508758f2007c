"""Two wheels of one tree, built in two ways: what has to be equal in them, byte by byte or as a linker sees it."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from elftools.elf.elffile import ELFFile

_DYNAMIC = re.compile(r"\((NEEDED|SONAME|RUNPATH|RPATH)\).*\[(.*)\]")


class Wheel:
    """A wheel, with the bytes of its files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.modules = {name: data for name, data in self.files.items() if data.startswith(b"\x7fELF")}


@dataclass
class Comparison:
    """What is not equal and should be, and what of the code has the same bytes."""

    wrong: list[str] = field(default_factory=list)
    equal: int = 0
    """Files with the same bytes."""
    modules: int = 0
    others: dict[str, list[str]] = field(default_factory=dict)
    """The modules that have other bytes, with the sections in which."""
    compilers: set[str] = field(default_factory=set)
    """Who says to have compiled these."""


def compare(first: Wheel, second: Wheel) -> Comparison:
    """Names, tags, metadata and all that is no code are equal; of code, what a dynamic linker sees.

    Two compilers may make other code of one source: where bytes differ, the sections are named that do.
    """
    found = Comparison()
    if first.path.name != second.path.name:
        found.wrong.append(f"one is called {first.path.name}, the other {second.path.name}")
    found.wrong += [f"only one holds `{name}`" for name in sorted(first.files.keys() ^ second.files.keys())]
    for name in sorted(first.files.keys() & second.files.keys()):
        if name not in first.modules and without_modules(name, first) != without_modules(name, second):
            found.wrong.append(f"`{name}` differs")
            continue
        found.modules += name in first.modules
        one, other = first.files[name], second.files[name]
        if name not in first.modules or one == other:
            found.equal += 1
            continue
        found.wrong += [f"`{name}`: {line}" for line in linked_otherwise(one, other)]
        parts = sections(one), sections(other)
        names = [part for part in {**parts[0], **parts[1]} if parts[0].get(part) != parts[1].get(part)]
        found.others[name] = names
        found.compilers |= {part.get(".comment", b"").decode(errors="replace").strip("\0") for part in parts}
    return found


def without_modules(name: str, wheel: Wheel) -> bytes:
    """A file; of RECORD, the lines of what is no code."""
    data = wheel.files[name]
    if not name.endswith(".dist-info/RECORD"):
        return data
    lines = data.decode().splitlines()
    return "\n".join(line for line in lines if line.rsplit(",", 2)[0] not in wheel.modules).encode()


def linked_otherwise(one: bytes, other: bytes) -> list[str]:
    """How two modules differ for a dynamic linker."""
    first, second = linked(one), linked(other)
    return [f"{kind} {sorted(first[kind])} and {sorted(second[kind])}" for kind in first if first[kind] != second[kind]]


def linked(module: bytes) -> dict[str, set[str]]:
    """Libraries and folders that it names, and its symbols, with their versions."""
    with tempfile.NamedTemporaryFile(suffix=".so") as file:
        file.write(module)
        file.flush()
        command = ["readelf", "--dynamic", "--dyn-syms", "--wide", file.name]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    facts: dict[str, set[str]] = {kind: set() for kind in ("NEEDED", "SONAME", "RUNPATH", "RPATH", "uses", "defines")}
    for line in text.splitlines():
        dynamic, columns = _DYNAMIC.search(line), line.split()
        if dynamic:
            facts[dynamic[1]].add(dynamic[2])
        elif len(columns) >= 8 and columns[4] in ("GLOBAL", "WEAK"):
            facts["uses" if columns[6] == "UND" else "defines"].add(f"{columns[4]} {columns[7]}")
    return facts


def sections(module: bytes) -> dict[str, bytes]:
    return {section.name: section.data() for section in ELFFile(io.BytesIO(module)).iter_sections() if section.name}
