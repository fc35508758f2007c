"""What a wheel of a release must be: its tags, its size, and an executable that needs nothing of its machine."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from elftools.elf.sections import SymbolTableSection
from targets import Target

LIMIT = 3_100_000  # bytes; the aim is 2.5 MB (docs/decisions/060-wheels-for-every-machine.md)


def faults(wheel: Path, target: Target) -> list[str]:
    """What is wrong with the wheel of a target; nothing if it may be published."""
    found = []
    if not wheel.name.endswith(f"-{target.tag}.whl"):
        found.append(f"its name does not end in {target.tag}")
    if wheel.stat().st_size > LIMIT:
        found.append(f"it has {wheel.stat().st_size} bytes, more than {LIMIT}")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")]
        lines = archive.read(name).decode().splitlines()
        if sorted(line[5:] for line in lines if line.startswith("Tag: ")) != sorted(target.tags):
            found.append(f"the tags in WHEEL are not those of its name: {lines}")
        if target.executable not in archive.namelist():
            return [*found, f"it has no {target.executable}"]
        if target.system != "win32" and not archive.getinfo(target.executable).external_attr >> 16 & 0o111:
            found.append(f"{target.executable} is not executable")
        if target.system == "linux":
            found += needs(archive.read(target.executable))
    return found


def needs(executable: bytes) -> list[str]:
    """What an ELF executable takes from the machine that it runs on. A static one takes nothing."""
    elf = ELFFile(io.BytesIO(executable))
    found = []
    for segment in elf.iter_segments("PT_INTERP"):
        found.append(f"it needs the loader {segment.get_interp_name()}")
    for section in elf.iter_sections():
        if isinstance(section, DynamicSection):
            found += [f"it needs {tag.needed}" for tag in section.iter_tags("DT_NEEDED")]
        elif isinstance(section, GNUVerNeedSection):
            for library, versions in section.iter_versions():
                found += [f"it needs {library.name} with {version.name}" for version in versions]
        elif isinstance(section, SymbolTableSection) and section.name == ".dynsym":
            found += [
                f"it needs the symbol {symbol.name}"
                for symbol in section.iter_symbols()
                if symbol.name and symbol["st_shndx"] == "SHN_UNDEF" and symbol["st_info"]["bind"] != "STB_WEAK"
            ]
    return found


def ask_others(wheel: Path, target: Target) -> list[str]:
    """What PyPI's own check says against a wheel, and auditwheel."""
    found = []
    twine = _say("twine", "check", "--strict", wheel)
    if twine.returncode:
        found.append(f"twine: {twine.stdout}{twine.stderr}")
    if target.system == "linux":
        auditwheel = _say("auditwheel", "show", wheel)
        said = " ".join(auditwheel.stdout.split())  # it breaks lines
        if auditwheel.returncode or not all(sentence in said for sentence in NEEDS_NOTHING):
            found.append(f"auditwheel: {auditwheel.stdout}{auditwheel.stderr}")
    return found


NEEDS_NOTHING = ["references no external versioned symbols", "requires no external shared libraries"]


def _say(*command: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", *map(str, command)]
    return subprocess.run(words, capture_output=True, text=True, check=False)
