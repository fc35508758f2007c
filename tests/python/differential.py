"""A tree that does the odd things, random edits of it, and the builds that must not differ."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from building import run


@dataclass(frozen=True)
class Link:
    """In the place of a file: a symbolic link."""

    target: str


Variant = str | bytes | Link | None  # `None`: the file is not there


@dataclass
class Table:
    """What may be edited: the variants of each file, or of each piece of it (`make.py#2`), and of variables.

    The first variant is that of the beginning. What does not hold yet is a key of `open` with the reason;
    variants and pieces that belong to it are left out.
    """

    spots: dict[str, list[Variant]] = field(default_factory=dict)
    variables: dict[str, list[str | None]] = field(default_factory=dict)
    open: Mapping[str, str] = field(default_factory=dict)

    def piece(self, spot: str, *variants: Variant, kind: str = "") -> None:
        if kind not in self.open:
            self.spots.setdefault(spot, []).extend(variants)

    def variable(self, name: str, *values: str | None, kind: str = "") -> None:
        if kind not in self.open:
            self.variables.setdefault(name, []).extend(values)


class Story:
    """A tree that is edited again and again, and what was done, for the message of a failure."""

    def __init__(self, table: Table, tree: Path, seed: int) -> None:
        self.table, self.tree, self.chance = table, tree, random.Random(seed)
        self.chosen: dict[str, int] = dict.fromkeys([*table.spots, *table.variables], 0)
        self.told = [f"seed {seed}"]
        self.before = self.sound = dict(self.chosen)
        self.write_to(tree)

    @property
    def environment(self) -> dict[str, str]:
        values = {name: self.table.variables[name][self.chosen[name]] for name in self.table.variables}
        return {name: value for name, value in values.items() if value is not None}

    def key(self) -> str:
        return json.dumps(self.chosen, sort_keys=True)

    def files(self) -> dict[str, Variant]:
        """Each file as it is now, its pieces put together."""
        files: dict[str, Variant] = {}
        for spot, variants in self.table.spots.items():
            path, variant = spot.partition("#")[0], variants[self.chosen[spot]]
            files[path] = variant if path not in files else files[path] + variant
        return files

    def write_to(self, tree: Path) -> None:
        for path, variant in self.files().items():
            put(tree / path, variant)

    def edit(self, is_broken: bool) -> None:
        """A few edits, or the last ones undone, or one that changes nothing. What is broken is mostly mended."""
        before = dict(self.chosen)
        old = self.files()
        what = self.chance.random()
        if is_broken and what < 0.8:
            self.chosen = dict(self.sound)
            self.told.append("mended")
        elif what < 0.1:
            self.chosen = dict(self.before)
            self.told.append("edits undone")
        elif what < 0.2:
            self._touch()
        else:
            # Mostly one: of several edits, one may hide that another is not noticed.
            for _ in range(self.chance.choice([1, 1, 1, 2, 4])):
                self._choose(self._any_spot())
        self.before = before
        if not is_broken:
            self.sound = before
        changed = [spot for spot in self.chosen if self.chosen[spot] != before[spot]]
        self.told.append("; ".join(f"{spot} = {self._shown(spot)}" for spot in changed) or "nothing")
        for path, variant in self.files().items():
            if variant != old[path]:
                put(self.tree / path, variant, self.chance.choice(["write", "replace", "keep the time"]))

    def _any_spot(self) -> str:
        """A spot of some folder, each folder as likely as another."""
        folders: dict[str, list[str]] = {}
        for spot in self.chosen:
            folders.setdefault(spot.partition("/")[0].partition("#")[0], []).append(spot)
        return self.chance.choice(self.chance.choice([*folders.values()]))

    def _choose(self, spot: str) -> None:
        variants = self.table.spots.get(spot) or self.table.variables[spot]
        self.chosen[spot] = self.chance.randrange(len(variants))

    def _touch(self) -> None:
        path = self.chance.choice([path for path, variant in self.files().items() if isinstance(variant, (str, bytes))])
        self.told.append(f"touched: {path}")
        (self.tree / path).write_bytes((self.tree / path).read_bytes())

    def _shown(self, spot: str) -> str:
        variants = self.table.spots.get(spot) or self.table.variables[spot]
        variant = variants[self.chosen[spot]]
        return f"{len(variant)} bytes" if isinstance(variant, bytes) else repr(variant)


def put(path: Path, variant: Variant, how: str = "write") -> None:
    """Makes a file what it shall be, in one of the ways in which editors and tools do it."""
    is_file = path.is_file() and not path.is_symlink()
    time = path.stat().st_mtime_ns if is_file and how == "keep the time" else None
    if path.is_symlink() or variant is None or isinstance(variant, Link):
        path.unlink(missing_ok=True)
    if variant is None:
        with contextlib.suppress(OSError):  # git leaves no empty folders either
            path.parent.rmdir()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(variant, Link):
        path.symlink_to(variant.target)
        return
    data = variant.encode() if isinstance(variant, str) else variant
    if how == "replace":
        part = path.with_name("new.part")
        part.write_bytes(data)
        part.replace(path)
    else:
        path.write_bytes(data)
    if time is not None:
        os.utime(path, ns=(time, time))


AN_ERROR = "an error"  # the name of what a build comes to that fails


@dataclass(frozen=True)
class Built:
    """What a build comes to: a wheel, or a message."""

    name: str
    content: str
    output: str = field(compare=False)


class Builder:
    """Builds by the executable itself: a Python for each hook would take longer than the builds."""

    REQUEST = """\
import json, sys
from officina import _core, build_wheel
def ask(request):
    json.dump([_core.EXECUTABLE, {"protocol": _core.PROTOCOL, **request}], sys.stdout)
_core.ask = ask
build_wheel(sys.argv[1])
"""

    def __init__(self, python: Path, folder: Path) -> None:
        self.control, self.out = folder / "control", folder / "out"
        folder.mkdir(parents=True, exist_ok=True)
        outcome = run([python, "-c", self.REQUEST, self.out], folder)
        assert outcome.code == 0, outcome.output
        self.executable, self.request = json.loads(outcome.stdout)

    def build(self, tree: Path, environment: Mapping[str, str]) -> Built:
        for folder in (self.control, self.out):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        (self.control / "request.json").write_text(json.dumps({**self.request, "source_tree": str(tree)}))
        # One at a time, so that of several failures the same one comes first.
        env = {**os.environ, "OFFICINA_JOBS": "1", **environment}
        command = [self.executable, "hook", str(self.control)]
        done = subprocess.run(command, cwd=tree, env=env, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        output = done.stderr.decode(errors="replace")
        answer = json.loads((self.control / "response.json").read_text())
        if "error" in answer:
            return Built(AN_ERROR, plain(f"{answer['error']}\n{faults(output)}", tree), output)
        wheel = self.out / answer["result"]
        return Built(wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest(), output)


def faults(output: str) -> str:
    """The lines that say what is wrong, without those that tell what was done before."""
    return "\n".join(line for line in output.splitlines() if "error" in line.lower() or line.startswith("hint"))


def plain(text: str, tree: Path) -> str:
    """A message without what differs between two folders."""
    text = re.sub(r"\S*build/officina/[^/]+/\d+", "BUILD", text)
    text = re.sub(r"/\S+/cc\w{6}\.[so]", "TEMPORARY", text)  # of gcc
    return text.replace(str(tree), "TREE")


def difference(story: Story, ours: Built, clean: Built) -> str:
    """Everything that repeats a failure."""
    return "\n".join(
        [
            *story.told,
            f"in place: {ours.name} {ours.content}",
            f"clean: {clean.name} {clean.content}",
            f"variables: {story.environment}",
            "said in place:",
            ours.output,
            "said by the clean build:",
            clean.output,
        ]
    )
