"""`auditwheel repair`, and what the dynamic linker sees of the files in the wheels that it makes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from environments import run

# What tells the copy of a library from all others, in its name.
HASHED = r"-[0-9a-f]{8}"


def linked_files(folder: Path) -> dict[str, dict[str, list[str]]]:
    """The linked files below a folder, by their paths in it, and what the dynamic linker reads in each."""
    found = {}
    for file in sorted(path for path in folder.rglob("*.so*") if path.is_file()):
        text = subprocess.run(["readelf", "-dVW", file], check=True, capture_output=True, text=True).stdout
        found[file.relative_to(folder).as_posix()] = {
            "needed": re.findall(r"\(NEEDED\).*\[(.*)\]", text),
            "soname": re.findall(r"\(SONAME\).*\[(.*)\]", text),
            "run path": re.findall(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", text),
            "needed versions": _needed_versions(text),
        }
    return found


def _needed_versions(text: str) -> list[str]:
    """`libonig.so.5: ONIG_1.0`, of what readelf says of `.gnu.version_r`."""
    found, file = [], ""
    for line in text.splitlines():
        named = re.search(r"Version: 1 +File: (\S+)", line)
        file = named[1] if named else file
        version = re.search(r"Name: (\S+) +Flags: .*Version: \d+$", line)
        if version and file:
            found.append(f"{file}: {version[1]}")
    return sorted(found)


def repaired(wheel: Path, out: Path, **variables: str) -> Path:
    """What `auditwheel repair` makes of a wheel, in an empty folder."""
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "auditwheel", "repair", str(wheel), "--wheel-dir", str(out)]
    run(command, env={**os.environ, "PATH": tools, **variables})
    [made] = out.glob("*.whl")
    return made
