"""`pip install` and `uv pip install` of everything that they take, where nothing is activated."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from building import call_hook
from projects import demo
from sites import Site

SHOWN = "import demo; print(demo.lib.add(2, 3))"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One for all: each test uninstalls what it installed."""
    return Site(tmp_path_factory.mktemp("site") / "env")


def checkout(project: Path) -> str:
    """The URL of a git repository that holds the project."""

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", "-C", project, *who, *arguments], check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "all")
    return f"git+{project.as_uri()}"


def source(kind: str, project: Path, python: Path, scratch: Path) -> object:
    """What to name after `install`."""
    if kind == "a folder":
        return project
    if kind == "git":
        return checkout(project)
    name = call_hook(python, project, scratch, "build_sdist", sdist_directory=str(scratch))
    return scratch / name


@pytest.mark.parametrize("installer", ["pip", "uv"])
@pytest.mark.parametrize("kind", ["a folder", "git", "an sdist"])
def test_install_and_uninstall(kind, installer, site, python, tmp_path):
    project = demo(tmp_path / "project", files={".gitignore": "build/\n"})
    install = site.pip if installer == "pip" else site.uv
    before = set(site.packages.rglob("*"))
    install("install", "--no-deps", source(kind, project, python, tmp_path))
    site.pip("install", "cffi")
    assert site.says(SHOWN) == "5"
    install("uninstall", *(["-y"] if installer == "pip" else []), "demo")
    left = [path for path in set(site.packages.rglob("*")) - before if "demo" in path.name]
    assert not left


def test_without_isolation_in_an_environment_that_is_not_activated(site, officina_wheel, tmp_path):
    # Whatever is called `officina` on PATH is another one: of another environment, say.
    stranger = tmp_path / "bin" / "officina"
    stranger.parent.mkdir()
    stranger.write_text("#!/bin/sh\nexit 7\n")
    stranger.chmod(0o755)
    own = str(site.python.parent)
    path = os.pathsep.join([str(stranger.parent), *(p for p in os.environ["PATH"].split(os.pathsep) if p != own)])
    assert shutil.which("officina", path=path) == str(stranger)
    site.pip("install", "--no-deps", "--force-reinstall", officina_wheel)
    site.pip("install", "cffi")
    project = demo(tmp_path / "project")
    site.pip("install", "--no-build-isolation", "--no-deps", project, env={"PATH": path, "VIRTUAL_ENV": ""})
    try:
        assert site.says(SHOWN) == "5"
    finally:
        site.pip("uninstall", "-y", "demo")
