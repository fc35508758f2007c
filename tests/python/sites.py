"""Virtual environments to install into, as a user does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from building import run
from environments import fresh_environment

UV = Path(sys.executable).parent / "uv"


class Site:
    """A virtual environment to install into, with the build's requirements at hand elsewhere."""

    def __init__(self, folder: Path, officina_wheel: Path, python: str = sys.executable) -> None:
        self.python = fresh_environment(folder, [], python)
        links = str(officina_wheel.parent)
        # uv would keep an Officina of an earlier run, which has the same version.
        self.links = {"PIP_FIND_LINKS": links, "UV_FIND_LINKS": links, "UV_NO_CACHE": "1"}
        shown = run([self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder)
        self.packages = Path(shown.stdout.strip())

    def pip(self, *arguments: object, env: Mapping[str, str] | None = None) -> str:
        return self._did([self.python, "-m", "pip", *arguments], env)

    def uv(self, *arguments: object) -> str:
        return self._did([UV, "pip", *arguments, "--python", self.python], None)

    def says(self, code: str) -> str:
        done = run([self.python, "-c", code], self.packages)
        assert done.code == 0, done.output
        return done.stdout.strip()

    def _did(self, command: list, env: Mapping[str, str] | None) -> str:
        done = run(command, self.packages, {**self.links, **(env or {})})
        assert done.code == 0, done.output
        return done.output
