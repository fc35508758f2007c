"""Projects that move from setuptools to Officina, and how their wheels compare."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass, field
from email.parser import BytesParser
from pathlib import Path

from building import Outcome, run
from setuptools_projects import C_FILES

try:
    from tomllib import loads
except ImportError:
    from tomli import loads

# A module of API mode and one of ABI mode.
BUILDER = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int add(int, int);")
ffi.set_source("demo._demo", '#include "add.h"', sources=["csrc/add.c"], include_dirs=["csrc"])
"""
FILES = {
    "build_demo.py": BUILDER,
    **C_FILES,
    "README.md": "# Demo\n\nA demo of a project that moves.\n",
}
PACKAGE = {"demo/__init__.py": "from demo._demo import lib\n"}
SYSTEM = '[build-system]\nrequires = ["setuptools", "cffi"]\nbuild-backend = "setuptools.build_meta"\n'


@dataclass(frozen=True)
class Move:
    """What `officina migrate` said and, if it was told to, wrote."""

    outcome: Outcome
    report: list[dict] = field(default_factory=list)
    new: dict = field(default_factory=dict)

    @property
    def settings(self) -> dict:
        """`[tool.officina]`"""
        return self.new.get("tool", {}).get("officina", {})

    def lines(self, verdict: str) -> list[str]:
        """The lines of the report with this verdict, each with its place."""
        found = [one for one in self.report if one["verdict"] == verdict]
        return [": ".join(filter(None, [one["place"], one["text"]])) for one in found]


def migrate(python: Path, project: Path, *options: str, env: dict | None = None) -> Move:
    """Runs the command with an answer in JSON."""
    command = [python.parent / "officina", "migrate", project, "--format", "json", *options]
    outcome = run(command, project.parent, env)
    if not outcome.stdout.startswith("{"):
        return Move(outcome)
    answer = json.loads(outcome.stdout)
    texts = {change["path"]: change["after"] for change in answer["changes"]}
    return Move(outcome, answer["report"], loads(texts.get("pyproject.toml") or ""))


def wheel(python: Path, project: Path, out: Path) -> Path:
    """The wheel that pip makes, without isolation and thus with the environment's setuptools."""
    command = [python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", out, project]
    done = run(command, out.parent)
    assert done.code == 0, done.output
    [found] = out.glob("*.whl")
    return found


def contents(path: Path) -> dict[str, bytes | str]:
    """The files of a wheel; compiled ones have no content, and no tag in their names."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    kept = {}
    for name, data in files.items():
        folder, _, rest = name.partition("/")
        if folder.endswith(".dist-info"):
            if rest == "METADATA":
                kept["METADATA"] = metadata(data)
            elif rest == "entry_points.txt":
                kept["entry_points.txt"] = "".join(sorted(data.decode().split()))
            elif rest.startswith("licenses/"):
                kept[rest] = data
        elif name.endswith((".so", ".pyd")):
            kept[name.partition(".")[0]] = "compiled"
        else:
            kept[re.sub(r"^[^/]+\.data/", "DATA/", name)] = data
    return kept


# What says the same in another way, or is said by PEP 639.
OTHERWISE = {"metadata-version", "dynamic", "platform", "license", "license-expression", "description-content-type"}


def metadata(data: bytes) -> list[tuple[str, str]]:
    """The fields of METADATA and its body, in one form for both backends."""
    message = BytesParser().parsebytes(data)
    fields = [("body", message.get_payload().strip())]
    for key, value in message.items():
        name = key.lower()
        if name == "home-page":
            name, value = "project-url", f"Homepage, {value}"
        if name in OTHERWISE or value.startswith("License ::"):
            continue
        if name in ("author", "author-email", "maintainer", "maintainer-email"):
            name, value = name.partition("-")[0], " ".join(sorted(re.findall(r"[\w@.]+", value)))
        if name == "requires-dist":
            value = re.sub(r"[\s()]", "", value).replace("'", '"')
        if name == "requires-python":
            value = value.replace(" ", "")
        fields.append((name, value))
    people = [entry for entry in fields if entry[0] in ("author", "maintainer")]
    rest = [entry for entry in fields if entry not in people]
    words = {(name, word) for name, value in people for word in value.split()}
    return sorted({*rest, *words})
