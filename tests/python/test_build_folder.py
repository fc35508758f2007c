"""Nothing in the build folder leads out of it, nobody else has put anything there, and nobody else reads it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from building import build, hook_command, run
from projects import demo

# What somebody puts a link in the place of, as a pattern below the build folder.
PLACES = [
    "cp*-wheel",
    "cp*-wheel/[0-9]*",
    "cp*-wheel/under-way",
    "cp*-wheel/*/state.json",
    "cp*-wheel/*/generated",
    "cp*-wheel/*/generated/*.c",
    "cp*-wheel/*/objects",
    "cp*-wheel/*/objects/**/*.o",
    "cp*-wheel/*/linked",
    "cp*-wheel/*/linked/**/*.so",
]
LOCK = "cp*-wheel.lock"
SUM, DIFFERENCE = "return a + b;", "return a - b;"


class Site:
    """A project that was built once, and files of somebody else outside of it."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.python, self.folder = python, folder
        self.tree = demo(folder / "tree")
        self.built = self.tree / "build/officina"
        self.outside = folder / "outside"
        self.outside.mkdir()
        (self.outside / "precious").write_text("precious")
        self.cleanly_built: dict[str, bytes] = {}  # by the text of the builder
        build(python, self.tree, folder / "out")

    def place(self, pattern: str) -> Path:
        """The path of a pattern of `PLACES`; `under-way` is there only while a build runs."""
        if pattern.endswith("under-way"):
            [folder] = self.built.glob(pattern.removesuffix("/under-way"))
            return folder / "under-way"
        [path] = self.built.glob(pattern)
        return path

    def edit(self) -> None:
        """Turns the sum into a difference, or back."""
        builder = self.tree / "build_demo.py"
        text = builder.read_text()
        builder.write_text(text.replace(*([SUM, DIFFERENCE] if SUM in text else [DIFFERENCE, SUM])))

    def build(self) -> tuple[int, str]:
        out = self.folder / "out"
        command = hook_command(self.python, self.folder / "answer", "build_wheel", wheel_directory=str(out))
        outcome = run(command, self.tree)
        return outcome.code, outcome.output

    def check_wheel(self) -> None:
        """The wheel is that of a clean tree, and the folder has no link in it."""
        [ours] = (self.folder / "out").glob("*.whl")
        assert ours.read_bytes() == self.clean()
        assert not [path for path in self.built.rglob("*") if path.is_symlink()]

    def clean(self) -> bytes:
        text = (self.tree / "build_demo.py").read_text()
        if text not in self.cleanly_built:
            clean = self.folder / "clean"
            shutil.copytree(self.tree, clean, ignore=shutil.ignore_patterns("build"))
            wheel, _ = build(self.python, clean, self.folder / "clean-out")
            shutil.rmtree(clean)
            self.cleanly_built[text] = wheel.read_bytes()
        return self.cleanly_built[text]

    def check_outside(self, names: set[str]) -> None:
        assert {path.name for path in self.outside.iterdir()} == names
        assert (self.outside / "precious").read_text() == "precious"


@pytest.fixture
def site(python, tmp_path) -> Site:
    return Site(python, tmp_path)


def link_out(path: Path, outside: Path) -> None:
    """To a folder or a file with what was there: whoever follows the link finds what he expects."""
    if path.is_dir():
        shutil.rmtree(path)
        path.symlink_to(outside)
    else:
        link_to_file(path, outside)


def link_to_file(path: Path, outside: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(outside / "precious")


def link_to_nothing(path: Path, outside: Path) -> None:
    link_out(path, outside)
    path.unlink()
    path.symlink_to(outside / "new")


def another_name(path: Path, outside: Path) -> None:
    """A hard link."""
    if path.is_dir():
        path = path / "another"
    path.unlink(missing_ok=True)
    os.link(outside / "precious", path)


def pipe(path: Path, outside: Path) -> None:
    """Whoever opens it waits for ever."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    os.mkfifo(path)


@pytest.mark.parametrize("attack", [link_out, link_to_nothing, another_name, pipe], ids=lambda it: it.__name__)
def test_what_leads_out_of_the_folder_is_not_followed(site, attack: Callable):
    for place in PLACES:
        attack(site.place(place), site.outside)
        site.edit()
        code, output = site.build()
        site.check_outside({"precious"})
        assert code == 0, (place, output)
        site.check_wheel()


@pytest.mark.parametrize("attack", [link_out, link_to_nothing, pipe], ids=lambda it: it.__name__)
def test_a_lock_is_a_file(site, attack: Callable):
    attack(site.place(LOCK), site.outside)
    code, output = site.build()
    site.check_outside({"precious"})
    assert code == 1
    assert "is no file that a build has made" in output and "hint: remove it and build again" in output


@pytest.mark.parametrize("attack", [link_out, link_to_nothing, pipe], ids=lambda it: it.__name__)
@pytest.mark.parametrize("name", ["CACHEDIR.TAG", LOCK, "cp*-wheel"])
def test_clean_removes_links_and_not_what_they_lead_to(site, name, attack: Callable):
    attack(site.place(name), site.outside)
    outcome = run([site.python.parent / "officina", "clean"], site.tree)
    site.check_outside({"precious"})
    assert outcome.code == (1 if name == "CACHEDIR.TAG" else 0), outcome.output
    assert site.built.exists() == (name == "CACHEDIR.TAG")


def test_a_build_folder_that_is_a_link_itself_is_the_wish_of_its_owner(python, tmp_path):
    tree, disk = demo(tmp_path / "tree"), tmp_path / "fast disk"
    disk.mkdir()
    (tree / "build").symlink_to(disk)
    wheel, _ = build(python, tree, tmp_path / "out")
    before = wheel.read_bytes()
    again, output = build(python, tree, tmp_path / "out", config={"verbose": "true"})
    assert again.read_bytes() == before and "Unchanged 4 of 4 steps" in output
    assert (disk / "officina/CACHEDIR.TAG").is_file()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_reads_or_writes_what_a_build_remembers(python, tmp_path, umask):
    tree = demo(tmp_path / "tree")
    out = tmp_path / "out"
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(out))
    outcome = run(command, tree, umask=umask)
    assert outcome.code == 0, outcome.output
    built = tree / "build/officina"
    [home], [lock], [state] = built.glob("cp*-wheel"), built.glob("*.lock"), built.glob("*/*/state.json")
    assert [path.stat().st_mode & 0o777 for path in (home, lock, state)] == [0o700, 0o600, 0o600]
    [wheel] = out.glob("*.whl")
    assert wheel.stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
class TestOwners:
    STRANGER, OTHER = 12345, 12346

    @pytest.mark.parametrize("place", ["", "cp*-wheel"])
    def test_the_folder_of_a_stranger_is_refused(self, site, place):
        os.chown(site.place(place) if place else site.built, self.STRANGER, -1)
        code, output = site.build()
        assert code == 1
        assert "belongs to another user (number 12345)" in output and "OFFICINA_BUILD_DIR" in output

    def test_a_named_folder_of_a_stranger_is_refused_with_who_named_it(self, site):
        named = site.folder / "named"
        named.mkdir()
        os.chown(named, self.STRANGER, -1)
        outcome = run([site.python.parent / "officina", "build"], site.tree, {"OFFICINA_BUILD_DIR": str(named)})
        assert outcome.code == 1
        assert "belongs to another user" in outcome.output and "OFFICINA_BUILD_DIR" in outcome.output

    def test_root_builds_in_the_checkout_of_a_user(self, site):
        everything = [site.tree, *site.tree.rglob("*")]
        for path in everything:
            os.chown(path, self.STRANGER, -1)
        site.edit()
        code, output = site.build()
        assert code == 0, output
        site.check_wheel()

    def test_the_owner_of_the_tree_is_trusted_and_nobody_else(self, site):
        os.chown(site.tree, self.STRANGER, -1)
        os.chown(site.built, self.OTHER, -1)
        code, output = site.build()
        assert code == 1 and "belongs to another user (number 12346)" in output
