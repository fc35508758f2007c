"""Virtual environments to install into, as a user does."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import wheelhouse
from building import Outcome, run
from environments import interpreter_of

UV = Path(sys.executable).parent / "uv"


class Site:
    """A virtual environment to install into. What builds need is in the wheelhouse."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        wheelhouse.fill(python)
        done = run([python, "-m", "venv", "--without-pip", folder], folder.parent)
        assert done.code == 0, done.output
        self.python = interpreter_of(folder)
        _, packages = wheelhouse.facts(python)
        self.packages = folder / packages
        # A copy of pip is there in no time; to install it takes longer than most tests.
        kept = wheelhouse.bare(python).parent.parent / packages
        shutil.copytree(kept, self.packages, dirs_exist_ok=True)

    def pip(self, *arguments: object, env: Mapping[str, str] | None = None) -> str:
        return self._did([self.python, "-m", "pip", *arguments], env)

    def uv(self, *arguments: object, env: Mapping[str, str] | None = None) -> str:
        return self._did([UV, "pip", *arguments, "--python", self.python], env)

    def says(self, code: str) -> str:
        done = run([self.python, "-c", code], self.packages)
        assert done.code == 0, done.output
        return done.stdout.strip()

    def _did(self, command: list, env: Mapping[str, str] | None) -> str:
        done = run(command, self.packages, env)
        assert done.code == 0, done.output
        return done.output


class EditableProject:
    """A source tree, and an environment that it is installed into: edits of the one are seen in the other."""

    # What imports print.
    shown: str
    root: Path
    site: Site
    env: Mapping[str, str]

    def runs(self, code: str | None = None, env: Mapping[str, str] | None = None) -> Outcome:
        code = self.shown if code is None else code
        return run([self.site.python, "-c", code], self.site.packages, {**self.env, **(env or {})})

    def says(self, code: str | None = None, env: Mapping[str, str] | None = None) -> str:
        outcome = self.runs(code, env)
        assert outcome.code == 0, outcome.output
        return outcome.stdout.strip()

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
