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
    """What is not equal and should be, and what is worth saying of the rest."""

    wrong: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


def compare(first: Wheel, second: Wheel) -> Comparison:
    """Names, tags, metadata and all that is no code are equal; of code, what a dynamic linker sees.

    Two compilers may make other code of one source: where bytes differ, the sections are named that do.
    """
    found = Comparison()
    if first.path.name != second.path.name:
        found.wrong.append(f"one is called {first.path.name}, the other {second.path.name}")
    found.wrong += [f"only one holds `{name}`" for name in sorted(first.files.keys() ^ second.files.keys())]
    common = sorted(first.files.keys() & second.files.keys())
    plain = [name for name in common if name not in first.modules]
    for name in plain:
        if without_modules(name, first) != without_modules(name, second):
            found.wrong.append(f"`{name}` differs")
    equal, others = [], []
    for name in (name for name in common if name in first.modules):
        one, other = first.modules[name], second.modules[name]
        found.wrong += [f"`{name}`: {line}" for line in linked_otherwise(one, other)]
        if one == other:
            equal.append(name)
        else:
            others.append(f"`{name}` differs in {', '.join(sections_that_differ(one, other))}")
    found.same.append(
        f"{len(plain)} files that are no code; modules with the same bytes: {len(equal)} of {len(equal) + len(others)}"
    )
    found.same += others
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


def sections_that_differ(one: bytes, other: bytes) -> list[str]:
    """`.text`; where a section tells of a compiler, what each says."""
    first, second = sections(one), sections(other)
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    told = [f"{first[name]!r} and {second[name]!r}" for name in names if name == ".comment" and name in second]
    return [*names, *told] or ["their order alone"]


def sections(module: bytes) -> dict[str, bytes]:
    return {section.name: section.data() for section in ELFFile(io.BytesIO(module)).iter_sections() if section.name}
